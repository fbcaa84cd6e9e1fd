"""What waits for a member with contracts: terms about which somebody has to decide."""

from datetime import date
from typing import Any

from django.db.models import Q, QuerySet, Value

from conto.apps.accounts.models import Member
from conto.apps.contracts.queries.lists import renewing, visible_to
from conto.domain.permissions import Permission


def waiting(member: Member, *, today: date, most: int) -> list[QuerySet[Any, Any]]:
    """Return questions whose rows say kind, subject, customer, words, amount, currency and day, for one union.

    A contract waits for its owner; one of nobody for everybody who may decide.
    Source: G-3.
    """
    if not member.may(Permission.CONTRACT_EDIT):
        return []
    mine = visible_to(member).filter(Q(owner_id=member.id) | Q(owner_id=None)).select_related(None)
    return [
        renewing(mine, today).values_list(
            Value("contract_renews"), "family_id", "customer__name", "title", Value(0), Value(""), "decided"
        )[:most]
    ]
