"""The check list before issuing: the facts for the rules, gathered for a set of drafts at once."""

from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, cast
from uuid import UUID

from conto.apps.bulk.composed import Composed, given
from conto.apps.catalog import queries as catalog
from conto.apps.contracts import queries as contracts
from conto.apps.invoicing.entries import PREPAID_CREDIT
from conto.apps.invoicing.models import Document, Draft, NumberCounter
from conto.apps.invoicing.queries.computing import ComputedDraft, computed_of
from conto.apps.invoicing.queries.guardian import Apart, History, guardian_findings, history_of
from conto.apps.invoicing.queries.guarding import guardian_rules
from conto.apps.invoicing.queries.loading import LoadedDraft, available_deposits, load
from conto.apps.ledger import queries as ledger
from conto.apps.projects import queries as projects
from conto.domain.contract import AgreedPrice, BilledLine, agreed_for, departure
from conto.domain.errors import Finding
from conto.domain.invoice import (
    BuyerFacts,
    DocumentFacts,
    DocumentKind,
    PriceFacts,
    SellerFacts,
    pre_issue_findings,
)
from conto.domain.money import to_major
from conto.domain.project import DonePiece, ahead_finding, forgotten_findings, supply_period
from conto.domain.stock import short_finding

_PUBLIC_BUYER_SCHEMES = frozenset({"0204"})  # Leitweg-ID


@dataclass(frozen=True, slots=True)
class Checked:
    """A draft, computed, with what stands against issuing it."""

    loaded: LoadedDraft
    computed: ComputedDraft
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class _Neighbors:
    """What a set of drafts is compared with."""

    last_dates: dict[tuple[UUID, int], date] = field(default_factory=dict)
    prices: dict[tuple[UUID, str], tuple[Decimal, str]] = field(default_factory=dict)
    deposits: dict[UUID, list[tuple[UUID, str]]] = field(default_factory=dict)  # by customer: paid, not deducted
    closed_days: dict[UUID, date] = field(default_factory=dict)  # by seller: the last closed day
    agreed: dict[UUID, contracts.Agreed] = field(default_factory=dict)  # by customer: what contracts agree
    done: dict[UUID, list[DonePiece]] = field(default_factory=dict)  # by customer: of projects, not billed
    ahead: dict[UUID, tuple[str, int, str]] = field(default_factory=dict)  # by draft: billed of a project, not done


def findings(draft: Draft, on: date) -> list[Finding]:
    """Return what stands against issuing a draft on a day, the blocking findings first."""
    return list(checked([load(draft, on)])[0].findings)


def checked(
    drafts: Collection[LoadedDraft], today: date | None = None, *, apart: Apart | None = None, is_together: bool = False
) -> list[Checked]:
    """Compute and check loaded drafts with a constant number of queries.

    `apart` and `is_together` are those of the guardian's history.
    """
    pairs = [(loaded, computed_of(loaded)) for loaded in drafts]
    neighbors = _neighbors(pairs)
    history = history_of(pairs, rules=guardian_rules(), apart=apart, is_together=is_together)
    result = []
    for loaded, computed in pairs:
        found = [*computed.problems, *_own_findings(loaded, computed)]
        if not computed.problems:
            watched = list(guardian_findings(loaded, computed, history))
            similar = _similar(loaded, computed, history, watched)
            found += pre_issue_findings(_facts(loaded, computed, neighbors, similar, today))
            found += _departures(loaded, computed, neighbors)
            found += _of_projects(loaded, neighbors)
            found += watched
        found.sort(key=lambda finding: finding.severity != "block")
        result.append(Checked(loaded, computed, tuple(found)))
    return result


