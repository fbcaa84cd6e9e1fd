"""What was granted or sold of prepaid credit, what of it was used on which invoice, and what is left."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db.models import F, Q

from conto.apps.subscriptions.models import PrepaidCredit, PrepaidUse, Subscription
from conto.domain.period import local_day
from conto.domain.price import Drawn


@dataclass(frozen=True, slots=True)
class CreditRow:
    """A credit as it stands on a day: used, lapsed and left make what it was."""

    credit: PrepaidCredit
    used_minor: int
    uses: tuple[PrepaidUse, ...]  # the latest first
    today: date

    @property
    def is_over(self) -> bool:
        """Whether it pays nothing any more; what has lapsed and is not ended yet is over too."""
        lapses_on = self.credit.lapses_on
        return self.credit.ended_on is not None or (lapses_on is not None and lapses_on <= self.today)

    @property
    def left_minor(self) -> int:
        """What can still be used."""
        return 0 if self.is_over else self.credit.amount_minor - self.used_minor

    @property
    def lapsed_minor(self) -> int:
        """What was never used and never will be."""
        return self.credit.amount_minor - self.used_minor - self.left_minor

    @property
    def last_day(self) -> date | None:
        """The last day on which it pays."""
        return None if self.credit.lapses_on is None else self.credit.lapses_on - timedelta(days=1)


def drawn_sums(drawn: Iterable[Drawn]) -> dict[str, int]:
    """Return what was drawn from each credit by its key, what was given back taken off."""
    sums: dict[str, int] = {}
    for each in drawn:
        sums[each.key] = sums.get(each.key, 0) + each.amount_minor
    return sums


def credits_of(row: Subscription, *, at: datetime) -> tuple[CreditRow, ...]:
    """Return the credits of a subscription, the latest first; without any, no query is made."""
    return _rows([row], at) if row.has_prepaid else ()


def credit_for(row: Subscription, credit_id: UUID) -> PrepaidCredit | None:
    """Return a credit of a subscription with what ending it needs, or nothing when it has no such credit."""
    around = ("subscription__legal_entity", "subscription__customer", "document__legal_entity", "document__customer")
    return PrepaidCredit.objects.select_related(*around).filter(subscription=row, id=credit_id).first()


def lapsing(*, at: datetime) -> list[PrepaidCredit]:
    """Return the credits whose last day is over where their subscription is, all of it billed up to then.

    Source: SB-14.
    """
    billed = Q(subscription__next_bill_on__isnull=True) | Q(subscription__next_bill_on__gte=F("lapses_on"))
    rows = PrepaidCredit.objects.filter(billed, ended_on__isnull=True, lapses_on__lte=at.date() + timedelta(days=1))
    found = rows.select_related("subscription__legal_entity").order_by("id")
    return [row for row in found if row.lapses_on and row.lapses_on <= local_day(at, row.subscription.zone)]


def _rows(rows: Collection[Subscription], at: datetime) -> tuple[CreditRow, ...]:
    subscriptions = {row.id: row for row in rows}
    if not subscriptions:
        return ()
    found = list(
        PrepaidCredit.objects.filter(subscription__in=subscriptions)
        .select_related("made_by", "ended_by", "document")
        .order_by("subscription_id", "-ordinal")
    )
    uses: dict[UUID, list[PrepaidUse]] = {each.id: [] for each in found}
    for use in PrepaidUse.objects.filter(credit__in=uses).select_related("settlement").order_by("-made_at", "-id"):
        uses[use.credit_id].append(use)
    return tuple(
        CreditRow(
            each,
            sum(use.amount_minor for use in uses[each.id]),
            tuple(uses[each.id]),
            local_day(at, subscriptions[each.subscription_id].zone),
        )
        for each in found
    )
