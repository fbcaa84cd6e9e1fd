"""Payments: what came in, what it settled, and what went back."""
