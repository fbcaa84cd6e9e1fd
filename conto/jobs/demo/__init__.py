"""The demo company: it lives its last twelve months in a few seconds, on the clock of its book, up to now."""

from conto.jobs.demo.cast import CAST, LOGINS, PASSWORD
from conto.jobs.demo.fill import fill

__all__ = ["CAST", "LOGINS", "PASSWORD", "fill"]
