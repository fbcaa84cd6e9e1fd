"""Subscriptions: what a customer has taken, what changed in it, what was billed for it, and the runs that bill.

It owns subscriptions with their items and changes, what was billed of them line by line, and billing runs. It promises
that items, changes and billed lines are never rewritten, that a line is billed once, and that what was billed of a
charge is the sum of its lines.
Words: subscription, item of a subscription, change, charge, settlement, billing run, set aside.
"""
