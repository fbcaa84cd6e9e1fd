"""The check list before issuing: what blocks, and what a member may pass over with a reason."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from uuid import UUID

from conto.apps.accounts import queries as accounts
from conto.apps.catalog import queries as catalog
from conto.apps.invoicing.models import Document, Draft, NumberCounter
from conto.apps.invoicing.queries.computing import ComputedDraft, computed_of
from conto.apps.invoicing.queries.loading import LoadedDraft, load
from conto.domain.errors import Finding
from conto.domain.invoice import ComputedDocument
from conto.domain.money import minor_digits
from conto.domain.tax import EU_COUNTRIES, TaxCategory

_NEED_BUYER_NUMBER = {TaxCategory.AE, TaxCategory.K}
_PUBLIC_BUYER_SCHEMES = {"0204"}


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
    alike: dict[tuple[UUID, str, int], str] = field(default_factory=dict)  # documents of the day: number
    prices: dict[tuple[UUID, str], tuple[Decimal, str]] = field(default_factory=dict)
    banks: set[tuple[UUID, str]] = field(default_factory=set)


def findings(draft: Draft, on: date) -> list[Finding]:
    """List what stands against issuing a draft on a day, the blocking ones first."""
    return list(checked([load(draft, on)])[0].findings)


def checked(drafts: Collection[LoadedDraft]) -> list[Checked]:
    """Compute and check loaded drafts with a constant number of queries."""
    pairs = [(loaded, computed_of(loaded)) for loaded in drafts]
    neighbors = _neighbors(pairs)
    result = []
    for loaded, computed in pairs:
        found = [*computed.problems, *_findings(loaded, computed, neighbors)]
        found.sort(key=lambda finding: finding.severity != "block")
        result.append(Checked(loaded, computed, tuple(found)))
    return result


def _neighbors(pairs: Collection[tuple[LoadedDraft, ComputedDraft]]) -> _Neighbors:
    series_ids = {loaded.series.id for loaded, _ in pairs if loaded.series}
    counters = NumberCounter.objects.filter(series__in=series_ids, last_issued_on__isnull=False)
    last_dates = {(row.series_id, row.year): row.last_issued_on for row in counters if row.last_issued_on}
    alike = {
        (customer_id, currency, payable): number
        for customer_id, currency, payable, number in Document.objects.filter(
            customer__in={loaded.draft.customer_id for loaded, _ in pairs},
            issued_on__in={loaded.on for loaded, _ in pairs},
        )
        .exclude(kind="credit_note")
        .values_list("customer_id", "currency", "payable_minor", "number")
    }
    prices: dict[tuple[UUID, str], tuple[Decimal, str]] = {}
    for currency, on in {(loaded.draft.currency, loaded.on) for loaded, _ in pairs}:
        items = {line.item_id for loaded, _ in pairs for line in loaded.lines if line.item_id}
        for item_id, offer in catalog.offers(items, currency=currency, on=on).items() if items else ():
            if offer.price is not None:
                prices[item_id, currency] = (offer.price, offer.price_mode)
    banks = {
        (entity.id, currency)
        for entity, currency in {
            loaded.draft.legal_entity_id: (loaded.draft.legal_entity, loaded.draft.currency) for loaded, _ in pairs
        }.values()
        if accounts.bank_account(entity, currency)
    }
    return _Neighbors(last_dates, alike, prices, banks)


def _findings(loaded: LoadedDraft, computed: ComputedDraft, neighbors: _Neighbors) -> Iterator[Finding]:
    yield from _series_findings(loaded, neighbors)
    yield from _seller_findings(loaded)
    if loaded.draft.kind != "credit_note":
        yield from _buyer_findings(loaded)
        yield from _line_findings(loaded, neighbors)
        yield from _terms_findings(loaded, neighbors)
    if computed.document:
        yield from _tax_findings(loaded, computed.document)
        yield from _total_findings(loaded, computed, computed.document, neighbors)
        yield from _einvoice_findings(loaded)


def _block(code: str, message: str, **params: object) -> Finding:
    return Finding(code, message, params, "block")


def _warn(code: str, message: str, **params: object) -> Finding:
    return Finding(code, message, params, "warn")


def _series_findings(loaded: LoadedDraft, neighbors: _Neighbors) -> Iterator[Finding]:
    series = loaded.series
    if series is None:
        yield _block("series.missing", "There is no number series for this kind of document yet.")
        return
    last = neighbors.last_dates.get((series.id, loaded.on.year if series.is_yearly else 0))
    if last and loaded.on < last:
        yield _block(
            "series.date_before_last",
            "Numbers are in the order of dates: the last document of %(prefix)s is dated %(last)s.",
            prefix=series.prefix,
            last=last,
        )


def _seller_findings(loaded: LoadedDraft) -> Iterator[Finding]:
    entity = loaded.draft.legal_entity
    if not (entity.line1 and entity.city):
        yield _block("seller.no_address", "Your own address is missing in the settings.")
    if entity.is_tax_registered and not (entity.vat_number or entity.tax_number):
        yield _block("seller.no_tax_number", "Your VAT number or tax number is missing in the settings.")


def _buyer_findings(loaded: LoadedDraft) -> Iterator[Finding]:
    profile = loaded.profile
    if profile.billing is None:
        tell = _block if profile.is_business else _warn
        yield tell("customer.no_address", "%(name)s has no billing address.", name=profile.name)
    elif (
        profile.is_business
        and profile.billing.country != loaded.draft.legal_entity.country
        and {profile.billing.country, loaded.draft.legal_entity.country} <= EU_COUNTRIES
        and not profile.vat_is_confirmed
    ):
        yield _warn(
            "customer.vat_not_confirmed",
            "%(name)s has no confirmed VAT number, so this sale within the EU is taxed.",
            name=profile.name,
        )


def _line_findings(loaded: LoadedDraft, neighbors: _Neighbors) -> Iterator[Finding]:
    if not loaded.lines:
        yield _block("draft.no_lines", "There is no line yet.")
    for n, line in enumerate(loaded.lines, 1):
        if not line.name.strip():
            yield _block("line.no_name", "Line %(line)s says nothing.", line=n)
        if line.quantity == 0:
            yield _warn("line.no_quantity", "Line %(line)s has the quantity 0.", line=n)
        elif line.unit_price == 0:
            yield _warn("line.zero_price", "Line %(line)s costs nothing.", line=n)
        known = neighbors.prices.get((line.item_id, loaded.draft.currency)) if line.item_id else None
        if known and known[1] == loaded.draft.price_mode and known[0] != line.unit_price:
            yield _warn(
                "line.price_differs",
                "The price of line %(line)s is not the catalog's (%(price)s).",
                line=n,
                price=f"{known[0].normalize():f}",
            )


def _terms_findings(loaded: LoadedDraft, neighbors: _Neighbors) -> Iterator[Finding]:
    draft = loaded.draft
    if draft.early_discount_percent and (draft.early_discount_days or 0) > draft.terms_days:
        yield _warn("terms.discount_after_due", "The early-payment discount ends after the due date.")
    if (draft.legal_entity_id, draft.currency) not in neighbors.banks:
        yield _warn("seller.no_bank_account", "No bank account will be printed: there is none in the settings.")
    if draft.period_start_on and draft.period_end_on and draft.period_end_on < draft.period_start_on:
        yield _block("draft.period_backwards", "The service period ends before it begins.")


def _tax_findings(loaded: LoadedDraft, document: ComputedDocument) -> Iterator[Finding]:
    groups = {group.category for group in document.tax_groups}
    if not groups & _NEED_BUYER_NUMBER or loaded.draft.kind == "credit_note":
        return
    if not loaded.profile.vat_number:
        yield _block(
            "tax.buyer_number_needed", "Without tax to be paid by the buyer, the buyer's VAT number is needed."
        )
    elif not loaded.profile.vat_is_confirmed:
        yield _warn("tax.buyer_number_unconfirmed", "The buyer's VAT number is not confirmed.")
    if not loaded.draft.legal_entity.vat_number:
        yield _block("tax.seller_number_needed", "Your own VAT number is needed for sales within the EU.")


def _total_findings(
    loaded: LoadedDraft, computed: ComputedDraft, document: ComputedDocument, neighbors: _Neighbors
) -> Iterator[Finding]:
    draft, total = loaded.draft, document.totals.payable_minor
    if total < 0:
        yield _block("total.negative", "The total is below zero. Write a credit note instead.")
    elif document.totals.gross_minor == 0:
        yield _warn("total.zero", "The total is zero.")
    if draft.kind == "credit_note":
        return
    double = neighbors.alike.get((draft.customer_id, draft.currency, total))
    if double and total:
        yield _warn(
            "document.looks_double",
            "%(number)s is for the same customer, day and amount.",
            number=double,
        )
    for taken in computed.deductions:
        if taken.left_minor:
            yield _block(
                "deposit.exceeds_final",
                "Deposit %(number)s is more than this invoice. Credit the rest of the deposit first.",
                number=taken.number,
            )
        elif not taken.amount_minor:
            yield _warn("deposit.not_paid", "Deposit %(number)s is not paid and not deducted.", number=taken.number)


def _einvoice_findings(loaded: LoadedDraft) -> Iterator[Finding]:
    draft, profile = loaded.draft, loaded.profile
    public = profile.electronic_address_scheme in _PUBLIC_BUYER_SCHEMES
    if public and not draft.buyer_reference:
        yield _block("einvoice.no_buyer_reference", "A public buyer needs a buyer reference (Leitweg-ID).")
    if profile.delivery_method != "einvoice":
        return
    if minor_digits(draft.currency) > 2:
        yield _block(
            "einvoice.currency", "E-invoices have at most two decimals; %(currency)s has more.", currency=draft.currency
        )
    if not (profile.electronic_address or profile.email):
        yield _block("einvoice.no_buyer_address", "The e-invoice has no electronic address of the buyer.")
    if not (draft.legal_entity.electronic_address or draft.legal_entity.email):
        yield _block("einvoice.no_seller_address", "The e-invoice has no electronic address of your own.")