def _own_findings(loaded: LoadedDraft, computed: ComputedDraft) -> Iterator[Finding]:
    draft = loaded.draft
    if loaded.series is None:
        yield Finding("series.missing", "There is no number series for this kind of document yet.")
    if draft.period_start_on and draft.period_end_on and draft.period_end_on < draft.period_start_on:
        yield Finding("draft.period_backwards", "The service period ends before it begins.")
    if draft.early_discount_percent and (draft.early_discount_days or 0) > draft.terms_days:
        yield Finding(
            "terms.discount_after_due", "The early-payment discount ends after the due date.", severity="warn"
        )
    for n, line in enumerate(loaded.lines, 1):
        if draft.kind != "credit_note" and line.unit_price == 0 and line.quantity:
            yield Finding("line.zero_price", "Line %(line)s costs nothing.", {"line": n}, "warn")
    yield from _short(loaded)
    for taken in computed.deductions:
        if taken.left_minor:
            yield Finding(
                "deposit.exceeds_final",
                "Deposit %(number)s is more than this invoice. Credit the rest of the deposit first.",
                {"number": taken.number},
            )
        elif not taken.amount_minor:
            yield Finding(
                "deposit.not_paid",
                "Deposit %(number)s is not paid, so it is not deducted.",
                {"number": taken.number},
                "warn",
            )


def _short(loaded: LoadedDraft) -> Iterator[Finding]:
    """List of what the draft takes more than is on hand; lines that are not stored are not asked about.

    Source: ST-6.
    """
    if loaded.draft.kind not in {"invoice", "final"}:
        return
    wanted: dict[UUID, Decimal] = defaultdict(Decimal)
    stocked: dict[UUID, Any] = {}
    for line in loaded.lines:
        if line.item_id and getattr(line, "on_hand", None) is not None:
            wanted[line.item_id] += line.quantity
            stocked.setdefault(line.item_id, line)
    for item_id, line in stocked.items():
        on_hand, may = line.on_hand, line.may_go_below_zero
        found = short_finding(line.name, wanted[item_id], on_hand, may_go_below_zero=may)
        if found:
            yield found


# --- facts ------------------------------------------------------------------------------------------------------------


def _facts(
    loaded: LoadedDraft,
    computed: ComputedDraft,
    neighbors: _Neighbors,
    similar_numbers: tuple[str, ...],
    today: date | None,
) -> DocumentFacts:
    draft, series = loaded.draft, loaded.series
    is_credit = draft.kind == "credit_note"
    year = loaded.on.year if series and series.is_yearly else 0
    deducted = {deposit.deposit_id for deposit in loaded.deposits}
    return DocumentFacts(
        kind=cast("DocumentKind", draft.kind),
        issued_on=loaded.on,
        due_on=computed.due_on,
        seller=_seller(loaded),
        buyer=_buyer(loaded),
        computed=computed.document,
        supply_known=is_credit or bool(draft.delivered_on or (draft.period_start_on and draft.period_end_on)),
        last_issued_on=neighbors.last_dates.get((series.id, year)) if series else None,
        today=today,
        closed_until=neighbors.closed_days.get(draft.legal_entity_id),
        buyer_reference=draft.buyer_reference,
        order_reference=draft.order_reference,
        similar_numbers=similar_numbers,
        prices=() if is_credit else _prices(loaded, computed, neighbors),
        corrects_number=draft.corrects.number if draft.corrects else "",
        undeducted_deposits=tuple(
            number for deposit_id, number in neighbors.deposits.get(draft.customer_id, ()) if deposit_id not in deducted
        ),
    )


def _seller(loaded: LoadedDraft) -> SellerFacts:
    entity = loaded.draft.legal_entity
    return SellerFacts(
        entity.name,
        entity.country,
        entity.line1,
        entity.postcode,
        entity.city,
        entity.vat_number,
        entity.tax_number,
        entity.electronic_address or entity.email,
        has_way_to_be_paid=loaded.bank is not None,
    )


