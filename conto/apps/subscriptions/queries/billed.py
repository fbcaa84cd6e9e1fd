"""What was billed of a subscription, and where its lines stand on paper."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from conto.apps.subscriptions.models import BilledLine, Settlement, Subscription
from conto.domain.price.explain import Derivation
from conto.domain.price.kept import derivation_from


@dataclass(frozen=True, slots=True)
class LinePlace:
    """Where a billed line stands: on which invoice (a draft until it is issued, by the same id), and at which place."""

    document_id: UUID
    position: int


@dataclass(frozen=True, slots=True)
class TakenBack:
    """A part of an earlier line that a credit took back, with the days of the credit, both included."""

    place: LinePlace
    amount_minor: int
    first_on: date
    last_on: date


@dataclass(frozen=True, slots=True)
class SettledLine:
    """A line that was billed, with what it follows from. `ends_on` is the day after its last."""

    item_key: str
    starts_on: date
    ends_on: date
    gross_minor: int
    discount_minor: int
    why: Derivation
    document_id: UUID | None

    @property
    def net_minor(self) -> int:
        """What the line comes to after its discount."""
        return self.gross_minor - self.discount_minor


@dataclass(frozen=True, slots=True)
class SettledRow:
    """A day on which something was billed, with its lines and the documents that they stand on."""

    id: UUID
    settled_on: date
    made_at: datetime
    net_minor: int
    document_ids: tuple[UUID, ...]
    lines: tuple[SettledLine, ...]


def papers_since(row: Subscription, ordinal: int) -> list[tuple[date, list[UUID]]]:
    """Return the documents of what was billed after so many times, by day."""
    since = Settlement.objects.filter(subscription=row, ordinal__gt=ordinal).order_by("ordinal")
    return list(since.values_list("settled_on", "document_ids"))


def settled_rows(row: Subscription, *, limit: int = 24) -> tuple[SettledRow, ...]:
    """Return what was billed of a subscription, the latest first, with two queries."""
    found = list(Settlement.objects.filter(subscription=row).order_by("-ordinal")[:limit])
    lines: dict[UUID, list[SettledLine]] = {each.id: [] for each in found}
    billed = BilledLine.objects.filter(settlement__in=lines).select_related("charge")
    for line in billed.order_by("settlement_id", "starts_on", "charge_id", "number"):
        lines[line.settlement_id].append(
            SettledLine(
                line.charge.item_key, line.starts_on, line.ends_on, line.gross_minor, line.discount_minor,
                derivation_from(line.why), line.document_id,
            )
        )  # fmt: skip
    return tuple(
        SettledRow(
            each.id, each.settled_on, each.made_at, each.net_minor, tuple(each.document_ids), tuple(lines[each.id])
        )
        for each in found
    )


def places_of(wanted: Collection[tuple[UUID, int]]) -> dict[tuple[UUID, int], LinePlace]:
    """Return where lines stand, by the id of their charge and their number; those on no invoice are missing."""
    if not wanted:
        return {}
    charges, numbers = {charge for charge, _number in wanted}, {number for _charge, number in wanted}
    rows = BilledLine.objects.filter(charge__in=charges, number__in=numbers, document_id__isnull=False)
    return {
        (row.charge_id, row.number): LinePlace(row.document_id, row.position)
        for row in rows
        if row.document_id is not None and row.position is not None
    }


def taken_back_on(document_id: UUID, *, customer_id: UUID) -> list[TakenBack]:
    """Return what the credits took back that were billed with a document, with two queries."""
    found = list(
        BilledLine.objects.filter(
            settlement__subscription__customer=customer_id,
            settlement__document_ids__contains=[document_id],
            document_id__isnull=True,
        ).exclude(credits=[])
    )
    places = places_of({(row.charge_id, number) for row in found for number, _minor in row.credits})
    return [
        TakenBack(place, minor, row.starts_on, last_day(row.starts_on, row.ends_on))
        for row in sorted(found, key=lambda row: (row.charge_id, row.number))
        for number, minor in row.credits
        if (place := places.get((row.charge_id, number))) is not None
    ]


def last_day(starts_on: date, ends_on: date) -> date:
    """Give the last day of a line as paper shows it; `ends_on` is the day after it."""
    return max(starts_on, date.fromordinal(ends_on.toordinal() - 1))


def billed_among(documents: Mapping[UUID, UUID]) -> set[UUID]:
    """Return which of some documents, given with their customers, bill subscriptions."""
    rows = Settlement.objects.filter(
        subscription__customer__in=set(documents.values()), document_ids__overlap=list(documents)
    )
    return {each for ids in rows.values_list("document_ids", flat=True) for each in ids}
