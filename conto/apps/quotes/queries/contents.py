"""What a quote says: of a draft as it would be sent today, of a sent one as it was frozen."""

from collections.abc import Collection, Iterable
from dataclasses import asdict, dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from conto.apps.accounts.models import LegalEntity
from conto.apps.catalog import queries as catalog
from conto.apps.catalog.taxing import decided_treatment, tax_countries
from conto.apps.crm import queries as crm
from conto.apps.crm.parties import buyer_party, seller_party
from conto.apps.quotes.entries import LineEntry, RecurringEntry
from conto.apps.quotes.models import Quote, QuoteLine, QuoteRules
from conto.apps.quotes.queries.recurring import ShownPart, entries_of, parts_of, shown_parts
from conto.domain import quote as rules
from conto.domain.canonical import read_back
from conto.domain.document import IssuedDocument
from conto.domain.errors import Finding, RuleBroken
from conto.domain.invoice import ComputedDocument, PriceMode
from conto.domain.quote import BillingRule, ChoiceKind, Milestone, QuoteContent
from conto.domain.tax import Rate


@dataclass(frozen=True, slots=True)
class Shown:
    """A quote with its amounts; `document` is missing when it cannot be computed, and `problems` say why."""

    content: QuoteContent | None
    document: ComputedDocument | None
    lines: tuple[tuple[rules.QuoteLine, int], ...]  # each with what it comes to, in the prices that are typed
    problems: tuple[Finding, ...]
    taken: frozenset[int] = frozenset()
    recurring: tuple[ShownPart, ...] = ()


def rules_of(entity: LegalEntity) -> QuoteRules:
    """Return how a seller makes quotes; the usual way where nothing was said."""
    return QuoteRules.objects.filter(legal_entity=entity).first() or QuoteRules(legal_entity=entity)


def content_of(quote: Quote, on: date) -> QuoteContent:
    """Return what a quote says; a draft as if it were sent on a day.

    Raises: RuleBroken when the tax of a line cannot be decided.
    """
    if quote.state != "draft":
        return read_back(QuoteContent, quote.body)
    return typed_content(quote, QuoteLine.objects.filter(quote=quote).order_by("position"), on)


def typed_content(
    quote: Quote,
    lines: Iterable[QuoteLine | LineEntry],
    on: date,
    *,
    recurring: Collection[RecurringEntry] | None = None,
) -> QuoteContent:
    """Return what a draft would say with some lines and what recurs, stored or just typed.

    Raises: RuleBroken when the tax of a line cannot be decided.
    """
    entity, profile = quote.legal_entity, crm.billing_profile(quote.customer)
    rates = catalog.rates_for(tax_countries(entity, profile), on)
    rows = [_row(n, each) for n, each in enumerate(lines, 1)]
    contact = (quote.contact.name, quote.contact.email) if quote.contact else None
    return QuoteContent(
        number=quote.number,
        version=quote.version,
        currency=quote.currency,
        price_mode=PriceMode(quote.price_mode),
        language=quote.language,
        offered_on=on,
        valid_until=quote.valid_until,
        seller=seller_party(entity),
        buyer=buyer_party(profile, contact),
        lines=tuple(_line(quote, row, profile, rates, on) for row in rows),
        discount_percent=quote.discount_percent,
        title=quote.title,
        introduction=quote.introduction,
        terms=quote.terms,
        billing_rule=BillingRule(quote.billing_rule),
        deposit_percent=quote.deposit_percent,
        milestones=tuple(Milestone(each["name"], Decimal(each["percent"])) for each in quote.milestones),
        terms_days=quote.terms_days,
        buyer_reference=profile.buyer_reference,
        contract=rules.read_offer(quote.contract_terms),
        recurring=parts_of(quote, entries_of(quote) if recurring is None else recurring, profile, rates, on),
    )


def _row(position: int, line: QuoteLine | LineEntry) -> QuoteLine:
    return line if isinstance(line, QuoteLine) else QuoteLine(position=position, **asdict(line))


