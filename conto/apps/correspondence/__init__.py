"""Correspondence: the mails that are exchanged with customers, as conversations.

It owns mailboxes and the ledger of every message that was seen in them, letters with their files, the conversations
that they form, and templates to write from. It promises that a message of a mailbox is kept exactly once, however often
it is read, moved or cut off on the way, and that what was missed is said. Words: mailbox, letter, thread, ledger of
letters, gap, complete until.
"""
