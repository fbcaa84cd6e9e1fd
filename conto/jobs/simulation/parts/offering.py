"""Quotes: made from deals, sent, looked at, asked about, signed or not; what was accepted is billed."""

from datetime import datetime, timedelta
from decimal import Decimal
from random import Random
from typing import TYPE_CHECKING, Any
from uuid import UUID

from conto.apps.invoicing import queries as invoicing
from conto.apps.quotes import actions as quotes
from conto.apps.quotes import queries
from conto.apps.quotes.actions import LineEntry, Signature
from conto.domain.errors import RuleBroken
from conto.domain.facts import Actor, Origin
from conto.domain.quote import BillingRule, ChoiceKind, default_choice
from conto.flows import accept_quote, answer_quote, send_quote
from conto.jobs.simulation.company import Company
from conto.jobs.simulation.parts.agreeing import contract_of
from conto.jobs.simulation.parts.billing import issue, lines_of

if TYPE_CHECKING:
    from conto.apps.deals.models import Deal
    from conto.apps.quotes.models import Quote

HOLDS_DAYS = 30
NEW_VERSION_OFF = Decimal(5)
AT_ONCE_SHARE = 0.8
ASKED_PERCENT, DRAWN_PERCENT, TAKES_EXTRA_PERCENT = 15, 60, 50
# A name in one stroke of the pen, as a finger leaves it.
STROKES = (
    "M60 130L75 70L92 128L104 88L120 126L131 96L147 124L160 100L181 123L204 92L226 121M232 60L228 118L262 84L291 119",
    "M80 60L82 140M80 98L126 62M84 100L131 139L150 104L166 137L178 103L199 138L221 96L240 134L268 90L300 131",
    "M70 120L96 66L118 122M80 102L112 101M140 70L138 124L170 96L190 122L214 84L232 121L262 96L290 120L330 88",
)
Fields = dict[str, Any]


def terms(company: Company, language: str, rule: str, *, issues_at_once: bool = True) -> Fields:
    """Return the fields of a quote that is billed by a rule."""
    _heading, first, second = company.cast.offer_words.get(language) or company.cast.offer_words["en"]
    more: dict[str, Fields] = {
        "deposit": {"deposit_percent": Decimal(30)},
        "milestones": {"milestones": [{"name": first, "percent": "40"}, {"name": second, "percent": "60"}]},
    }
    return {"billing_rule": rule, "issues_at_once": issues_at_once, **more.get(rule, {})}


def newest_of(company: Company, deal_id: UUID) -> "Quote | None":
    """Return the latest version of a deal's quote, with what its actions need."""
    found = queries.quotes(company.owner).filter(deal_id=deal_id).order_by("-version", "-id").first()
    return queries.quote_for(company.owner, found.id) if found else None


def offer(company: Company, deal: "Deal", *, extra: str, dice: Random, actor: Actor, at: datetime) -> "Quote | None":
    """Make a quote of a deal, with an option where there is one, and send it; one that is there already stays."""
    if newest_of(company, deal.id) is not None:
        return None
    rule, at_once = dice.choice(sorted(BillingRule)), dice.random() < AT_ONCE_SHARE
    fields = terms(company, deal.customer.language, rule, issues_at_once=at_once)
    if dice.random() * 100 < company.cast.contracts_percent:
        fields["contract_terms"] = contract_of(dice)
    return send(company, draft(company, deal, extra=extra, fields=fields, actor=actor, at=at), actor, at)


def draft(company: Company, deal: "Deal", *, extra: str, fields: Fields, actor: Actor, at: datetime) -> "Quote":
    """Make a quote of a deal's products, billed by a rule; `extra` is an item that the customer may take or leave."""
    quote = quotes.create_quote_of_deal(deal=deal, actor=actor, at=at)
    lines = _lines_of(quote)
    if extra:
        (more,) = lines_of(deal.customer, [(extra, Decimal(1))], company, at)
        lines.append(
            LineEntry(
                more.name,
                unit_price=more.unit_price,
                item_id=more.item_id,
                description=more.description,
                unit_code=more.unit_code,
                supply=more.supply,
                rate_class=more.rate_class,
                kind="optional",
                section=(company.cast.offer_words.get(quote.language) or company.cast.offer_words["en"])[0],
            )
        )
    until = at.astimezone(company.zone).date() + timedelta(days=HOLDS_DAYS)
    changes = {"valid_until": until, **fields}
    return quotes.change_quote(quote=quote, changes=changes, lines=lines, actor=actor, at=at)


def _lines_of(quote: "Quote") -> list[LineEntry]:
    return [
        LineEntry(
            line.name, line.quantity, line.unit_price, line.item_id, line.description, line.unit_code,
            line.allowance_percent, line.supply, line.rate_class, line.section, line.kind, line.choice_group,
            line.is_chosen,
        )
        for line in quote.lines.order_by("position")
    ]  # fmt: skip


