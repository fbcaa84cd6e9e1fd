"""Search: one field for names, mails, phones, document numbers and amounts."""
