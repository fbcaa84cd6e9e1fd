"""The demo company: a small book filled by the real actions over the last months' dates."""

from conto.jobs.demo.fill import LOGINS, PASSWORD, fill

__all__ = ["LOGINS", "PASSWORD", "fill"]
