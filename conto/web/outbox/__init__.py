"""The outbox: every mail, where it stands, and what to do when it did not arrive."""
