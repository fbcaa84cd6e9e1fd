"""Pages of letters: conversations, writing, mailboxes and templates."""
