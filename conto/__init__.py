"""Conto: the CRM and the billing system of small businesses in one book."""

__version__ = "0.1.0"
