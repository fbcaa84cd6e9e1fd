"""Leads: who may buy one day, before they are customers.

It owns leads, the forms by which strangers become leads, and the rules that say who looks after which. It promises that
what is entered is checked the same way wherever it comes from, that a lead becomes a customer at most once, that what
was sent once is one lead however often it arrives, and that consent is never told without its text and time. Words:
lead, lead form, source, consent, routing rule, score, convert, discard.
"""
