"""Drafts of quotes: begun with the customer's profile, changed, discarded, made anew as the next version."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import transaction

from conto.apps.accounts import queries as accounts
from conto.apps.accounts.models import LegalEntity
from conto.apps.audit import actions as audit
from conto.apps.catalog import queries as catalog
from conto.apps.crm import queries as crm
from conto.apps.crm.models import Customer
from conto.apps.deals import queries as deals
from conto.apps.deals.models import Deal
from conto.apps.fields import actions as fields
from conto.apps.quotes.entries import LineEntry, recurring_written
from conto.apps.quotes.models import Quote, QuoteAcceptance, QuoteLine
from conto.apps.quotes.queries.contents import list_prices, monthly_value_of, rules_of, total_of, typed_content
from conto.domain import facts
from conto.domain import quote as rules
from conto.domain.errors import Conflict, RuleBroken
from conto.domain.facts import Actor
from conto.domain.fields import Subject
from conto.domain.ids import new_id
from conto.domain.money import minor_digits, to_major
from conto.domain.period import local_day

CHANGEABLE = frozenset(
    {
        "currency",
        "price_mode",
        "language",
        "valid_until",
        "title",
        "introduction",
        "terms",
        "discount_percent",
        "billing_rule",
        "deposit_percent",
        "milestones",
        "contract_terms",
        "recurring",
        "issues_at_once",
        "terms_days",
        "contact_id",
        "owner_id",
        "deal_id",
    }
)
MAX_LINES = 500
_LARGEST = Decimal(10) ** 11
_SOME_DAY = date(2000, 1, 1)  # terms that cannot be cannot be on any day
_QUANTITY_PLACES, _PRICE_PLACES = 6, 12
_COPIED = (
    "legal_entity_id", "customer_id", "contact_id", "owner_id", "deal_id", "family_id", "number", "currency",
    "price_mode", "language", "title", "introduction", "terms", "discount_percent", "billing_rule", "deposit_percent",
    "milestones", "contract_terms", "recurring", "issues_at_once", "terms_days", "shown_total_minor",
    "shown_monthly_minor",
)  # fmt: skip


@transaction.atomic
def create_quote(
    *,
    customer: Customer,
    actor: Actor,
    at: datetime,
    legal_entity: LegalEntity | None = None,
    lines: Sequence[LineEntry] = (),
    **fields: Any,
) -> Quote:
    """Begin a quote with everything that the customer's profile and the seller already say.

    Raises: RuleBroken for a value that cannot be.
    """
    entity = legal_entity or accounts.legal_entities().first()
    if entity is None:
        raise RuleBroken("seller.missing", "Set up your business first.")
    profile, usual = crm.billing_profile(customer), rules_of(entity)
    today = local_day(at, entity.zone)
    taken: dict[str, Any] = {
        "currency": profile.currency or entity.currency,
        "language": profile.language or entity.language,
        "terms_days": entity.terms_days if profile.terms_days is None else profile.terms_days,
        "valid_until": today + timedelta(days=usual.valid_days),
        "terms": usual.terms,
        "owner_id": actor.member_id,
    }
    key = new_id()
    row = Quote.objects.create(
        id=key,
        family_id=key,
        legal_entity=entity,
        customer=customer,
        created_by_id=actor.member_id,
        created_at=at,
        changed_at=at,
        **{**taken, **_checked(fields)},
    )
    if lines:
        _write_lines(row, lines, today)
    if lines or row.recurring:
        _check_recurring(row, fields, today)
        _show_total(row, today)
    _note_drafted(row, actor, at)
    return row


def create_quote_of_deal(*, deal: Deal, actor: Actor, at: datetime) -> Quote:
    """Begin a quote with what a deal says already: customer, person, owner, currency and products.

    Prices of deals are before tax (S-4), so those of the quote are.

    Raises: Conflict `deal.not_open` for a deal that is closed.
    """
    if deal.state != "open":
        raise Conflict("deal.not_open", "This deal is closed. Open it again first.")
    lines = [row.line for row in deals.lines_of(deal.id)]
    items = catalog.items_by_id([line.item_id for line in lines if line.item_id])
    return create_quote(
        customer=deal.customer,
        actor=actor,
        at=at,
        lines=[_line_of_deal(line, line.item_id and items.get(line.item_id), deal.currency) for line in lines],
        deal_id=deal.id,
        title=deal.name,
        contact_id=deal.contact_id,
        owner_id=deal.owner_id,
        currency=deal.currency,
        price_mode="net",
    )


def _line_of_deal(line: Any, item: Any, currency: str) -> LineEntry:
    return LineEntry(
        name=line.name,
        quantity=line.quantity,
        unit_price=to_major(line.unit_price_minor, currency),
        item_id=line.item_id,
        unit_code=line.unit,
        allowance_percent=line.discount_percent,
        **({"supply": item.supply, "rate_class": item.rate_class} if item else {}),
    )


@transaction.atomic
def change_quote(
    *,
    quote: Quote,
    changes: Mapping[str, Any],
    actor: Actor,
    at: datetime,
    lines: Sequence[LineEntry] | None = None,
    expected_revision: int | None = None,
) -> Quote:
    """Change fields of a draft, and its lines where they are given. An approval of what it was ends.

    Raises: Conflict `quote.changed_meanwhile`, or when it is no draft any more.
    """
    row = locked_quote(quote.id, expected_revision)
    rules.allowed_to_change(rules.QuoteState(row.state))
    wanted = _checked(changes)
    noted = facts.changes_between({name: getattr(row, name) for name in wanted}, wanted)
    today = local_day(at, row.legal_entity.zone)
    before = row.shown_total_minor
    for name, value in wanted.items():
        setattr(row, name, value)
    if lines is not None:
        count = QuoteLine.objects.filter(quote=row).count()
        QuoteLine.objects.filter(quote=row).delete()
        _write_lines(row, lines, today)
        noted["lines"] = [count, len(lines)]
    if not noted:
        return row
    _check_recurring(row, wanted, today)
    row.revision += 1
    row.changed_at = at
    row.save()
    _show_total(row, today)
    noted["total_minor"] = [before, row.shown_total_minor]
    changed = facts.QuoteChanged(subject_id=row.id, customer_id=row.customer_id, changes=noted)
    audit.record(changed, actor=actor, at=at)
    return row


@transaction.atomic
def discard_quote(*, quote: Quote, actor: Actor, at: datetime) -> None:
    """Remove a draft: the customer never saw it.

    Raises: Conflict when it was sent.
    """
    row = locked_quote(quote.id, None)
    rules.allowed_to_change(rules.QuoteState(row.state))
    gone = facts.QuoteDiscarded(subject_id=row.id, customer_id=row.customer_id, version=row.version)
    row.delete()
    fields.forget_values([quote.id])
    audit.record(gone, actor=actor, at=at)


@transaction.atomic
def renew_quote(*, quote: Quote, actor: Actor, at: datetime) -> Quote:
    """Begin the next version of a quote with the same lines; a version that is begun already is given back.

    Raises: Conflict when the quote is a draft, accepted or superseded.
    Source: Q-2.
    """
    row = locked_quote(quote.id, None)
    begun = Quote.objects.filter(previous=row).first()
    if begun is not None:
        return begun
    today = local_day(at, row.legal_entity.zone)
    rules.allowed_to_renew(rules.state_on(row.state, row.valid_until, today))
    if QuoteAcceptance.objects.filter(family_id=row.family_id).exists():
        raise Conflict("quote.already_accepted", "This quote is already accepted.")
    usual = rules_of(row.legal_entity)
    made = Quote.objects.create(
        id=new_id(),
        version=row.version + 1,
        previous=row,
        valid_until=max(row.valid_until, today + timedelta(days=usual.valid_days)),
        created_by_id=actor.member_id,
        created_at=at,
        changed_at=at,
        **{name: getattr(row, name) for name in _COPIED},
    )
    copies = list(QuoteLine.objects.filter(quote=row))
    for line in copies:
        line.id, line.quote = new_id(), made
    QuoteLine.objects.bulk_create(copies)
    fields.copy_values(subject=Subject.QUOTE, from_id=row.id, to_id=made.id, at=at)
    _note_drafted(made, actor, at)
    return made


def locked_quote(quote_id: UUID, expected_revision: int | None) -> Quote:
    """Lock a quote for a change.

    Raises: Conflict when it is gone, or not of the revision that the caller saw.
    """
    # Locked alone, and joined afterwards: who waits for a lock would be handed the person of before.
    list(Quote.objects.select_for_update().filter(id=quote_id).values_list("id"))
    row = Quote.objects.select_related("legal_entity", "customer", "contact").filter(id=quote_id).first()
    if row is None:
        raise Conflict("quote.gone", "This quote was discarded.")
    if expected_revision is not None and row.revision != expected_revision:
        raise Conflict("quote.changed_meanwhile", "Somebody else changed this quote meanwhile. Look at it again.")
    return row


def _note_drafted(row: Quote, actor: Actor, at: datetime) -> None:
    drafted = facts.QuoteDrafted(
        subject_id=row.id,
        customer_id=row.customer_id,
        currency=row.currency,
        total_minor=row.shown_total_minor,
        version=row.version,
        number=row.number,
    )
    audit.record(drafted, actor=actor, at=at)


def _check_recurring(row: Quote, given: Mapping[str, Any], on: date) -> None:
    """Refuse what recurs where no subscription could be begun by it.

    Raises: RuleBroken as `typed_content`.
    """
    if given.get("recurring"):
        typed_content(row, (), on)


def _show_total(row: Quote, on: date) -> None:
    row.shown_total_minor = total_of(row, on)
    row.shown_monthly_minor = monthly_value_of(row, on)
    row.save(update_fields=["shown_total_minor", "shown_monthly_minor"])


def _write_lines(row: Quote, lines: Sequence[LineEntry], on: date) -> None:
    if len(lines) > MAX_LINES:
        raise RuleBroken("draft.too_many_lines", "A document has at most %(max)s lines.", max=MAX_LINES)
    for n, entry in enumerate(lines, 1):
        _check_line(n, entry)
    asked = list_prices({entry.item_id for entry in lines if entry.item_id}, row.currency, on)
    QuoteLine.objects.bulk_create(
        [
            QuoteLine(
                id=new_id(),
                quote=row,
                position=n,
                list_price=asked.get(entry.item_id) if entry.item_id else None,
                **asdict(entry),
            )
            for n, entry in enumerate(lines, 1)
        ]
    )


def _check_line(n: int, entry: LineEntry) -> None:
    for value, places in ((entry.quantity, _QUANTITY_PLACES), (entry.unit_price, _PRICE_PLACES)):
        exponent = value.normalize().as_tuple().exponent
        if not value.is_finite() or abs(value) >= _LARGEST or not isinstance(exponent, int) or -exponent > places:
            raise RuleBroken("line.bad_number", "Line %(line)s has a number that cannot be kept.", line=n)
    if not 0 <= entry.allowance_percent <= 100:
        raise RuleBroken("invoice.bad_line_allowance", "The discount of line %(line)s cannot be applied.", line=n)
    if len(entry.name) > 300 or len(entry.section) > 200 or len(entry.choice_group) > 100:
        raise RuleBroken("line.name_too_long", "The words of line %(line)s are too long.", line=n)
    if entry.kind not in set(rules.ChoiceKind):
        raise RuleBroken("quote.kind_unknown", "Line %(line)s is neither fixed, optional nor a choice.", line=n)


def _checked(fields: Mapping[str, Any]) -> dict[str, Any]:
    unknown = fields.keys() - CHANGEABLE
    if unknown:
        raise TypeError(f"a quote has no changeable field {sorted(unknown)}")
    wanted = dict(fields)
    if "currency" in wanted:
        minor_digits(wanted["currency"])  # refuses an unknown one
    if wanted.get("price_mode", "net") not in {"net", "gross"}:
        raise RuleBroken("draft.bad_price_mode", "Prices are without tax or include it.")
    if wanted.get("billing_rule", "full") not in set(rules.BillingRule):
        raise RuleBroken("quote.rule_unknown", "There is no such rule of billing.")
    for name in ("discount_percent", "deposit_percent"):
        if not 0 <= wanted.get(name, 0) <= 100:
            raise RuleBroken("quote.bad_percent", "A percentage lies between 0 and 100.")
    if not 0 <= wanted.get("terms_days", 0) <= 3650:
        raise RuleBroken("terms.bad_days", "Payment terms have 0 to %(max)s days.", max=3650)
    return wanted | _written_down(wanted)


def _written_down(wanted: Mapping[str, Any]) -> dict[str, Any]:
    """Return what acceptance makes, the contract and what recurs, as it is stored."""
    stored: dict[str, Any] = {}
    if "contract_terms" in wanted:
        offer: rules.ContractOffer | None = wanted["contract_terms"]
        if offer is not None:
            rules.check_offer(offer, offer.starts_on or _SOME_DAY)
        stored["contract_terms"] = rules.written_offer(offer)
    if "recurring" in wanted:
        stored["recurring"] = [recurring_written(each) for each in wanted["recurring"]]
    return stored
