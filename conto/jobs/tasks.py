"""Jobs: what the worker runs."""