def _buyer(loaded: LoadedDraft) -> BuyerFacts:
    profile = loaded.profile
    place = profile.billing
    return BuyerFacts(
        profile.name,
        place.country if place else "",
        place.line1 if place else "",
        place.postcode if place else "",
        place.city if place else "",
        profile.email,
        is_business=profile.is_business,
        is_public_body=profile.electronic_address_scheme in _PUBLIC_BUYER_SCHEMES,
        vat_number=profile.vat_number,
        vat_number_is_valid=profile.vat_is_confirmed,
        electronic_address=profile.electronic_address or profile.email,
        wants_einvoice=profile.delivery_method == "einvoice",
        is_archived=loaded.profile.is_archived,
    )


def _similar(
    loaded: LoadedDraft, computed: ComputedDraft, history: History, watched: Collection[Finding]
) -> tuple[str, ...]:
    """List documents of the same amount, but that of which the guardian says it in other words."""
    if loaded.draft.kind == "credit_note":
        return ()
    named = {finding.params.get("number") for finding in watched}
    return tuple(each.number for each in history.similar(loaded, computed) if each.number not in named)


def _prices(loaded: LoadedDraft, computed: ComputedDraft, neighbors: _Neighbors) -> tuple[PriceFacts, ...]:
    """Return what the list says of lines; of those about which a contract speaks, the contract does (G-5)."""
    found, agreed = [], _agreed(loaded, neighbors)
    for n, line in enumerate(loaded.lines, 1):
        known = neighbors.prices.get((line.item_id, loaded.draft.currency)) if line.item_id else None
        if agreed and agreed_for(_billed(loaded, computed, n), agreed):
            continue
        if known and known[1] == loaded.draft.price_mode:
            found.append(PriceFacts(n, _shortest(line.unit_price), _shortest(known[0])))
    return tuple(found)


def _of_projects(loaded: LoadedDraft, neighbors: _Neighbors) -> list[Finding]:
    """List what is done for the customer in the period of a draft and not billed, and what it bills and is not done.

    Source: GU-8, GU-9.
    """
    draft = loaded.draft
    ahead = neighbors.ahead.get(draft.id)
    found = [ahead_finding(*ahead)] if ahead else []
    if _is_about_work(draft):
        period = supply_period(draft.period_start_on, draft.period_end_on, draft.delivered_on or loaded.on)
        found += forgotten_findings(neighbors.done.get(draft.customer_id, ()), period)
    return found


def _is_about_work(draft: Draft) -> bool:
    """Tell whether a draft could have billed work of projects; subscriptions are billed by themselves."""
    return draft.kind in {"invoice", "final"} and not draft.keeps_lines and not draft.charges_late


def _departures(loaded: LoadedDraft, computed: ComputedDraft, neighbors: _Neighbors) -> list[Finding]:
    """List the lines that depart from what contracts agree on the day of the supply.

    Source: G-5.
    """
    agreed = _agreed(loaded, neighbors)
    if not agreed:
        return []
    lines = [_billed(loaded, computed, n) for n, _ in enumerate(loaded.lines, 1)]
    found = (departure(line, agreed, loaded.draft.currency) for line in lines)
    return [finding for finding in found if finding is not None]


def _agreed(loaded: LoadedDraft, neighbors: _Neighbors) -> list[AgreedPrice]:
    draft = loaded.draft
    known = neighbors.agreed.get(draft.customer_id)
    if known is None or draft.kind == "credit_note":
        return []
    return contracts.prices_on(
        known,
        draft.delivered_on or draft.period_start_on or loaded.on,
        legal_entity_id=draft.legal_entity_id,
        currency=draft.currency,
        deal_id=draft.deal_id,
    )


