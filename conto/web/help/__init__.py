"""Help: the handbook, in the reader's language, with search."""
