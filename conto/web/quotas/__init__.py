"""Targets: what people want to reach, and how far they are."""
