"""Messaging: every message that leaves or waits to leave.

It owns mails, their files and the mail server. It promises that a mail is written in the transaction of its cause,
that it keeps one Message-ID for life, that a try which was cut off is taken up again, and that what the mail server
said can be read. Words: mail, outbox, bounce.
"""
