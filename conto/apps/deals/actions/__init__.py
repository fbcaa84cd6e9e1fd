"""Every write of deals."""
