"""What pages show of one subscription: how it stands, what comes, what was billed, and what happened."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from conto.apps.invoicing import queries as invoicing
from conto.apps.subscriptions import queries
from conto.domain.errors import RuleBroken
from conto.domain.period import local_day
from conto.domain.permissions import Permission
from conto.domain.price import describe, explain
from conto.domain.subscription import Standing
from conto.flows.change_subscription import upcoming
from conto.web.access import may
from conto.web.formats import number_text
from conto.web.plans.showing import ShownInvoice, ShownLine, shown_invoices
from conto.web.plans.words import measure_words, speech_here, timing_words
from conto.web.reading import words_of
from conto.web.subscriptions.words import change_words, day_before

if TYPE_CHECKING:
    from conto.apps.accounts.models import Member
    from conto.apps.subscriptions.models import Subscription
    from conto.apps.subscriptions.queries import CreditRow, Loaded, SettledRow


@dataclass(frozen=True, slots=True)
class StandingItem:
    """An item as it stands."""

    key: str
    name: str
    price: str
    quantity: str
    timing: str
    measure: str


@dataclass(frozen=True, slots=True)
class ShownStanding:
    """How a subscription stands, in words; days are the last ones."""

    state: str
    items: tuple[StandingItem, ...]
    period_starts_on: date
    period_last_day: date | None
    trial_last_day: date | None
    last_day: date | None
    monthly_minor: int


@dataclass(frozen=True, slots=True)
class Paper:
    """A document, or a draft, on which something was billed; without an address for who may not open it."""

    word: str
    href: str
    is_draft: bool


@dataclass(frozen=True, slots=True)
class DrawnLine:
    """What a prepaid credit paid, below zero; above, what came back to it."""

    reason: str
    net_minor: int


@dataclass(frozen=True, slots=True)
class ShownSettlement:
    """A day on which something was billed."""

    on: date
    made_at: datetime
    net_minor: int
    lines: tuple[ShownLine, ...]
    papers: tuple[Paper, ...]
    drawn: tuple[DrawnLine, ...]


@dataclass(frozen=True, slots=True)
class ShownChange:
    """Something that happened to a subscription, or will."""

    words: str
    takes_on: date
    is_to_come: bool
    made_at: datetime
    who: str
    reason: str


def names_of(items: Mapping[str, Any]) -> dict[str, str]:
    """Return the names of items by key."""
    return {key: row.name for key, row in items.items()}


def shown_standing(standing: Standing, items: Mapping[str, Any], currency: str) -> ShownStanding:
    """Return how a subscription stands, with its prices in words."""
    speech = speech_here(currency)
    rows = []
    for each in standing.items:
        row = items.get(each.item.key)
        if not each.is_there or row is None:
            continue
        quantity = "" if row.measure else number_text(each.quantity.normalize())
        rows.append(
            StandingItem(
                row.key, row.name, describe(each.price, speech), quantity, timing_words(row), measure_words(row.measure)
            )
        )
    return ShownStanding(
        standing.state.value, tuple(rows), standing.period_starts_on, day_before(standing.period_ends_on),
        day_before(standing.trial_ends_on), day_before(standing.ends_on), standing.monthly_minor,
    )  # fmt: skip


def coming(loaded: "Loaded", names: dict[str, str]) -> tuple[list[ShownInvoice], str]:
    """Return the next invoices, or why there are none to show; what was billed of `loaded` is used up by it."""
    try:
        found = upcoming(loaded)
    except RuleBroken as refusal:
        return [], words_of(refusal)
    row = loaded.row
    return shown_invoices(found.invoices, named(names, row.title), row.currency, found.taxed), ""


def named(names: dict[str, str], title: str) -> dict[str, str]:
    """Return the names of items, with the subscription's own for what belongs to none of them."""
    return {**names, "": title}


def shown_settlements(
    member: "Member", row: "Subscription", names: dict[str, str], paid_ahead: "Iterable[CreditRow]"
) -> list[ShownSettlement]:
    """Return what was billed and what credit paid of it, the latest first, with the documents that one may open."""
    settled = queries.settled_rows(row)
    drawn: dict[UUID, list[DrawnLine]] = {}
    for credit in paid_ahead:
        for use in credit.uses:
            drawn.setdefault(use.settlement_id, []).append(DrawnLine(credit.credit.reason, -use.amount_minor))
    papers = _papers(member, settled)
    speech = speech_here(row.currency)
    known = named(names, row.title)
    return [
        ShownSettlement(
            each.settled_on,
            each.made_at,
            each.net_minor + sum(line.net_minor for line in drawn.get(each.id, ())),
            tuple(
                ShownLine(
                    known.get(line.item_key, row.title), line.starts_on,
                    max(line.starts_on, date.fromordinal(line.ends_on.toordinal() - 1)),
                    line.gross_minor - line.discount_minor,
                    explain(line.why, speech, discount_minor=line.discount_minor),
                )
                for line in each.lines
            ),
            tuple(papers[key] for key in each.document_ids if key in papers),
            tuple(drawn.get(each.id, ())),
        )
        for each in settled
    ]  # fmt: skip


def _papers(member: "Member", settled: "Iterable[SettledRow]") -> dict[UUID, Paper]:
    ids = {key for each in settled for key in each.document_ids}
    if not ids or not may(member, Permission.INVOICE_VIEW):
        return {}
    found = {
        key: Paper(number, f"/invoices/{key}", is_draft=False)
        for key, number in invoicing.documents(member).filter(id__in=ids).values_list("id", "number")
    }
    rest = ids - found.keys()
    drafts = invoicing.drafts(member).filter(id__in=rest).values_list("id", flat=True) if rest else ()
    return found | {key: Paper("", f"/invoices/{key}", is_draft=True) for key in drafts}


def shown_changes(row: "Subscription", names: Mapping[str, str], today: date) -> list[ShownChange]:
    """Return what happened to a subscription, the latest first."""
    speech = speech_here(row.currency)
    shown = []
    for each in queries.changes_of(row):
        takes_on = local_day(each.takes_at, row.zone)
        shown.append(
            ShownChange(
                change_words(queries.change_of(each, row.currency), names, speech), takes_on, takes_on > today,
                each.made_at, each.made_by.name if each.made_by else "Conto", each.reason,
            )
        )  # fmt: skip
    return shown
