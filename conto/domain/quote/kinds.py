"""How far what a quote offers is for its customer to choose."""

from enum import StrEnum


class ChoiceKind(StrEnum):
    """Whether something always counts, counts when it is wanted, or is one of a group of which one is taken."""

    FIXED = "fixed"
    OPTIONAL = "optional"
    CHOICE = "choice"
