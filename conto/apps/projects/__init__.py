"""Projects: work for a customer, who did it when and at which rate, and on which line it was billed.

It owns projects, rates, work (time and expenses), prices with their change orders and milestones, and bills with what
they billed. It promises that a piece of work is billed by at most one line that counts, that only approved work is
billed, that no more than a price is, and that what is billed stays as it is.
Words: project, work, rate, price, change order, milestone, retention, approval, bill, billed work.
"""
