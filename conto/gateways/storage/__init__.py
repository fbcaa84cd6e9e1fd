"""Where backups are kept: the sealed file that a backup is, and the places it is brought to."""