def send(company: Company, quote: "Quote", actor: Actor, at: datetime) -> "Quote | None":
    """Send a quote: by mail with its paper while papers are made, else frozen alone."""
    try:
        if at.date() >= company.papers_from:
            send_quote.send(quote, actor=actor, at=at)
        else:
            quotes.freeze_quote(quote=quote, actor=actor, at=at)
    except RuleBroken as refusal:
        if refusal.code != "send.no_address":
            raise
    return queries.quote_for(company.owner, quote.id)


def look(company: Company, deal_id: UUID, dice: Random, at: datetime) -> None:
    """Let the customer open the quote, and now and then ask about it; somebody answers within the hour."""
    quote = newest_of(company, deal_id)
    if quote is None or quote.state != "sent":
        return
    link = quotes.create_link(quote=quote, actor=company.sales, at=at)
    quotes.see_link(token=link.token, at=at)
    if dice.random() * 100 < ASKED_PERCENT:
        known = company.cast.questions
        body = dice.choice(known.get(quote.language) or known["en"])
        answer_quote.ask(quote, name="", email="", body=body, at=at)
        for question in queries.questions_of(quote).filter(answered_at=None):
            quotes.answer_question(question=question, actor=company.sales, at=at + timedelta(minutes=40))


def renew(company: Company, deal_id: UUID, *, actor: Actor, at: datetime) -> "Quote | None":
    """Send the next version of a quote, a little cheaper."""
    quote = newest_of(company, deal_id)
    if quote is None or quote.state not in {"sent", "declined"}:
        return None
    fresh = quotes.renew_quote(quote=quote, actor=actor, at=at)
    fresh = quotes.change_quote(quote=fresh, changes={"discount_percent": NEW_VERSION_OFF}, actor=actor, at=at)
    return send(company, fresh, actor, at)


def accept(company: Company, deal_id: UUID, name: str, dice: Random, at: datetime) -> None:
    """Let the customer sign the latest version, with or without what is optional, and plan what follows from it.

    Raises: Conflict when the quote is not open any more.
    """
    quote = newest_of(company, deal_id)
    if quote is None or quote.state == "draft":
        return
    lines = queries.content_of(quote, at.date()).lines
    takes_extra = dice.random() * 100 < TAKES_EXTRA_PERCENT
    extras = {line.position for line in lines if line.kind is ChoiceKind.OPTIONAL} if takes_extra else set()
    drawn = dice.random() * 100 < DRAWN_PERCENT
    signature = Signature(name, "drawn" if drawn else "typed", dice.choice(STROKES) if drawn else name)
    sign(company, quote, default_choice(lines) | extras, signature, at)


def sign(company: Company, quote: "Quote", chosen: frozenset[int], signature: Signature, at: datetime) -> None:
    """Accept a quote for its customer and plan what follows from the invoices that it makes.

    Raises: Conflict when the quote is not open any more.
    """
    actor = Actor(None, "customer", signature.name, Origin("portal", "203.0.113.24", "Safari"))
    accepted = accept_quote.accept(quote=quote, chosen=chosen, signature=signature, actor=actor, at=at)
    answer_quote.tell_accepted(quote, name=signature.name, at=at)
    for bill in accepted.billed:
        document = invoicing.document_for(company.owner, bill.id) if bill.number else None
        if document is not None:
            company.tell_of(document)


def decline(company: Company, deal_id: UUID, name: str, reason: str, at: datetime) -> None:
    """Let the customer decline the latest version."""
    quote = newest_of(company, deal_id)
    if quote is not None and quote.state == "sent":
        actor = Actor(None, "customer", name, Origin("portal", "203.0.113.24", "Safari"))
        answer_quote.decline(quote, name=name, reason=reason, actor=actor, at=at)


def withdraw(company: Company, deal_id: UUID, *, actor: Actor, at: datetime) -> None:
    """Take the latest version back."""
    quote = newest_of(company, deal_id)
    if quote is not None and quote.state == "sent":
        quotes.withdraw_quote(quote=quote, actor=actor, at=at)


def bill_what_waits(company: Company, deal_id: UUID, at: datetime) -> None:
    """Issue the next invoice of an accepted quote that waits as a draft; after a deposit the final one comes later."""
    quote = newest_of(company, deal_id)
    if quote is None or quote.state != "accepted":
        return
    waiting = invoicing.drafts(company.owner).filter(quote_id=quote.id).order_by("created_at", "id")
    if quote.billing_rule == "deposit":
        waiting = waiting.filter(kind="deposit")
    for each in waiting[:1]:
        try:
            issue(company, each, at)
        except RuleBroken as refusal:
            # Somebody who has moved to another country meanwhile is taxed otherwise; that is settled by hand.
            if refusal.code != "draft.has_findings":
                raise
