"""Propose terms and a discount for a draft quote, from how its customer bought and paid, and take them when asked."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from conto.apps.payments import queries as payments
from conto.apps.quotes import actions, queries
from conto.domain.errors import Conflict, RuleBroken
from conto.domain.facts import Actor
from conto.domain.quote import PaymentHabit, Proposal, PurchaseHabit, payment_habit, proposals, purchase_habit

if TYPE_CHECKING:
    from conto.apps.accounts.models import Member
    from conto.apps.quotes.models import Quote


@dataclass(frozen=True, slots=True)
class Advice:
    """What is known of how a customer bought and paid, and what that means for a draft."""

    pays: PaymentHabit | None
    buys: PurchaseHabit
    proposals: tuple[Proposal, ...]


def advice_for(quote: "Quote", *, member: "Member | None", on: date) -> Advice | None:
    """Return what to change of a draft; nothing for what was sent, and for who may not see the customer's invoices.

    Source: Q-10, Q-11.
    """
    past = payments.past_invoices(member, quote.customer, on) if quote.state == "draft" else []
    if not past:
        return None
    try:
        content = queries.content_of(quote, on)
        limit = queries.rules_of(quote.legal_entity).discount_limit_percent
        found = proposals(content, past, today=on, limit_percent=limit)
    except RuleBroken:  # the tax of a line cannot be decided: the check list says so
        found = ()
    return Advice(payment_habit(past, on), purchase_habit(past, on), found)


def proposed_changes(
    quote: "Quote", wanted: Collection[str], *, member: "Member | None", on: date
) -> Mapping[str, Any]:
    """Return the fields of a draft that some proposals change.

    Raises: Conflict when nothing of it is proposed any more.
    """
    advice = advice_for(quote, member=member, on=on)
    taken = [each for each in (advice.proposals if advice else ()) if each.kind in wanted]
    if not taken:
        raise Conflict("quote.not_proposed", "This is not proposed any more. Look at the draft again.")
    return {name: value for each in taken for name, value in each.changes().items()}


def take(
    quote: "Quote", wanted: Collection[str], *, member: "Member | None", on: date, actor: Actor, at: datetime
) -> "Quote":
    """Take proposals into a draft: it is changed as by hand, so an approval that it had ends.

    Raises: Conflict when it is not proposed any more, or the draft was sent meanwhile.
    """
    changes = proposed_changes(quote, wanted, member=member, on=on)
    return actions.change_quote(quote=quote, changes=changes, actor=actor, at=at, expected_revision=quote.revision)