def _line(
    quote: Quote, row: QuoteLine, profile: crm.BillingProfile, rates: tuple[Rate, ...], on: date
) -> rules.QuoteLine:
    tax = decided_treatment(
        quote.legal_entity,
        profile,
        supply=row.supply,
        rate_class=row.rate_class,
        rates=rates,
        on=on,
        language=quote.language,
    )
    return rules.QuoteLine(
        position=row.position,
        name=row.name,
        quantity=row.quantity,
        unit_price=row.unit_price,
        tax=tax,
        description=row.description,
        unit_code=row.unit_code,
        allowance_percent=row.allowance_percent,
        list_price=row.list_price,
        supply=row.supply,
        rate_class=row.rate_class,
        item=str(row.item_id or ""),
        section=row.section,
        kind=ChoiceKind(row.kind),
        choice_group=row.choice_group,
        is_chosen=row.is_chosen,
    )


def shown(
    quote: Quote,
    on: date,
    *,
    lines: Iterable[LineEntry] | None = None,
    chosen: Collection[int] | None = None,
    chosen_recurring: Collection[str] | None = None,
) -> Shown:
    """Return a quote with its amounts: with its own lines or those just typed, with its default or another choice."""
    try:
        content = content_of(quote, on) if lines is None else typed_content(quote, lines, on)
        recurring = shown_parts(content, on, chosen_recurring)
        if not content.lines:
            return Shown(content, None, (), (), recurring=recurring)
        taken = rules.default_choice(content.lines) if chosen is None else frozenset(chosen)
        document = rules.compute_quote(content, taken)
        paper = rules.paper_of(content, taken)
    except RuleBroken as refusal:
        return Shown(None, None, (), (Finding(refusal.code, refusal.message, refusal.params),))
    amounts = [each.net_minor if each.with_tax_minor is None else each.with_tax_minor for each in paper.lines]
    return Shown(content, document, tuple(zip(content.lines, amounts, strict=True)), (), taken, recurring)


def paper(quote: Quote, on: date) -> IssuedDocument:
    """Return a quote in the words of documents.

    Raises: RuleBroken when it cannot be computed.
    """
    content = content_of(quote, on)
    if not content.lines and not content.recurring:
        raise RuleBroken("quote.no_lines", "The quote has no lines.")
    return rules.paper_of(content)


def total_of(quote: Quote, on: date) -> int:
    """Return what a quote comes to with its default choice; 0 when it cannot be computed."""
    document = shown(quote, on).document
    return document.totals.payable_minor if document else 0


def monthly_value_of(quote: Quote, on: date) -> int:
    """Return what recurs of a quote a month, in its currency; 0 when it cannot be computed."""
    return sum(each.recurrence.monthly_minor for each in shown(quote, on).recurring
               if each.is_taken and each.part.currency == quote.currency)  # fmt: skip


def part_typed(quote: Quote, entry: RecurringEntry, on: date) -> ShownPart:
    """Return a part as it is typed, with what it would bill.

    Raises: RuleBroken for what no subscription could be begun by.
    """
    return shown_parts(typed_content(quote, (), on, recurring=[entry]), on)[0]


def findings(quote: Quote, on: date, *, is_approved: bool) -> list[Finding]:
    """List what stands against sending a draft."""
    try:
        content = content_of(quote, on)
        limit = rules_of(quote.legal_entity).discount_limit_percent
        return rules.findings_before_sending(content, today=on, limit_percent=limit, is_approved=is_approved)
    except RuleBroken as refusal:
        return [Finding(refusal.code, refusal.message, refusal.params)]


def list_prices(item_ids: Collection[UUID], currency: str, on: date) -> dict[UUID, Decimal]:
    """Return what the catalog asks for items on a day."""
    offers = catalog.offers(item_ids, currency=currency, on=on) if item_ids else {}
    return {key: offer.price for key, offer in offers.items() if offer.price is not None}
