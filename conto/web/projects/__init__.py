"""Pages of projects: the list, one with its work, billing it, and one's own time."""
