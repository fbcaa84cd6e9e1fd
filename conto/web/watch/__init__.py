"""Watching: probes, metrics, and the page that says how the book is."""
