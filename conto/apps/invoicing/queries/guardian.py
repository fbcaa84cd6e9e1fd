"""What the guardian compares drafts with: earlier documents of the same customers, read for a set of drafts at once."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from conto.apps.bulk.composed import Composed, given, prepared_cursor
from conto.apps.invoicing.models import DocumentLine, DraftLine
from conto.apps.invoicing.queries.computing import ComputedDraft
from conto.apps.invoicing.queries.loading import LoadedDraft
from conto.domain import guardian
from conto.domain.errors import Finding
from conto.domain.guardian import MOST_LOOKED_AT, BilledPaper, GuardianRules, PaperLine, Past, UsualRange

Pair = tuple[LoadedDraft, ComputedDraft]
Apart = Callable[[Mapping[UUID, UUID]], Collection[UUID]]  # of documents, with their customers: which count elsewhere
_WATCHED_KINDS = frozenset({"invoice", "final"})
_ALIKE_WITHIN_DAYS = 3
_AmountKey = tuple[UUID, str, int]  # customer, currency, what is to pay


@dataclass(frozen=True, slots=True)
class _PastDocument:
    id: UUID
    legal_entity_id: UUID
    currency: str
    past: Past


@dataclass(frozen=True, slots=True)
class AlikeDocument:
    """A document of the same customer over the same amount."""

    id: UUID
    legal_entity_id: UUID
    number: str
    issued_on: date
    order_reference: str
    period: tuple[str, str]
    lines: tuple[PaperLine, ...]


@dataclass(frozen=True, slots=True)
class History:
    """What a set of drafts is compared with."""

    rules: GuardianRules
    past: Mapping[UUID, Sequence[_PastDocument]]  # by customer, the latest first
    alike: Mapping[_AmountKey, Sequence[AlikeDocument]]
    kinds: dict[UUID, set[object]] = field(default_factory=dict)  # by document, of those that are looked at twice
    apart: set[UUID] = field(default_factory=set)  # documents over the same amount that are no doubles
    twins: dict[UUID, list[BilledPaper]] = field(default_factory=dict)  # by draft: those issued together with it

    def similar(self, loaded: LoadedDraft, computed: ComputedDraft) -> list[AlikeDocument]:
        """List documents of the same amount and nearly the same day."""
        near = timedelta(days=_ALIKE_WITHIN_DAYS)
        found = self.alike.get(_amount_key(loaded, computed), ())
        return [each for each in found if abs(each.issued_on - loaded.on) <= near]


def history_of(
    pairs: Sequence[Pair], *, rules: GuardianRules, apart: Apart | None = None, is_together: bool = False
) -> History:
    """Read what computed drafts are compared with, by three queries.

    `apart` tells of documents of the same amount which of them are no doubles, since their like is billed elsewhere.
    `is_together` says that the drafts are issued together, so that they can be doubles of each other.
    """
    watched = [pair for pair in pairs if pair[1].document and pair[0].draft.kind in _WATCHED_KINDS]
    past = _past({loaded.draft.customer_id for loaded, _ in watched}) if watched else {}
    known = History(rules, past, _alike(pairs, rules))
    unsure = {
        each.id
        for loaded, computed in watched
        if _asks_second_look(loaded, computed, known)
        for each in past.get(loaded.draft.customer_id, ())
    }
    if watched:
        known.kinds.update(_kinds(unsure))
    if rules.watches_duplicates:
        candidates = _candidates(known, watched) if apart else {}
        if apart and candidates:
            known.apart.update(apart(candidates))
        if is_together:
            known.twins.update(_twins(watched))
    return known


def guardian_findings(loaded: LoadedDraft, computed: ComputedDraft, known: History) -> Iterator[Finding]:
    """List what is unusual about a draft.

    Source: GU-1, GU-2, GU-3.
    """
    draft = loaded.draft
    if draft.kind not in _WATCHED_KINDS or draft.charges_late or computed.document is None:
        return
    amount_range = _unusual(loaded, computed, known)
    if amount_range:
        yield guardian.amount_finding(_net(computed), amount_range, draft.currency)
    early = _early(loaded, known)
    if early:
        yield early
    others = [*_papers(known, loaded, computed), *known.twins.get(draft.id, ())]
    double = guardian.duplicate_finding(_paper(loaded), others, known.rules) if others else None
    if double:
        yield double


def _asks_second_look(loaded: LoadedDraft, computed: ComputedDraft, known: History) -> bool:
    return _is_early(loaded, known) or guardian.asks_second_look(
        _net(computed), [each.past for each in _compared(known, loaded)], known.rules
    )


def _unusual(loaded: LoadedDraft, computed: ComputedDraft, known: History) -> UsualRange | None:
    past = [
        replace(each.past, kinds=frozenset(known.kinds[each.id]))
        for each in _compared(known, loaded)
        if each.id in known.kinds
    ]
    if not past:  # none was looked at twice
        return None
    of_subscription = loaded.draft.keeps_lines
    return guardian.unusual_amount(
        _net(computed), _kinds_of(loaded), past, known.rules, is_only_of_kind=of_subscription
    )


def _is_early(loaded: LoadedDraft, known: History) -> bool:
    """Tell whether a draft comes too early for what its customer is billed; subscriptions have agreed days."""
    days = [each.past.issued_on for each in known.past.get(loaded.draft.customer_id, ())]
    return not loaded.draft.keeps_lines and guardian.early_finding(loaded.on, days, known.rules) is not None


def _early(loaded: LoadedDraft, known: History) -> Finding | None:
    """Tell by what is of the same kind whether a draft comes too early, of one that comes early by all."""
    if not known.kinds or not _is_early(loaded, known):
        return None
    kinds = _kinds_of(loaded)
    of_its_kind = [
        each.past.issued_on
        for each in known.past.get(loaded.draft.customer_id, ())
        if not kinds.isdisjoint(known.kinds.get(each.id, ()))
    ]
    return guardian.early_finding(loaded.on, of_its_kind, known.rules)


def _kinds_of(loaded: LoadedDraft) -> set[object]:
    return {guardian.kind_of_line(line.item_id, line.name) for line in loaded.lines}


def _net(computed: ComputedDraft) -> int:
    return computed.document.totals.net_minor if computed.document else 0


def _compared(known: History, loaded: LoadedDraft) -> list[_PastDocument]:
    draft = loaded.draft
    return [
        each
        for each in known.past.get(draft.customer_id, ())
        if each.currency == draft.currency and each.legal_entity_id == draft.legal_entity_id
    ]


# --- what was billed before -------------------------------------------------------------------------------------------

_PAST = f"""
SELECT d.customer_id, d.id, d.legal_entity_id, d.currency, d.issued_on, d.net_minor
FROM unnest(%s::uuid[]) asked (id), LATERAL (
    SELECT * FROM invoicing_document
    WHERE customer_id = asked.id AND kind IN ('invoice', 'final') AND source <> 'late_charges' AND NOT EXISTS (
        SELECT FROM invoicing_document note
        WHERE note.corrects_id = invoicing_document.id AND note.gross_minor >= invoicing_document.gross_minor
    )
    ORDER BY issued_on DESC, id DESC LIMIT {MOST_LOOKED_AT}
) d
"""  # noqa: S608 -- a number of ours


def _past(customer_ids: Collection[UUID]) -> dict[UUID, list[_PastDocument]]:
    found: dict[UUID, list[_PastDocument]] = defaultdict(list)
    with prepared_cursor() as cursor:
        cursor.execute(_PAST, [list(customer_ids)])
        for customer_id, document_id, seller_id, currency, issued_on, net_minor in cursor.fetchall():
            found[customer_id].append(_PastDocument(document_id, seller_id, currency, Past(issued_on, net_minor)))
    return found


_KINDS = Composed(
    lambda: DocumentLine.objects.filter(document_id__one_of=given("documents")).values_list(
        "document_id", "item_id", "name"
    )
)


def _kinds(document_ids: Collection[UUID]) -> dict[UUID, set[object]]:
    kinds: dict[UUID, set[object]] = defaultdict(set)
    for document_id, item_id, name in _KINDS(documents=list(document_ids)):
        kinds[document_id].add(guardian.kind_of_line(item_id, name))
    return kinds


# --- the same amount once more ----------------------------------------------------------------------------------------

_ALIKE = """
SELECT customer_id, currency, payable_minor, id, legal_entity_id, number, issued_on,
    details->>'order_reference', details->>'period_start_on', details->>'period_end_on', (
        SELECT json_agg(json_build_array(
            item_id, name, quantity::text, unit_price::text, base_quantity::text, period_start_on, period_end_on
        )) FROM invoicing_documentline WHERE document_id = invoicing_document.id
    )
