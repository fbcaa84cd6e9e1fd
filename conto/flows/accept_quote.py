"""Accept a quote: signed, the deal won, contract, subscriptions and invoices made, in one transaction and once only."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from uuid import UUID

from babel.dates import format_date
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from conto.apps.bulk.retrying import retried
from conto.apps.contracts import actions as contracts
from conto.apps.contracts.entries import LineEntry as PriceEntry
from conto.apps.contracts.entries import NewContract
from conto.apps.crm import actions as crm
from conto.apps.crm import queries as crm_queries
from conto.apps.crm.entry import PostalAddress
from conto.apps.deals import actions as deals
from conto.apps.invoicing import actions as invoicing
from conto.apps.invoicing.entries import AllowanceEntry, LineEntry
from conto.apps.plans import queries as plans
from conto.apps.quotes import actions as quotes
from conto.apps.quotes import queries
from conto.apps.quotes.actions import Signature
from conto.apps.subscriptions import actions as subscriptions
from conto.apps.subscriptions.entries import NewSubscription
from conto.domain import quote as rules
from conto.domain.errors import Conflict, RuleBroken
from conto.domain.facts import Actor
from conto.domain.money import to_major
from conto.domain.period import local_day
from conto.flows.value_deal import value_by_quote

if TYPE_CHECKING:
    from conto.apps.contracts.models import Contract
    from conto.apps.invoicing.models import Document, Draft
    from conto.apps.quotes.models import Quote, QuoteAcceptance
    from conto.apps.subscriptions.models import Subscription


@dataclass(frozen=True, slots=True)
class Billed:
    """An invoice that an accepted quote made; without a number it waits as a draft."""

    id: UUID
    number: str
    total_minor: int


@dataclass(frozen=True, slots=True)
class Accepted:
    """What became of a quote that was accepted."""

    acceptance: "QuoteAcceptance"
    billed: tuple[Billed, ...]
    contract: "Contract | None" = None
    subscriptions: "tuple[Subscription, ...]" = ()


@dataclass(frozen=True, slots=True)
class BillTo:
    """Where the invoice goes, as the customer says."""

    line1: str
    postcode: str
    city: str


def accept(
    *,
    quote: "Quote",
    chosen: Collection[int],
    signature: Signature,
    actor: Actor,
    at: datetime,
    bill_to: BillTo | None = None,
    chosen_recurring: Collection[str] | None = None,
) -> Accepted:
    """Accept a quote for its customer: all of it happens, or nothing.

    Who accepts at the same moment waits, and reads that it is accepted. A process that dies on the way has done
    nothing; one that dies afterwards has done all. `chosen_recurring` names the parts and items of what recurs that are
    taken; nothing takes those chosen beforehand. `bill_to` completes the customer's billing address where the record
    has none that an invoice could go to; what the record has is not changed by whoever holds the link.

    Raises: Conflict when the quote is not open; RuleBroken for a choice or signature that cannot be.
    Source: Q-9, Q-12, G-6.
    """

    def once() -> Accepted:
        with transaction.atomic():
            acceptance = quotes.record_acceptance(
                quote=quote, chosen=chosen, chosen_recurring=chosen_recurring, signature=signature, actor=actor, at=at
            )
            _complete_address(quote, bill_to, actor, at)
            _win(acceptance, actor, at)
            contract = _agree(acceptance, actor, at)  # first, since what is billed is compared with it
            begun = _subscribe(acceptance, actor, at)
            billed = _bill(acceptance, actor, at)
            return Accepted(acceptance, billed, contract, begun)

    return retried(once)


def _complete_address(quote: "Quote", bill_to: BillTo | None, actor: Actor, at: datetime) -> None:
    country = crm_queries.billing_country(quote.customer_id)
    if bill_to is None or country is None:
        return
    country = country or quote.legal_entity.country  # without any, the quote was taxed as one at home
    address = PostalAddress(country=country, line1=bill_to.line1, postcode=bill_to.postcode, city=bill_to.city)
    crm.set_address(customer=quote.customer, kind="billing", address=address, actor=actor, at=at)


def _win(acceptance: "QuoteAcceptance", actor: Actor, at: datetime) -> None:
    deal = acceptance.quote.deal
    if deal is None:
        return
    value_by_quote(
        acceptance.quote, chosen=acceptance.chosen, chosen_recurring=acceptance.chosen_recurring, actor=actor, at=at
    )
    try:
        deals.win_deal(deal=deal, actor=actor, at=at)
    except Conflict as refusal:  # it is closed, maybe since this moment: that is no reason to refuse the customer
        if refusal.code != "deal.not_open":
            raise


def _agree(acceptance: "QuoteAcceptance", actor: Actor, at: datetime) -> "Contract | None":
    """Record the contract that the quote offers, with the prices of what was chosen; most offer none."""
    quote = acceptance.quote
    today = local_day(at, quote.legal_entity.zone)
    content = queries.content_of(quote, today)
    prices = rules.agreed_prices(content, frozenset(acceptance.chosen))
    if content.contract is None or not prices:
        return None
    terms = rules.terms_on(content.contract, today)
    deal = quote.deal if quote.deal and quote.deal.customer_id == quote.customer_id else None
    made = contracts.create_contract(
        customer=quote.customer,
        new=NewContract(
            title=content.title or (deal.name if deal else "") or content.label,
            starts_on=terms.starts_on,
            ends_on=terms.ends_on,
            renewal=terms.renewal.value,
            first_months=terms.first_months,
            renewal_months=terms.renewal_months,
            notice_days=terms.notice_days,
            clauses=content.terms,
            currency=quote.currency,
            price_mode=quote.price_mode,
            owner_id=quote.owner_id,
            is_agreed=True,
        ),
        lines=[
            PriceEntry(
                price.name,
                price.unit_price,
                UUID(price.item) if price.item else None,
                price.description,
                price.unit_code,
                price.allowance_percent,
            )
            for price in prices
        ],
        deal=deal,
        quote=quote,
        actor=actor,
        at=at,
    )
    quotes.record_contract(quote=quote, contract_id=made.family_id, contract_number=made.number, actor=actor, at=at)
    return made


def _subscribe(acceptance: "QuoteAcceptance", actor: Actor, at: datetime) -> "tuple[Subscription, ...]":
    """Begin what was chosen of what recurs, as it was promised when the quote was sent.

    The next billing run bills what is due.
    Source: Q-12, Q-13, SB-1.
    """
    quote, begun = acceptance.quote, []
    content = queries.content_of(quote, local_day(at, quote.legal_entity.zone))
    deal = quote.deal if quote.deal and quote.deal.customer_id == quote.customer_id else None
    entries = queries.entries_of(quote)
    for part in rules.counting_parts(content.recurring, acceptance.chosen_recurring):
        entry, keys = entries[part.position - 1], [each.key for each in part.items]
        version = plans.version_by_id(entry.plan_version_id)
        if version is None:
            raise RuleBroken("quote.no_plan", "There is no such plan.")
        starts_on = rules.begins_on(part, local_day(at, part.zone))
        new = NewSubscription(
            plan_version=version, starts_on=starts_on, title=part.title,
            quantities={key: quantity for key, quantity in entry.quantities.items() if key in keys},
            prices={key: dict(price) for key, price in entry.prices.items() if key in keys},
            item_keys=keys if entry.optional_keys else entry.item_keys,
            trial_days=part.terms.trial_days, ends_on=rules.ends_on(part, starts_on),
            coupons=rules.coupons_of(part, starts_on), is_promised=True, zone=part.zone, owner_id=quote.owner_id,
            deal_id=deal.id if deal else None, quote=quote,
        )  # fmt: skip
        made = subscriptions.subscribe(customer=quote.customer, new=new, actor=actor, at=at)
        quotes.record_subscription(
            quote=quote, subscription_id=made.id, subscription_number=made.number, actor=actor, at=at
        )
        begun.append(made)
    return tuple(begun)


def _bill(acceptance: "QuoteAcceptance", actor: Actor, at: datetime) -> tuple[Billed, ...]:
    quote = acceptance.quote
    content = queries.content_of(quote, local_day(at, quote.legal_entity.zone))
    fields = _fields(quote, content, at)
    made: list[Billed] = []
    deposit: Document | None = None
    wanted = rules.bills(content, frozenset(acceptance.chosen))
    whole: Draft | None = None
    for bill in wanted:
        draft: Draft
        match bill.kind:
            case "deposit":
                whole = _whole(quote, content, wanted[-1], fields, actor, at)
                draft = invoicing.draft_deposit(
                    customer=quote.customer, of=whole, percent=bill.percent, actor=actor, at=at
                )
            case "part":
                draft = _part(quote, content, bill, fields, actor, at)
            case _ if whole is not None:
                draft = whole
                if deposit is not None:
                    draft = invoicing.draft_final(customer=quote.customer, deposits=[deposit], actor=actor, at=at)
            case _:
                draft = _whole(quote, content, bill, fields, actor, at)
        document, why = _issued(draft, bill, quote, actor, at)
        if bill.kind == "deposit":
            deposit = document
        quotes.record_bill(
            quote=quote,
            document_id=draft.id,
            document_number=document.number if document else "",
            why_draft=why,
            actor=actor,
            at=at,
        )
        total = document.payable_minor if document else draft.shown_total_minor
        made.append(Billed(draft.id, document.number if document else "", total))
    return tuple(made)


def _issued(
    draft: "Draft", bill: rules.Bill, quote: "Quote", actor: Actor, at: datetime
) -> "tuple[Document | None, str]":
    """Issue a draft if the quote says so; what stands against it leaves it a draft, and the acceptance as it is."""
    if bill.waits or not quote.issues_at_once:
        return None, ""
    try:
        with transaction.atomic():
            return invoicing.issue_draft(draft=draft, actor=actor, at=at), ""
    except RuleBroken as refusal:
        return None, str(refusal)


def _fields(quote: "Quote", content: rules.QuoteContent, at: datetime) -> dict[str, Any]:
    day = local_day(at, quote.legal_entity.zone)
    with translation.override(quote.language):
        known = {"number": content.label, "day": format_date(day, format="long", locale=quote.language)}
        intro = _("As accepted with quote %(number)s on %(day)s.") % known
    return {
        "currency": quote.currency,
        "price_mode": quote.price_mode,
        "language": quote.language,
        "terms_days": quote.terms_days,
        "contact_id": quote.contact_id,
        "quote_id": quote.id,
        "deal_id": quote.deal_id,
        "intro": intro,
    }


def _whole(
    quote: "Quote",
    content: rules.QuoteContent,
    bill: rules.Bill,
    fields: dict[str, Any],
    actor: Actor,
    at: datetime,
) -> "Draft":
    """Draft an invoice with the lines as they were offered; its tax is that of the day."""
    draft = invoicing.create_draft(
        customer=quote.customer,
        legal_entity=quote.legal_entity,
        lines=[
            LineEntry(
                line.name,
                line.quantity,
                line.unit_price,
                UUID(line.item) if line.item else None,
                line.description,
                line.unit_code,
                allowance_percent=line.allowance_percent,
                supply=line.supply,
                rate_class=line.rate_class,
            )
            for line in bill.lines
        ],
        actor=actor,
        at=at,
        **fields,
    )
    if not content.discount_percent:
        return draft
    with translation.override(quote.language):
        off = AllowanceEntry(reason=_("Discount"), percent=content.discount_percent)
    return invoicing.set_allowances(draft=draft, allowances=[off], actor=actor, at=at)


def _part(
    quote: "Quote",
    content: rules.QuoteContent,
    bill: rules.Bill,
    fields: dict[str, Any],
    actor: Actor,
    at: datetime,
) -> "Draft":
    """Draft the invoice of a milestone: one line for each kind of tax."""
    name = f"{bill.name} ({_plain(bill.percent)} %, {content.label})"
    return invoicing.create_draft(
        customer=quote.customer,
        legal_entity=quote.legal_entity,
        lines=[
            LineEntry(
                name,
                unit_price=to_major(part.amount_minor, quote.currency),
                unit_code="LS",
                supply=part.supply,
                rate_class=part.rate_class,
            )
            for part in bill.parts
        ],
        actor=actor,
        at=at,
        **fields,
    )


def _plain(percent: Decimal) -> str:
    return f"{percent.normalize():f}"
