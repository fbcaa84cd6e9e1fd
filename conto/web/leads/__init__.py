"""Leads: the list, the page of a lead, its conversion; forms for strangers, and who looks after which lead."""
