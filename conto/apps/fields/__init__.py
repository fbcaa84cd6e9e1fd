"""Fields of one's own: what a business adds to its customers, contacts, leads, deals, quotes and invoices.

It owns what the fields are and one row of values for each record that has any. It promises that a value is checked the
same way wherever it comes from, that what two people change at once is not lost, that a field with values keeps its
kind, and that no value goes away when its field is archived. Words: field of one's own, value, key, formula, roll-up.
"""
