"""What customers do with a quote: open it, ask about it, accept or decline it."""

import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import F
from django.db.models.functions import Coalesce

from conto.apps.audit import actions as audit
from conto.apps.quotes.actions.drafts import locked_quote
from conto.apps.quotes.models import Quote, QuoteAcceptance, QuoteDecline, QuoteLink, QuoteQuestion
from conto.apps.quotes.queries.answers import link_of_token, token_sha256
from conto.apps.quotes.queries.contents import content_of
from conto.apps.quotes.queries.lists import label_of
from conto.domain import facts
from conto.domain import quote as rules
from conto.domain.contact import check_email
from conto.domain.errors import Conflict, RuleBroken
from conto.domain.facts import Actor, Origin
from conto.domain.ids import new_id
from conto.domain.period import day_begins, local_day

LINK_LASTS = timedelta(days=180)
LONGEST_QUESTION = 5000
_TOKEN_BYTES = 24


@dataclass(frozen=True, slots=True)
class OpenedLink:
    """A fresh link: the token is shown once and never stored."""

    link_id: UUID
    token: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Signature:
    """How a customer signed."""

    name: str
    kind: str  # drawn | typed
    drawing: str


@transaction.atomic
def create_link(*, quote: Quote, actor: Actor, at: datetime, lasts: timedelta = LINK_LASTS) -> OpenedLink:
    """Make a link by which the customer sees a quote.

    Raises: Conflict `quote.not_sent`.
    """
    if quote.state == "draft":
        raise Conflict("quote.not_sent", "This quote is not sent yet.")
    token = secrets.token_urlsafe(_TOKEN_BYTES)
    link = QuoteLink.objects.create(
        id=new_id(), quote=quote, token_sha256=token_sha256(token), created_at=at, expires_at=at + lasts
    )
    made = facts.QuoteLinkMade(subject_id=quote.id, customer_id=quote.customer_id, number=label_of(quote))
    audit.record(made, actor=actor, at=at)
    return OpenedLink(link.id, token, link.expires_at)


@transaction.atomic
def see_link(*, token: str, at: datetime) -> QuoteLink | None:
    """Open the link of a token and note the look once a day of the business; nothing for a token that is not valid."""
    link = link_of_token(token, at)
    if link is None:
        return None
    zone = link.quote.legal_entity.zone
    looks = QuoteLink.objects.filter(id=link.id).exclude(last_seen_at__gte=day_begins(local_day(at, zone), zone))
    if looks.update(first_seen_at=Coalesce(F("first_seen_at"), at), last_seen_at=at):
        quote = link.quote
        viewed = facts.QuoteViewed(subject_id=quote.id, customer_id=quote.customer_id, number=label_of(quote))
        audit.record(viewed, actor=_customer(quote.customer.name), at=at)
    return link


@transaction.atomic
def ask_question(*, quote: Quote, name: str, body: str, at: datetime, email: str = "") -> QuoteQuestion:
    """Keep what a customer asks about a quote.

    Raises: RuleBroken `question.empty`, `question.too_long`, or for an address that is none.
    """
    text = body.strip()
    if not text:
        raise RuleBroken("question.empty", "Please write what you would like to know.")
    if len(text) > LONGEST_QUESTION:
        raise RuleBroken("question.too_long", "A question has %(most)s letters at most.", most=LONGEST_QUESTION)
    question = QuoteQuestion.objects.create(
        id=new_id(),
        quote=quote,
        name=name.strip()[:200],
        email=check_email(email) if email.strip() else "",
        body=text,
        asked_at=at,
    )
    asked = facts.QuoteQuestionAsked(
        subject_id=quote.id, customer_id=quote.customer_id, number=label_of(quote), text=text
    )
    audit.record(asked, actor=_customer(question.name or quote.customer.name), at=at)
    return question


@transaction.atomic
def answer_question(*, question: QuoteQuestion, actor: Actor, at: datetime) -> None:
    """Mark a question as answered; the second time changes nothing."""
    if QuoteQuestion.objects.filter(id=question.id, answered_at=None).update(answered_at=at):
        quote = question.quote
        answered = facts.QuoteQuestionAnswered(
            subject_id=quote.id, customer_id=quote.customer_id, number=label_of(quote)
        )
        audit.record(answered, actor=actor, at=at)


@transaction.atomic
def decline_quote(*, quote: Quote, actor: Actor, at: datetime, name: str = "", reason: str = "") -> Quote:
    """Decline a quote, with the reason where one is given.

    Raises: Conflict when it is not open.
    Source: Q-1.
    """
    row = locked_quote(quote.id, None)
    today = local_day(at, row.legal_entity.zone)
    rules.allowed_to_decline(rules.state_on(row.state, row.valid_until, today))
    words = reason.strip()[:LONGEST_QUESTION]
    QuoteDecline.objects.create(id=new_id(), quote=row, name=name.strip()[:200], reason=words, declined_at=at)
    row.state, row.ended_at, row.changed_at = "declined", at, at
    row.save(update_fields=["state", "ended_at", "changed_at"])
    declined = facts.QuoteDeclined(
        subject_id=row.id,
        customer_id=row.customer_id,
        number=label_of(row),
        currency=row.currency,
        total_minor=row.shown_total_minor,
        reason=words,
    )
    audit.record(declined, actor=actor, at=at)
    return row


