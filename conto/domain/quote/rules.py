"""The life of a quote: what may happen to it in which state, when it has to be approved, and how it is signed."""

import re
from collections import Counter
from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from conto.domain.errors import Conflict, Finding, RuleBroken
from conto.domain.quote.agreement import findings_of_contract
from conto.domain.quote.choosing import compute_quote
from conto.domain.quote.kinds import ChoiceKind
from conto.domain.quote.model import HUNDRED, ONE, ZERO, BillingRule, QuoteContent, QuoteLine, QuoteState
from conto.domain.quote.recurring import deepest_discount_of, findings_of_recurring

LONGEST_DRAWING = 20_000
LONGEST_NAME = 200
# Strokes of a pen in a frame of 600 × 200: nothing but moves and lines, so that no drawing can carry anything else.
_DRAWING = re.compile(r"M\d{1,3} \d{1,3}(?:[ML]\d{1,3} \d{1,3})+")
_PERCENT_PLACES = Decimal("0.0001")

_REFUSED: dict[QuoteState, tuple[str, str]] = {
    QuoteState.DRAFT: ("quote.not_sent", "This quote is not sent yet."),
    QuoteState.ACCEPTED: ("quote.already_accepted", "This quote is already accepted."),
    QuoteState.DECLINED: ("quote.declined", "This quote was declined."),
    QuoteState.WITHDRAWN: ("quote.withdrawn", "This quote was withdrawn."),
    QuoteState.SUPERSEDED: ("quote.superseded", "There is a newer version of this quote."),
    QuoteState.EXPIRED: ("quote.expired", "This quote has expired."),
    QuoteState.SENT: ("quote.sent_stays", "A quote that was sent stays as it is. Make a new version."),
}


def state_on(stored: str, valid_until: date, today: date) -> QuoteState:
    """Tell where a quote stands on a day: its last day is the last on which it can be accepted.

    Source: Q-1.
    """
    state = QuoteState(stored)
    return QuoteState.EXPIRED if state is QuoteState.SENT and today > valid_until else state


def _demand(state: QuoteState, *allowed: QuoteState) -> None:
    if state not in allowed:
        raise Conflict(*_REFUSED[state])


def allowed_to_change(state: QuoteState) -> None:
    """Refuse to change, send or discard anything but a draft.

    Raises: Conflict.
    Source: Q-1.
    """
    _demand(state, QuoteState.DRAFT)


def allowed_to_accept(state: QuoteState) -> None:
    """Refuse to accept anything but a quote that is sent and still holds.

    Raises: Conflict.
    Source: Q-1.
    """
    _demand(state, QuoteState.SENT)


def allowed_to_decline(state: QuoteState) -> None:
    """Refuse to decline what is not open; an expired quote may still be declined.

    Raises: Conflict.
    Source: Q-1.
    """
    _demand(state, QuoteState.SENT, QuoteState.EXPIRED)


def allowed_to_withdraw(state: QuoteState) -> None:
    """Refuse to withdraw what is not open.

    Raises: Conflict.
    Source: Q-1.
    """
    _demand(state, QuoteState.SENT, QuoteState.EXPIRED)


def allowed_to_renew(state: QuoteState) -> None:
    """Refuse a new version of a draft, of what is accepted, and of what has a newer one.

    Raises: Conflict.
    Source: Q-2.
    """
    _demand(state, QuoteState.SENT, QuoteState.EXPIRED, QuoteState.DECLINED, QuoteState.WITHDRAWN)


def deepest_discount(content: QuoteContent) -> Decimal:
    """Give the deepest discount that any line gets, in percent of what the list asks, all discounts together.

    A price below the list price counts as a discount; a price above it does not make up for one. What recurs counts
    by what its first year costs less than its plan asks.

    Source: Q-5, Q-12.
    """
    lines = [_discount_of(line, content.discount_percent) for line in content.lines]
    recurring = [deepest_discount_of(part, content.offered_on) for part in content.recurring]
    return max(*lines, *recurring, ZERO, ZERO)


