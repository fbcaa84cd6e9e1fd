"""The folio: a customer's one timeline, in which talk and money share the rows and the balance runs."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from conto.apps.audit import queries as audit
from conto.apps.deals import queries as deals
from conto.apps.fields.queries import told_body
from conto.apps.invoicing import queries as invoicing
from conto.apps.ledger import queries as ledger
from conto.web import formats
from conto.web.customers.icons import ICONS
from conto.web.customers.words import MONEY_KINDS, TALK_KINDS, TONES, UNTOLD_KINDS, telling
from conto.web.reading import uuid_in

if TYPE_CHECKING:
    from conto.apps.accounts.models import Member
    from conto.web.reading import Here

PAGE_SIZE = 40
_ISSUED = frozenset({"invoice_issued", "deposit_invoice_issued", "credit_note_issued"})
_NOTES = frozenset({"note_added", "call_logged"})
_PAYMENTS = frozenset({"payment_received"})


@dataclass(frozen=True, slots=True)
class FolioFilters:
    """Which rows of the folio are shown."""

    show: str = ""  # money | talk
    person: str = ""
    until: date | None = None
    sees_papers: bool = True

    @property
    def is_whole(self) -> bool:
        """Tell whether no row with money is left out, so that the balance can run."""
        return self.show != "talk" and not self.person


@dataclass(slots=True)
class FolioRow:
    """One row: what happened, what it charged or paid, and the balance after it."""

    fact_id: UUID
    at: datetime
    on: date
    month: str  # set where a new month begins
    icon: str
    tone: str
    title: str
    href: str
    note: str
    by: str
    charged: str
    paid: str
    balance: str
    chip: str = ""  # a state
    chip_words: str = ""
    note_id: UUID | None = None
    key: str = ""


@dataclass(frozen=True, slots=True)
class FolioPage:
    """A stretch of the folio, the latest first."""

    rows: tuple[FolioRow, ...]
    after: str  # where the next page starts; empty: this is the beginning
    is_running: bool
    currencies: tuple[str, ...]


@dataclass(slots=True)
class _Event:
    id: UUID
    kind: str
    at: datetime
    actor_name: str
    subject_id: UUID
    entry_id: UUID | None
    said: dict[str, Any] | None  # nothing once it was erased
    settles: list[str] = field(default_factory=list)

    @property
    def body(self) -> dict[str, Any]:
        return self.said or {}


_COLUMNS = ("id", "kind", "at", "actor_name", "subject_id", "entry_id", "payload__body")


def folio_page(
    here: "Here",
    customer_id: UUID,
    filters: FolioFilters,
    *,
    cursor: str = "",
    now: ledger.Amounts | None = None,
    size: int = PAGE_SIZE,
    began_as: Any = None,
) -> FolioPage:
    """Read a stretch of a customer's folio as its reader sees it, with at most three queries where they see all deals.

    `now` is today's balance by currency: with it the first stretch need not add up the past. `began_as` are the ids of
    leads that became the customer, as a query: what happened to them before is shown too.
    """
    events, after = _events(here.member, customer_id, filters, cursor, size, began_as)
    for event in events:
        event.said = told_body(event.kind, event.body, here.business, here.member.role)
    is_first = not cursor and filters.until is None
    moved = ledger.Movements()
    if filters.is_whole and events:
        entries = [event.entry_id for event in events if event.entry_id]
        past = None if is_first and now is not None else events[-1].at
        moved = ledger.movements(customer_id, entries, now=now, oldest_at=past)
    issued = [event.subject_id for event in events if event.kind in _ISSUED]
    documents = invoicing.briefs(issued)
    currencies = tuple(sorted({c for each in (moved.before, *moved.by_entry.values(), now or {}) for c in each}))
    rows = _rows(events, moved, documents, customer_id=customer_id, today=here.today, is_running=filters.is_whole)
    return FolioPage(tuple(rows), after, filters.is_whole, currencies)


def _events(
    member: "Member", customer_id: UUID, filters: FolioFilters, cursor: str, size: int, began_as: Any
) -> tuple[list[_Event], str]:
    seen = deals.facts_seen(member, audit.facts_of_customer(customer_id), customer_id)
    found = _chosen(seen, filters, cursor).values_list(*_COLUMNS)[: size + 1]
    if began_as is not None:
        before = _chosen(audit.facts_of_subjects(began_as), filters, cursor).values_list(*_COLUMNS)[: size + 1]
        found = found.union(before, all=True).order_by("-at", "-id")[: size + 1]
    rows = [_Event(*values) for values in found]
    more = len(rows) > size
    rows = rows[:size]
    return rows, f"{rows[-1].at.isoformat()}_{rows[-1].id}" if more else ""


def _chosen(found: Any, filters: FolioFilters, cursor: str) -> Any:
    if not filters.sees_papers:
        found = audit.without_papers(found)
    if filters.show == "money":
        found = found.filter(kind__in=MONEY_KINDS)
    elif filters.show == "talk":
        found = found.filter(kind__in=TALK_KINDS)
    else:
        found = found.exclude(kind__in=UNTOLD_KINDS)
    if filters.person:
        found = found.filter(actor_name=filters.person)
    if filters.until:
        end = timezone.make_aware(datetime.combine(filters.until, time.max))
        found = found.filter(at__lte=end)
    start = _read_cursor(cursor)
    if start:
        at, fact_id = start
        found = found.filter(at__lte=at).exclude(at=at, id__gte=fact_id)
    return found


def _read_cursor(cursor: str) -> tuple[datetime, UUID] | None:
    stamp, _mark, fact = cursor.partition("_")
    fact_id = uuid_in(fact)
    try:
        at = parse_datetime(stamp)
    except ValueError:
        at = None
    return (at, fact_id) if at and fact_id else None


def _rows(
    events: Sequence[_Event],
    moved: ledger.Movements,
    documents: dict[UUID, invoicing.Brief],
    *,
    customer_id: UUID,
    today: date,
    is_running: bool,
) -> Iterable[FolioRow]:
    balance = dict(moved.before)
    made: list[FolioRow] = []
    counted: set[UUID] = set()
    months = _months(events)
    for event in reversed(_told_together(events)):
        effect = {} if event.entry_id in counted or not event.entry_id else moved.by_entry.get(event.entry_id, {})
        counted |= {event.entry_id} if event.entry_id else set()
        for currency, minor in effect.items():
            balance[currency] = balance.get(currency, 0) + minor
        row = _row(event, documents.get(event.subject_id), customer_id=customer_id, today=today)
        _write_money(row, event, effect, balance if is_running else {})
        made.append(row)
    made.reverse()
    seen = ""
    for row in made:
        month = months[row.on.year, row.on.month]
        row.month, seen = ("" if month == seen else month), month
    return made


def _told_together(events: Sequence[_Event]) -> list[_Event]:
    """Say on a payment's own row what it settles, where both happened in the same instant."""
    payments = {(event.at, str(event.subject_id)): event for event in events if event.kind in _PAYMENTS}
    told = []
    for event in events:
        payment = payments.get((event.at, str(event.body.get("credit_id"))))
        if event.kind == "payment_allocated" and payment:
            payment.settles.insert(0, str(event.body.get("number", "")))
        else:
            told.append(event)
    return told


