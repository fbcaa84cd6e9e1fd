"""The embedded PostgreSQL: its programs, its account, its folder, and the leases that keep it running."""
