"""How far a role sees: one's own records, those of one's team, or everybody's."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from conto.domain.errors import RuleBroken
from conto.domain.permissions import GRANTS, Permission, Role


class Area(StrEnum):
    """Records that belong to somebody."""

    LEADS = "leads"
    DEALS = "deals"
    CUSTOMERS = "customers"  # and everything of theirs: papers, money, mails, notes


class Reach(StrEnum):
    """Whose records are seen."""

    OWN = "own"
    TEAM = "team"
    ALL = "all"


# Who keeps the books or reads the record of who did what sees sums and entries of everybody: a part of them would be
# wrong, so these roles see all.
_NEEDS_ALL = frozenset({Permission.LEDGER_VIEW, Permission.AUDIT_VIEW})
LIMITABLE = tuple(role for role in Role if not GRANTS[role] & _NEEDS_ALL)

Reaches = Mapping[tuple[Role, Area], Reach]


def reach_of(role: Role | str, area: Area, chosen: Reaches) -> Reach:
    """Return how far a role sees in an area: what was chosen, else all. An unknown role sees its own.

    Source: V-1, V-2.
    """
    try:
        known = Role(role)
    except ValueError:
        return Reach.OWN
    return chosen.get((known, area), Reach.ALL) if known in LIMITABLE else Reach.ALL


def check_limit(role: Role, reach: Reach) -> None:
    """Refuse to limit a role that has to see all.

    Raises: RuleBroken `sight.needs_all`.

    Source: V-2.
    """
    if reach is not Reach.ALL and role not in LIMITABLE:
        raise RuleBroken(
            "sight.needs_all",
            "The role %(role)s keeps the books or reads who did what, so it sees everybody's records.",
            role=role,
        )
