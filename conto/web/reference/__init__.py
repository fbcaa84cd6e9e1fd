"""The reference of the API, written from its description."""
