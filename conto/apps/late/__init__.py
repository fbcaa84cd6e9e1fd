"""Late charges: the rule for customers who pay late, what each invoice was charged, and what was waived.

It owns the rule, charges, waivers, exclusions of invoices and exemptions of customers. It promises that no day of an
invoice is charged twice, that its fee is charged once, and that a charge is never rewritten. Words: late fee, late
interest, grace days, waive, exclude, exempt.
"""
