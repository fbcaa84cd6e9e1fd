"""E-invoices of EN 16931: one writer per syntax, and the official rules that judge what they wrote."""