FROM invoicing_document
WHERE customer_id = ANY(%s) AND payable_minor = ANY(%s) AND issued_on BETWEEN %s AND %s AND kind <> 'credit_note'
    AND NOT EXISTS (
        SELECT FROM invoicing_document note
        WHERE note.corrects_id = invoicing_document.id AND note.gross_minor >= invoicing_document.gross_minor
    )
ORDER BY issued_on, ordinal
"""


def _amount_key(loaded: LoadedDraft, computed: ComputedDraft) -> _AmountKey:
    payable = computed.document.totals.payable_minor if computed.document else 0
    return loaded.draft.customer_id, loaded.draft.currency, payable


def _alike(pairs: Collection[Pair], rules: GuardianRules) -> dict[_AmountKey, list[AlikeDocument]]:
    """Return documents of the same customers, amounts and days that were not taken back."""
    keys = {_amount_key(loaded, computed) for loaded, computed in pairs if loaded.draft.kind != "credit_note"}
    totals = {payable for _customer, _currency, payable in keys} - {0}
    if not totals:
        return {}
    around = timedelta(days=max(_ALIKE_WITHIN_DAYS, rules.duplicate_days if rules.watches_duplicates else 0))
    days = [loaded.on for loaded, _ in pairs]
    alike: dict[_AmountKey, list[AlikeDocument]] = defaultdict(list)
    with prepared_cursor() as cursor:
        cursor.execute(
            _ALIKE,
            [list({customer for customer, _c, _p in keys}), list(totals), min(days) - around, max(days) + around],
        )
        for customer_id, currency, payable, *rest in cursor.fetchall():
            alike[customer_id, currency, payable].append(_alike_document(*rest))
    return alike


def _alike_document(
    document_id: UUID, seller_id: UUID, number: str, on: date, order: str | None, start: str | None, end: str | None,
    lines: Sequence[Any] | None,
) -> AlikeDocument:  # fmt: skip
    papers = tuple(_line_from(*line) for line in lines or ())
    return AlikeDocument(document_id, seller_id, number, on, order or "", (start or "", end or ""), papers)


def _line_from(
    item: str | None, name: str, quantity: str, price: str, base: str, start: str | None, end: str | None
) -> PaperLine:
    kind = guardian.kind_of_line(UUID(item) if item else None, name)
    return PaperLine(
        kind, Decimal(quantity), _unit_price(Decimal(price), Decimal(base)), _from_iso(start), _from_iso(end)
    )


def _from_iso(day: str | None) -> date | None:
    return date.fromisoformat(day) if day else None


def _candidates(known: History, watched: Iterable[Pair]) -> dict[UUID, UUID]:
    """Return the documents that may be a draft once more, with their customers."""
    around = timedelta(days=known.rules.duplicate_days)
    return {
        each.id: loaded.draft.customer_id
        for loaded, computed in watched
        for each in known.alike.get(_amount_key(loaded, computed), ())
        if each.legal_entity_id == loaded.draft.legal_entity_id and abs(each.issued_on - loaded.on) <= around
    }


def _papers(known: History, loaded: LoadedDraft, computed: ComputedDraft) -> Iterator[BilledPaper]:
    for each in known.alike.get(_amount_key(loaded, computed), ()):
        if each.id not in known.apart and each.legal_entity_id == loaded.draft.legal_entity_id:
            yield BilledPaper(each.number, each.issued_on, each.lines, each.order_reference, each.period, each.id)


def _paper(loaded: LoadedDraft) -> BilledPaper:
    draft = loaded.draft
    period = (_iso(draft.period_start_on), _iso(draft.period_end_on))
    return BilledPaper("", loaded.on, tuple(_line(line) for line in loaded.lines), draft.order_reference, period)


def _twins(watched: Iterable[Pair]) -> dict[UUID, list[BilledPaper]]:
    """Return for each draft those before it, issued together with it, of the same customer, seller and amount."""
    before: dict[tuple[Any, ...], list[BilledPaper]] = defaultdict(list)
    twins: dict[UUID, list[BilledPaper]] = {}
    for loaded, computed in watched:
        key = (loaded.draft.legal_entity_id, *_amount_key(loaded, computed))
        if loaded.draft.keeps_lines:  # each period of a subscription is billed once anyway
            continue
        if key in before:
            twins[loaded.draft.id] = list(before[key])
        before[key].append(_paper(loaded))
    return twins


def _line(line: DraftLine) -> PaperLine:
    kind, price = guardian.kind_of_line(line.item_id, line.name), _unit_price(line.unit_price, line.base_quantity)
    return PaperLine(kind, line.quantity, price, line.period_start_on, line.period_end_on)


def _unit_price(price: Decimal, base_quantity: Decimal) -> Decimal:
    return price if base_quantity == 1 else price / base_quantity


def _iso(day: date | None) -> str:
    return day.isoformat() if day else ""
