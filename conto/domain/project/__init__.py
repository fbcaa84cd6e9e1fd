"""Rules of projects: what an hour costs, what approved work is worth, and how it becomes lines of an invoice."""

from conto.domain.project.work import (
    LONGEST_DAY_MINUTES,
    MOST_MARKUP_PERCENT,
    STEPS,
    BilledLine,
    Grouping,
    Rate,
    Work,
    check_rate,
    check_work,
    line_minor,
    lines_of,
    rate_in_force,
    rounded_minutes,
    worth_minor,
)

__all__ = [
    "LONGEST_DAY_MINUTES",
    "MOST_MARKUP_PERCENT",
    "STEPS",
    "BilledLine",
    "Grouping",
    "Rate",
    "Work",
    "check_rate",
    "check_work",
    "line_minor",
    "lines_of",
    "rate_in_force",
    "rounded_minutes",
    "worth_minor",
]