def _months(events: Sequence[_Event]) -> dict[tuple[int, int], str]:
    days = {formats.local_day(event.at) for event in events}
    return {(day.year, day.month): formats.day_text(day.replace(day=1), "month") for day in days}


def _row(event: _Event, document: invoicing.Brief | None, *, customer_id: UUID, today: date) -> FolioRow:
    told = telling(event.kind, event.body, event.actor_name)
    title, note, href, chip, chip_words = told.title, told.note, "", "", ""
    if document:
        href = f"/invoices/{document.id}"
        chip = document.state(today) if event.kind in MONEY_KINDS else ""
        chip_words = _late_words(document, today) if chip == "overdue" else ""
        note = document.about if document.line_count < 2 else _("%(first)s and %(more)s more") % {
            "first": document.about, "more": document.line_count - 1}  # fmt: skip
    elif event.kind in _PAYMENTS:
        href = f"/payments/{event.subject_id}"
        if event.settles:
            note = "" if note in event.settles else note
            title = _("%(payment)s for %(documents)s") % {"payment": title, "documents": ", ".join(event.settles)}
    elif event.kind in _NOTES:
        href = f"/customers/{customer_id}/notes/{event.subject_id}"
    elif event.kind == "lead_converted":
        href = f"/leads/{event.subject_id}/"
    return FolioRow(
        fact_id=event.id,
        at=event.at,
        on=formats.local_day(event.at),
        month="",
        icon=ICONS.get(event.kind, "pencil"),
        tone=TONES.get(event.kind, ""),
        title=title,
        href=href,
        note=note,
        by=event.actor_name if event.kind in _NOTES else "",
        charged="",
        paid="",
        balance="",
        chip=chip,
        chip_words=chip_words,
        note_id=event.subject_id if event.kind in _NOTES else None,
        key=event.kind,
    )


def _late_words(document: invoicing.Brief, today: date) -> str:
    days = (today - document.due_on).days
    words = ngettext("%(days)s day late", "%(days)s days late", days) % {"days": days}
    return words if document.open_minor == document.payable_minor else _("part-paid, %(late)s") % {"late": words}


def _write_money(row: FolioRow, event: _Event, effect: ledger.Amounts, balance: ledger.Amounts) -> None:
    bare = len(balance) < 2
    for currency, minor in effect.items():
        text = formats.money_text(abs(minor), currency, bare=bare)
        if minor > 0:
            row.charged = text
        elif minor < 0:
            row.paid = text
    if not effect and event.entry_id is None and event.kind == "payment_failed":
        row.chip = "failed"
    shown = [
        formats.money_text(minor, currency, bare=bare) for currency, minor in sorted(balance.items()) if minor or bare
    ]
    row.balance = " · ".join(shown) or formats.money_text(0, next(iter(balance), "EUR"), bare=True)


def filters_in(given: Any) -> FolioFilters:
    """Read the folio's filters from an address."""
    show = given.get("show", "")
    try:
        until = parse_date(given.get("until", ""))
    except ValueError:
        until = None
    return FolioFilters(show if show in {"money", "talk"} else "", given.get("by", "")[:200], until)