@transaction.atomic
def record_acceptance(
    *,
    quote: Quote,
    chosen: Collection[int],
    signature: Signature,
    actor: Actor,
    at: datetime,
    chosen_recurring: Collection[str] | None = None,
) -> QuoteAcceptance:
    """Record that a quote is accepted, once for all its versions, with what was signed.

    Whoever accepts at the same time waits for the lock and is refused. Of what recurs, nothing said takes what stands
    chosen beforehand.

    Raises: Conflict when it is not open; RuleBroken for a choice or signature that cannot be.
    Source: Q-1, Q-2, Q-3, Q-8, Q-13.
    """
    row = locked_quote(quote.id, None)
    today = local_day(at, row.legal_entity.zone)
    rules.allowed_to_accept(rules.state_on(row.state, row.valid_until, today))
    rules.check_signature(signature.kind, signature.drawing, signature.name)
    content = content_of(row, today)
    options = _checked_choice(content, chosen, chosen_recurring)
    total = rules.compute_quote(content, chosen).totals.payable_minor
    origin = actor.origin or Origin("portal")
    try:
        with transaction.atomic():
            acceptance = QuoteAcceptance.objects.create(
                id=new_id(),
                quote=row,
                family_id=row.family_id,
                customer=row.customer,
                name=signature.name.strip(),
                signature_kind=signature.kind,
                signature=signature.drawing.strip(),
                address=origin.address,
                agent=origin.agent,
                chosen=sorted(chosen),
                chosen_recurring=sorted(options),
                currency=row.currency,
                total_minor=total,
                sha256=bytes(row.sha256 or b""),
                accepted_at=at,
            )
    except IntegrityError as error:
        raise Conflict("quote.already_accepted", "This quote is already accepted.") from error
    row.state, row.ended_at, row.changed_at, row.shown_total_minor = "accepted", at, at, total
    row.shown_monthly_minor = rules.monthly_of(rules.counting_parts(content.recurring, options), today)
    row.save(update_fields=["state", "ended_at", "changed_at", "shown_total_minor", "shown_monthly_minor"])
    accepted = facts.QuoteAccepted(
        subject_id=row.id,
        customer_id=row.customer_id,
        number=content.label,
        currency=row.currency,
        total_minor=total,
        signed_by=acceptance.name,
        sha256=content.sha256(),
    )
    audit.record(accepted, actor=actor, at=at)
    return acceptance


def _checked_choice(
    content: rules.QuoteContent, chosen: Collection[int], chosen_recurring: Collection[str] | None
) -> frozenset[str]:
    """Refuse a choice that cannot be, and return what of what recurs is taken."""
    rules.check_choice(content.lines, chosen)
    options = rules.default_recurring(content.recurring) if chosen_recurring is None else frozenset(chosen_recurring)
    rules.check_recurring(content.recurring, options)
    return options


@transaction.atomic
def record_bill(
    *,
    quote: Quote,
    document_id: UUID,
    document_number: str,
    why_draft: str,
    actor: Actor,
    at: datetime,
) -> None:
    """Note an invoice that an accepted quote made."""
    billed = facts.QuoteBilled(
        subject_id=quote.id,
        customer_id=quote.customer_id,
        number=label_of(quote),
        document_id=document_id,
        document_number=document_number,
        why_draft=why_draft,
    )
    audit.record(billed, actor=actor, at=at)


def record_contract(*, quote: Quote, contract_id: UUID, contract_number: str, actor: Actor, at: datetime) -> None:
    """Note the contract that an accepted quote made."""
    made = facts.QuoteContracted(
        subject_id=quote.id,
        customer_id=quote.customer_id,
        number=label_of(quote),
        contract_id=contract_id,
        contract_number=contract_number,
    )
    audit.record(made, actor=actor, at=at)


def record_subscription(
    *, quote: Quote, subscription_id: UUID, subscription_number: str, actor: Actor, at: datetime
) -> None:
    """Note a subscription that an accepted quote began."""
    made = facts.QuoteSubscribed(
        subject_id=quote.id,
        customer_id=quote.customer_id,
        number=label_of(quote),
        subscription_id=subscription_id,
        subscription_number=subscription_number,
    )
    audit.record(made, actor=actor, at=at)


def _customer(name: str) -> Actor:
    return Actor(None, "customer", name)
