"""Late fees and late interest."""
