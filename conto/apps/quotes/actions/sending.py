"""From draft to sent: the discount approved, the content frozen and hashed, the version before superseded."""

import hashlib
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction

from conto.apps.accounts.models import LegalEntity
from conto.apps.audit import actions as audit
from conto.apps.bulk.yearly_numbers import next_number
from conto.apps.quotes.actions.drafts import locked_quote
from conto.apps.quotes.models import Quote, QuoteApproval, QuoteCounter, QuoteRules
from conto.apps.quotes.queries.contents import content_of, rules_of
from conto.apps.quotes.queries.lists import is_approved
from conto.domain import facts
from conto.domain import quote as rules
from conto.domain.errors import Conflict, RuleBroken
from conto.domain.facts import Actor
from conto.domain.ids import new_id
from conto.domain.numbering import NumberPattern
from conto.domain.period import local_day
from conto.domain.renewal import check_days

_PATTERN = NumberPattern("Q", 5, yearly=True)


@transaction.atomic
def freeze_quote(*, quote: Quote, actor: Actor, at: datetime, expected_revision: int | None = None) -> Quote:
    """Send a draft: freeze and hash what it says, number it, and supersede the version before it.

    Raises: Conflict when it is no draft; RuleBroken with params `findings` when something stands against it.
    Source: Q-1, Q-2, Q-6, Q-7.
    """
    if quote.previous_id:
        locked_quote(quote.previous_id, None)  # first the older, as accepting does
    row = locked_quote(quote.id, expected_revision)
    rules.allowed_to_change(rules.QuoteState(row.state))
    today = local_day(at, row.legal_entity.zone)
    against = rules.findings_before_sending(
        content_of(row, today),
        today=today,
        limit_percent=rules_of(row.legal_entity).discount_limit_percent,
        is_approved=is_approved(row),
    )
    if against:
        raise RuleBroken(against[0].code, against[0].message, **{**against[0].params, "findings": against})
    _supersede_before(row, actor, at)
    row.number = row.number or _next_number(row.legal_entity, today)
    content = content_of(row, today)
    body = content.to_canonical()
    row.body, row.sha256 = body.decode(), hashlib.sha256(body).digest()
    row.state, row.sent_at, row.changed_at = "sent", at, at
    row.shown_total_minor = rules.compute_quote(content).totals.payable_minor
    row.shown_monthly_minor = rules.monthly_of(
        rules.counting_parts(content.recurring, rules.default_recurring(content.recurring)), today
    )
    row.save()
    sent = facts.QuoteSent(
        subject_id=row.id,
        customer_id=row.customer_id,
        number=content.label,
        version=row.version,
        currency=row.currency,
        total_minor=row.shown_total_minor,
        valid_until=row.valid_until,
        sha256=content.sha256(),
    )
    audit.record(sent, actor=actor, at=at)
    return row


def _next_number(entity: LegalEntity, today: date) -> str:
    return next_number(QuoteCounter, legal_entity_id=entity.id, year=today.year, pattern=_PATTERN)


def _supersede_before(row: Quote, actor: Actor, at: datetime) -> None:
    before = Quote.objects.filter(id=row.previous_id).first() if row.previous_id else None
    if before is None:
        return
    if before.state == "accepted":
        raise Conflict("quote.already_accepted", "This quote is already accepted.")
    if before.state != "sent":
        return  # declined or withdrawn, and stays so
    before.state, before.ended_at = "superseded", at
    before.save(update_fields=["state", "ended_at"])
    superseded = facts.QuoteSuperseded(
        subject_id=before.id,
        customer_id=before.customer_id,
        number=before.number,
        by_id=row.id,
        version=row.version,
    )
    audit.record(superseded, actor=actor, at=at)


@transaction.atomic
def withdraw_quote(*, quote: Quote, actor: Actor, at: datetime, reason: str = "") -> Quote:
    """Take a sent quote back: its customer can read it, and no longer accept it.

    Raises: Conflict when it is not open.
    """
    row = locked_quote(quote.id, None)
    today = local_day(at, row.legal_entity.zone)
    rules.allowed_to_withdraw(rules.state_on(row.state, row.valid_until, today))
    row.state, row.ended_at, row.changed_at = "withdrawn", at, at
    row.save(update_fields=["state", "ended_at", "changed_at"])
    withdrawn = facts.QuoteWithdrawn(
        subject_id=row.id, customer_id=row.customer_id, number=row.number, reason=reason.strip()[:500]
    )
    audit.record(withdrawn, actor=actor, at=at)
    return row


