"""Reads of deals."""