def _billed(loaded: LoadedDraft, computed: ComputedDraft, n: int) -> BilledLine:
    """Return the nth line as it is compared with contracts: its price and discounts for one unit."""
    line, tax = loaded.lines[n - 1], computed.treatments[n - 1] if n <= len(computed.treatments) else None
    off = to_major(line.allowance_minor, loaded.draft.currency) if line.allowance_minor and line.quantity else None
    return BilledLine(
        position=n,
        item=str(line.item_id or ""),
        name=line.name,
        unit_code=line.unit_code,
        unit_price=line.unit_price if line.base_quantity == 1 else line.unit_price / line.base_quantity,
        allowance_percent=line.allowance_percent,
        allowance=off / line.quantity if off is not None else Decimal(0),
        whole_percent=sum((each.percent or Decimal(0) for each in loaded.allowances if not each.is_charge), Decimal(0)),
        tax_rate=tax.rate if tax else Decimal(0),
        is_gross=loaded.draft.price_mode == "gross",
    )


def _shortest(price: Decimal) -> Decimal:
    """Drop the zeros behind a price that the database keeps with twelve decimals."""
    short = price.normalize()
    return short if short.as_tuple().exponent <= 0 else short.quantize(Decimal(1))  # type: ignore[operator]


# --- what a set of drafts is compared with ----------------------------------------------------------------------------


_COUNTERS = Composed(
    lambda: NumberCounter.objects.filter(series_id__one_of=given("series"), last_issued_on__isnull=False)
)


def _neighbors(pairs: Collection[tuple[LoadedDraft, ComputedDraft]]) -> _Neighbors:
    series_ids = {loaded.series.id for loaded, _ in pairs if loaded.series}
    counters = _COUNTERS(series=list(series_ids))
    return _Neighbors(
        {(row.series_id, row.year): row.last_issued_on for row in counters if row.last_issued_on},
        _catalog_prices([loaded for loaded, _ in pairs]),
        _undeducted([loaded.draft for loaded, _ in pairs if loaded.draft.kind in {"invoice", "final"}]),
        ledger.closed_days({loaded.draft.legal_entity_id for loaded, _ in pairs}),
        contracts.agreed_prices(
            {loaded.draft.customer_id for loaded, _ in pairs if loaded.draft.kind != "credit_note"}
        ),
        _done({loaded.draft.customer_id for loaded, _ in pairs if _is_about_work(loaded.draft)}),
        _ahead({loaded.draft.id for loaded, _ in pairs if loaded.draft.bound_lines}),
    )


def _done(customer_ids: Collection[UUID]) -> dict[UUID, list[DonePiece]]:
    return projects.done_pieces(customer_ids) if customer_ids else {}


def _ahead(draft_ids: Collection[UUID]) -> dict[UUID, tuple[str, int, str]]:
    return projects.ahead_bills(draft_ids) if draft_ids else {}


def _catalog_prices(drafts: Collection[LoadedDraft]) -> dict[tuple[UUID, str], tuple[Decimal, str]]:
    items = {line.item_id for each in drafts for line in each.lines if line.item_id}
    prices: dict[tuple[UUID, str], tuple[Decimal, str]] = {}
    for currency, on in {(each.draft.currency, each.on) for each in drafts} if items else ():
        for item_id, offer in catalog.offers(items, currency=currency, on=on).items():
            if offer.price is not None:
                prices[item_id, currency] = (offer.price, offer.price_mode)
    return prices


_DEPOSITS = Composed(
    lambda: (
        Document.objects.filter(kind="deposit", customer_id__one_of=given("customers"), deducted_as=None)
        .exclude(source=PREPAID_CREDIT)
        .order_by("issued_on", "ordinal")
        .only("customer_id", "number", "payable_minor")
    )
)


def _undeducted(drafts: Collection[Draft]) -> dict[UUID, list[tuple[UUID, str]]]:
    if not drafts:
        return {}
    rows = _DEPOSITS(customers=list({draft.customer_id for draft in drafts}))
    if not rows:
        return {}
    available = available_deposits(rows)
    found: dict[UUID, list[tuple[UUID, str]]] = defaultdict(list)
    for row in rows:
        if available[row.id]:
            found[row.customer_id].append((row.id, row.number))
    return found
