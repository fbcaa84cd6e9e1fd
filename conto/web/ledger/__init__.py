"""The books: journal, accounts, receivables, tax report and closing."""
