"""Making a backup of a book, bringing it back, and bringing a book to a new version on a copy of it."""
