"""Writes of the area."""
