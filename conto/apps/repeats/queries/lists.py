"""Lists of repeating invoices, one with what it made, and what comes of it."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from django.db.models import Case, CharField, F, Q, QuerySet, Sum, Value, When

from conto.apps.accounts.models import LegalEntity, Member
from conto.apps.crm import queries as crm
from conto.apps.crm.models import Customer
from conto.apps.invoicing import queries as invoicing
from conto.apps.invoicing.models import Document, Draft
from conto.apps.invoicing.queries import AheadPaper, ComputedDraft
from conto.apps.repeats.entries import HEAD, Source
from conto.apps.repeats.models import Repeat, RepeatInvoice, RepeatVersion
from conto.apps.repeats.queries.terms import Paper, Terms, current
from conto.domain.errors import Finding
from conto.domain.permissions import Permission
from conto.domain.repeat import coming

StateFilter = Literal["all", "active", "held", "paused", "ended"]
AHEAD = 12
_CUSTOMERS_SEARCHED = 50
_VERSIONS_SHOWN = 20
# How one stands, with what holds it.
STANDING: Any = Case(When(~Q(held_code=""), then=Value("held")), default=F("state"), output_field=CharField())
_ON_CARD = 5


@dataclass(frozen=True, slots=True)
class RepeatPage:
    """A page of the list; `next_cursor` is empty on the last one."""

    rows: tuple[Repeat, ...]
    next_cursor: str


@dataclass(frozen=True, slots=True)
class MadeRow:
    """An invoice that a day of a schedule made; without number it is a draft, discarded where that is gone too."""

    ordinal: int
    due_on: date
    version: int
    document_id: UUID
    sending: str
    refusal: tuple[Any, ...]
    number: str
    issued_on: date | None
    currency: str
    total_minor: int
    is_draft: bool

    @property
    def is_gone(self) -> bool:
        """Whether somebody has discarded its draft."""
        return not self.number and not self.is_draft


@dataclass(frozen=True, slots=True)
class ComingRow:
    """An invoice that comes; without total it cannot be computed, and `problem` says why."""

    ordinal: int
    due_on: date
    starts_on: date
    last_day: date
    currency: str
    net_minor: int | None
    total_minor: int | None
    problem: Finding | None
    line_totals_minor: tuple[int, ...] = ()  # in the prices that are agreed: with tax or without


def visible_to(member: Member | None) -> QuerySet[Repeat]:
    """Return the repeating invoices that a member may see, the latest changed first, with how they stand.

    Source: V-3.
    """
    if member is None or not member.may(Permission.INVOICE_VIEW):
        return Repeat.objects.none().annotate(standing=STANDING)
    seen = Repeat.objects.filter(crm.sight_of(member)).annotate(standing=STANDING)
    return seen.select_related("customer").order_by("-changed_at", "-id")


def repeat_for(member: Member | None, repeat_id: UUID) -> Repeat | None:
    """Return a repeating invoice with its surroundings, or nothing when it is not visible."""
    return visible_to(member).select_related("customer", "legal_entity").filter(id=repeat_id).first()


def terms_for(repeat: Repeat) -> Terms:
    """Return what is agreed now, with two queries."""
    return current([repeat])[repeat.id]


def versions_of(repeat: Repeat) -> list[RepeatVersion]:
    """Return what was agreed, the latest first."""
    rows = RepeatVersion.objects.filter(repeat=repeat).select_related("made_by")
    return list(rows.order_by("-version")[:_VERSIONS_SHOWN])


def repeat_page(
    member: Member,
    *,
    state: StateFilter = "all",
    customer_id: UUID | None = None,
    search: str = "",
    cursor: str = "",
    limit: int = 50,
) -> RepeatPage:
    """Return a page of repeating invoices, the latest changed first, with a constant number of queries."""
    chosen = visible_to(member).filter(_behind(cursor))
    if state == "held":
        chosen = chosen.exclude(held_code="")
    elif state != "all":
        chosen = chosen.filter(state=state, held_code="")
    if customer_id:
        chosen = chosen.filter(customer_id=customer_id)
    if search:
        named = [customer.id for customer in crm.find(member, search, limit=_CUSTOMERS_SEARCHED)]
        chosen = chosen.filter(Q(title__icontains=search) | Q(customer_id__in=named))
    found = list(chosen[: limit + 1])
    last = found[limit - 1] if len(found) > limit else None
    return RepeatPage(tuple(found[:limit]), f"{last.changed_at.isoformat()}~{last.id}" if last else "")


def of_customer(member: Member, customer_id: UUID) -> list[Repeat]:
    """Return what of a customer repeats, the next due first."""
    rows = visible_to(member).filter(customer_id=customer_id).exclude(state="ended")
    return list(rows.order_by("next_on", "id")[:_ON_CARD])


def made_of(repeat: Repeat, *, limit: int = 60) -> list[MadeRow]:
    """Return what a schedule made, the latest first, with three queries."""
    rows = list(RepeatInvoice.objects.filter(repeat=repeat).order_by("-ordinal")[:limit])
    ids = [row.document_id for row in rows]
    issued = {each.id: each for each in Document.objects.filter(id__in=ids)}
    drafts = {each.id: each for each in Draft.objects.filter(id__in=ids)}
    return [_made(row, issued.get(row.document_id), drafts.get(row.document_id)) for row in rows]


def _made(row: RepeatInvoice, issued: Document | None, draft: Draft | None) -> MadeRow:
    known: tuple[str, int] = ("", 0)
    if issued is not None:
        known = (issued.currency, issued.payable_minor)
    elif draft is not None:
        known = (draft.currency, draft.shown_total_minor)
    return MadeRow(
        row.ordinal, row.due_on, row.version, row.document_id, row.sending, tuple(row.refusal),
        issued.number if issued else "", issued.issued_on if issued else None, *known, draft is not None,
    )  # fmt: skip


def standing_of(repeat: Repeat) -> MadeRow | None:
    """Return what a schedule made last, unless its draft was discarded or its invoice credited as a whole."""
    last = made_of(repeat, limit=1)
    if not last or last[0].is_gone:
        return None
    whole = Document.objects.filter(id=last[0].document_id).annotate(taken=Sum("credit_notes__gross_minor"))
    return None if whole.filter(taken__gte=F("gross_minor"), gross_minor__gt=0).exists() else last[0]


def coming_of(repeat: Repeat, terms: Terms, *, most: int = AHEAD) -> list[ComingRow]:
    """Return the next invoices with their totals to the cent, as things are agreed now.

    Source: RI-8.
    """
    return coming_by(
        repeat.customer, repeat.legal_entity, terms, next_on=repeat.next_on, made=repeat.made_count, most=most
    )


def coming_by(
    customer: Customer, legal_entity: LegalEntity, terms: Terms, *, next_on: date | None, made: int, most: int = AHEAD
) -> list[ComingRow]:
    """Return the next invoices by terms that may not be agreed yet.

    Source: RI-8.
    """
    days = coming(terms.schedule, next_on, made=made, most=most)
    papers = [terms.paper(day, made + n) for n, day in enumerate(days, 1)]
    computed = invoicing.computed_ahead(
        customer=customer,
        legal_entity=legal_entity,
        head=terms.head,
        papers=[AheadPaper(paper.due_on, paper.lines, terms.allowances) for paper in papers],
    )
    return [_coming(terms, paper, each) for paper, each in zip(papers, computed, strict=True)]


def _coming(terms: Terms, paper: Paper, computed: ComputedDraft) -> ComingRow:
    covered = terms.schedule.covered(paper.due_on)
    document = computed.document
    totals = document.totals if document else None
    return ComingRow(
        paper.ordinal, paper.due_on, covered.start, covered.last_day, terms.row.currency,
        totals.net_minor if totals else None, totals.payable_minor if totals else None,
        computed.problems[0] if computed.problems else None,
        tuple(
            line.gross_minor if document.price_mode == "gross" else line.net_minor for line in document.lines
        ) if document else (),
    )  # fmt: skip


def source_for(member: Member, source_id: UUID) -> Source | None:
    """Return what a visible draft or document says, to repeat it; nothing of a credit note."""
    found = invoicing.draft_for(member, source_id) or invoicing.document_for(member, source_id)
    if found is None or found.kind == "credit_note":
        return None
    lines, allowances = invoicing.entries_of(found)
    texts = ("order_reference", "contract_reference", "intro", "notes", "buyer_reference")
    head: dict[str, Any] = {
        name: (found.details.get(name, "") if isinstance(found, Document) else getattr(found, name)) or ""
        for name in texts
    }
    head |= {name: getattr(found, name) for name in HEAD if name not in texts}
    return Source(found.id, found.customer_id, head, tuple(lines), tuple(allowances))


def unsent_count(repeat: Repeat) -> int:
    """Return how many of its invoices could not be sent."""
    return RepeatInvoice.objects.filter(repeat=repeat, sending="refused").count()


def to_send(*, after: UUID | None, most: int) -> list[RepeatInvoice]:
    """Return invoices that are to be sent or were refused, in the order in which they were made."""
    rows = RepeatInvoice.objects.filter(sending__in=["waiting", "refused"]).order_by("id")
    return list((rows.filter(id__gt=after) if after else rows)[:most])


def is_anything_there() -> bool:
    """Tell whether any invoice repeats in this book."""
    return Repeat.objects.exists()


def _behind(cursor: str) -> Q:
    key, _, last_id = cursor.partition("~")
    try:
        behind = UUID(last_id)
        datetime.fromisoformat(key)
    except ValueError:
        return Q()
    return Q(changed_at__lt=key) | Q(changed_at=key, id__lt=behind)