@transaction.atomic
def ask_approval(*, quote: Quote, actor: Actor, at: datetime, note: str = "") -> QuoteApproval:
    """Ask that the discount of a draft be approved as it is now; asking again changes nothing.

    Raises: Conflict when it is no draft; RuleBroken `quote.needs_no_approval`.
    Source: Q-5.
    """
    row = locked_quote(quote.id, None)
    rules.allowed_to_change(rules.QuoteState(row.state))
    content = content_of(row, local_day(at, row.legal_entity.zone))
    if not rules.needs_approval(content, rules_of(row.legal_entity).discount_limit_percent):
        raise RuleBroken("quote.needs_no_approval", "This quote may be sent as it is.")
    discount = rules.deepest_discount(content)
    approval, is_new = QuoteApproval.objects.get_or_create(
        quote=row,
        revision=row.revision,
        defaults={
            "id": new_id(),
            "discount_percent": discount,
            "note": note.strip()[:500],
            "asked_by_id": actor.member_id,
            "asked_at": at,
        },
    )
    if is_new:
        asked = facts.QuoteApprovalAsked(
            subject_id=row.id,
            customer_id=row.customer_id,
            discount_percent=f"{discount.normalize():f}",
            note=approval.note,
        )
        audit.record(asked, actor=actor, at=at)
    return approval


@transaction.atomic
def decide_approval(*, quote: Quote, is_given: bool, actor: Actor, at: datetime, answer: str = "") -> QuoteApproval:
    """Approve the discount of a draft as it is now, or refuse it; who asked cannot decide.

    Raises: Conflict `quote.nothing_asked`, `quote.own_approval`.
    Source: Q-5.
    """
    row = locked_quote(quote.id, None)
    rules.allowed_to_change(rules.QuoteState(row.state))
    approval = QuoteApproval.objects.select_for_update().filter(quote=row, revision=row.revision).first()
    if approval is None or approval.decided_at:
        raise Conflict("quote.nothing_asked", "Nobody asks for an approval of this quote as it is now.")
    if approval.asked_by_id and approval.asked_by_id == actor.member_id:
        raise Conflict("quote.own_approval", "Somebody else has to approve what you asked for.")
    approval.is_given, approval.decided_at, approval.decided_by_id = is_given, at, actor.member_id
    approval.answer = answer.strip()[:500]
    approval.save()
    kind = facts.QuoteApproved if is_given else facts.QuoteApprovalRefused
    decided = kind(
        subject_id=row.id,
        customer_id=row.customer_id,
        discount_percent=f"{approval.discount_percent.normalize():f}",
        note=approval.answer,
    )
    audit.record(decided, actor=actor, at=at)
    return approval


@transaction.atomic
def note_mailed(*, quote: Quote, number: str, recipient: str, message_id: Any, actor: Actor, at: datetime) -> None:
    """Note that a quote went out by mail."""
    mailed = facts.QuoteMailed(
        subject_id=quote.id,
        customer_id=quote.customer_id,
        number=number,
        recipient=recipient,
        message_id=message_id,
    )
    audit.record(mailed, actor=actor, at=at)


@transaction.atomic
def save_rules(
    *,
    legal_entity: LegalEntity,
    valid_days: int,
    discount_limit_percent: Decimal | None,
    terms: str,
    actor: Actor,
    at: datetime,
    renewal_days: int | None = None,
    renewal_mails: bool | None = None,
) -> QuoteRules:
    """Say how quotes of a seller are made: how long they hold, their usual terms, from which discount on one asks.

    Also how many days before its end the renewal of an agreement is worked on, and whether the customer gets a mail
    then; what is not said of it stays.

    Raises: RuleBroken `quote.bad_days`, `quote.bad_percent`, `renewal.bad_days`.
    """
    if not 1 <= valid_days <= 730:
        raise RuleBroken("quote.bad_days", "A quote holds for 1 to %(max)s days.", max=730)
    if discount_limit_percent is not None and not 0 <= discount_limit_percent <= 100:
        raise RuleBroken("quote.bad_percent", "A percentage lies between 0 and 100.")
    row = rules_of(legal_entity)
    wanted = {"valid_days": valid_days, "discount_limit_percent": discount_limit_percent, "terms": terms.strip()}
    said = {"renewal_days": renewal_days, "renewal_mails": renewal_mails}
    wanted |= {name: value for name, value in said.items() if value is not None}
    check_days(row.renewal_days if renewal_days is None else renewal_days)
    changes = facts.changes_between({name: getattr(row, name) for name in wanted}, wanted)
    for name, value in wanted.items():
        setattr(row, name, value)
    row.changed_at = at
    row.save()
    audit.record(facts.QuoteRulesChanged(subject_id=legal_entity.id, changes=changes), actor=actor, at=at)
    return row
