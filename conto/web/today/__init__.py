"""Today: what is owed, late and coming, and the work that waits."""
