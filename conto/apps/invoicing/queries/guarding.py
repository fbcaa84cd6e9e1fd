"""What the guardian looks at in this book, and which drafts wait for their time, or for more."""

from collections.abc import Collection
from dataclasses import fields
from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from conto.apps.accounts.models import Member
from conto.apps.bulk.composed import Composed
from conto.apps.invoicing.models import Draft, GuardianSettings, MinimumAmount
from conto.apps.invoicing.queries.documents import drafts
from conto.domain.guardian import DEFAULT_RULES, GuardianRules

_NAMES = tuple(each.name for each in fields(GuardianRules))
_MINIMUMS = Composed(lambda: MinimumAmount.objects.order_by("currency").values_list("currency", "amount_minor"))
_RULES = Composed(lambda: GuardianSettings.objects.values_list(*_NAMES))


def guardian_rules() -> GuardianRules:
    """Return the switches and thresholds of the guardian; the usual ones where nobody has changed them.

    Source: GU-6.
    """
    row = _RULES.first()
    return GuardianRules(*row) if row is not None else DEFAULT_RULES


def is_any_scheduled(*, at: datetime) -> bool:
    """Tell whether the time of a draft has come that is issued by itself.

    Source: GU-7.
    """
    return Draft.objects.filter(issues_at__lte=at).exists()


def minimum_amounts() -> dict[str, int]:
    """Return below which amounts to pay billing runs issue no invoice, by currency, in minor units.

    Source: SB-12.
    """
    return dict(_MINIMUMS())


def is_any_carried() -> bool:
    """Tell whether anything waits for more at all."""
    return Draft.objects.filter(carried_at__isnull=False).exists()


def carried_of(customer_ids: Collection[UUID]) -> list[Draft]:
    """Return what is carried for some customers.

    Source: SB-12.
    """
    return list(Draft.objects.filter(customer__in=customer_ids, carried_at__isnull=False).order_by("id"))


def carried_among(draft_ids: Collection[UUID]) -> list[UUID]:
    """Return which of some drafts are carried."""
    return list(
        Draft.objects.filter(id__in=draft_ids, carried_at__isnull=False).order_by("id").values_list("id", flat=True)
    )


def carried_drafts(member: Member, customer_id: UUID) -> QuerySet[Draft]:
    """Return what is carried to the next invoice of a customer, of what a member may see."""
    return drafts(member).filter(customer_id=customer_id, carried_at__isnull=False)
