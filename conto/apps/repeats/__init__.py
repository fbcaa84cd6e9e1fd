"""Repeating invoices: what is agreed once and comes again and again, without a plan.

It owns schedules, what was agreed version by version, and which invoice each day made. It promises that a day of a
schedule makes one invoice, in order, whoever was down meanwhile, and that what was agreed before is kept.
Words: repeating invoice, schedule, covers, placeholder, held, version.
"""
