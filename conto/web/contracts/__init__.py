"""Contracts for the people who keep them."""