def _discount_of(line: QuoteLine, whole: Decimal) -> Decimal:
    asked = max(line.list_price or ZERO, line.unit_price)
    if asked <= 0 or line.quantity <= 0:
        return ZERO
    paid = line.unit_price * (ONE - line.allowance_percent / HUNDRED) * (ONE - whole / HUNDRED)
    return ((ONE - paid / asked) * HUNDRED).quantize(_PERCENT_PLACES)


def needs_approval(content: QuoteContent, limit_percent: Decimal | None) -> bool:
    """Tell whether a quote gives more than a seller may give alone; without a limit, none does.

    Source: Q-5.
    """
    return limit_percent is not None and deepest_discount(content) > limit_percent


def findings_before_sending(
    content: QuoteContent, *, today: date, limit_percent: Decimal | None = None, is_approved: bool = False
) -> list[Finding]:
    """List what stands against sending a quote.

    Source: Q-6.
    """
    found = [
        *_lines(content),
        *_billing(content),
        *findings_of_contract(content),
        *findings_of_recurring(content, today),
    ]
    if not content.buyer.name or not content.buyer.address.country:
        found.append(Finding("quote.no_country", "The customer has no country, so tax cannot be decided."))
    if content.valid_until < today:
        found.append(Finding("quote.valid_in_the_past", "The quote would be expired before it is sent."))
    if needs_approval(content, limit_percent) and not is_approved:
        found.append(
            Finding(
                "quote.needs_approval",
                "A discount of %(discount)s %% is above the limit of %(limit)s %%: it has to be approved first.",
                {
                    "discount": f"{deepest_discount(content).normalize():f}",
                    "limit": f"{(limit_percent or ZERO).normalize():f}",
                },
            )
        )
    return found


def _lines(content: QuoteContent) -> Iterator[Finding]:
    if not content.lines:
        if not content.recurring:
            yield Finding("quote.no_lines", "The quote has no lines.")
        return
    for line in content.lines:
        if not line.name.strip():
            yield Finding("check.line_name", "Line %(line)s has no name.", {"line": line.position})
        if line.unit_price < 0:
            yield Finding(
                "check.negative_price",
                "The price of line %(line)s is below zero. Use a negative quantity or a discount.",
                {"line": line.position},
            )
    sizes = Counter(line.choice_group for line in content.lines if line.kind is ChoiceKind.CHOICE)
    for group, size in sizes.items():
        if not group.strip():
            yield Finding("quote.group_unnamed", "Lines to choose from need the name of their group.")
        elif size == 1:
            yield Finding("quote.group_of_one", "“%(group)s” offers only one line to choose.", {"group": group})
    if compute_quote(content).totals.gross_minor < 0:
        yield Finding("quote.below_zero", "The total is below zero.")


def _billing(content: QuoteContent) -> Iterator[Finding]:
    if content.billing_rule is BillingRule.DEPOSIT and not ZERO < content.deposit_percent <= HUNDRED:
        yield Finding("deposit.bad_percent", "A deposit is above 0 and up to 100 %%.")
    if content.billing_rule is BillingRule.MILESTONES:
        parts = content.milestones
        if not parts or any(part.percent <= 0 or not part.name.strip() for part in parts):
            yield Finding("quote.milestones_incomplete", "Each milestone needs a name and a percentage above 0.")
        elif sum(part.percent for part in parts) != HUNDRED:
            yield Finding("quote.milestones_sum", "The milestones have to make 100 %% together.")


def check_signature(kind: str, signature: str, name: str) -> None:
    """Refuse a signature that is empty, too large, or anything but strokes of a pen or a typed name.

    Raises: RuleBroken `quote.no_name`, `quote.no_signature`, `quote.bad_signature`.
    Source: Q-8.
    """
    if not name.strip() or len(name) > LONGEST_NAME:
        raise RuleBroken("quote.no_name", "Please write your name.")
    if not signature.strip():
        raise RuleBroken("quote.no_signature", "Please sign: draw with your finger, or type your name.")
    if kind == "typed":
        if len(signature) > LONGEST_NAME or not signature.isprintable():
            raise RuleBroken("quote.bad_signature", "This signature cannot be kept. Please sign again.")
    elif kind != "drawn" or len(signature) > LONGEST_DRAWING or not _DRAWING.fullmatch(signature):
        raise RuleBroken("quote.bad_signature", "This signature cannot be kept. Please sign again.")
