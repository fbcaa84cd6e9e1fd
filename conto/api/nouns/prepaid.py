"""Prepaid credit of subscriptions: given or sold, what of it was used on which document, what is left, and its end."""

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, get_args
from uuid import UUID

from django.http import HttpRequest
from pydantic import Field

from conto.api.door import caller_of
from conto.api.fields import Currency, Day, Entry, Flag, Id, Instant, Minor
from conto.api.operations import noun, reads, writes
from conto.api.reading import found
from conto.apps.subscriptions import queries
from conto.apps.subscriptions.actions import Ending
from conto.domain.permissions import Permission
from conto.flows import prepaid_credit

router = noun("Prepaid credit")
_VIEW, _BILL = Permission.SUBSCRIPTION_VIEW, Permission.SUBSCRIPTION_BILL
LastDay = Annotated[
    Day | None, Field(description="The last day on which it pays what is billed; nothing: it goes on.", examples=[None])
]
Reason = Annotated[str, Field(min_length=1, max_length=500, examples=["Prepaid for 2027"])]
Ended = Annotated[
    str, Field(description="Empty: it goes on.", examples=[""], json_schema_extra={"enum": ["", *get_args(Ending)]})
]


@dataclass(frozen=True, slots=True)
class PrepaidUse:
    """What of a credit was used, or below zero given back, and the line that says so."""

    on: Day
    amount_minor: Minor
    document_id: Annotated[Id, Field(description="A draft until it is issued, by the same id.")]
    position: Annotated[int, Field(examples=[2])]


@dataclass(frozen=True, slots=True)
class PrepaidCredit:
    """A credit that pays what is used. What was used, what is left and what has lapsed make its amount."""

    id: Id
    amount_minor: Annotated[Minor, Field(description="Before tax, in the price mode of the subscription.")]
    currency: Currency
    granted_on: Day
    last_day: Annotated[date | None, Field(description="The last day on which it pays what is billed.")]
    reason: Reason
    document_id: Annotated[UUID | None, Field(description="The deposit invoice that sold it; null: it was given.")]
    used_minor: Minor
    left_minor: Minor
    lapsed_minor: Annotated[Minor, Field(description="What will never be used, or was paid back.")]
    ended: Ended
    ended_on: date | None
    ended_because: Annotated[str, Field(examples=[""])]
    made_by: Annotated[str, Field(description="Name of the member; empty: Conto itself.")]
    made_at: Instant
    uses: list[PrepaidUse]


class PrepaidCreditEntry(Entry):
    """Credit that pays what is used from today on; sold, a deposit invoice over it is issued at once."""

    amount_minor: Annotated[int, Field(gt=0, le=10**12, description="Before tax, in minor units.", examples=[50000])]
    reason: Reason
    last_day: LastDay = None
    is_sold: Flag = False


class PrepaidEndEntry(Entry):
    """Why a credit ends, and whether what is left of it is credited on the invoice that sold it."""

    ended_because: Annotated[str, Field(min_length=1, max_length=500, examples=["They move away"])]
    pays_back: Flag = False


@reads(router, "/subscriptions/{uuid:subscription_id}/prepaid-credits", needs=_VIEW, gives=list[PrepaidCredit])
def list_prepaid_credits(request: HttpRequest, subscription_id: UUID) -> Any:
    """List the prepaid credits of a subscription, the latest first."""
    row = found(queries.subscription_for(caller_of(request).member, subscription_id))
    return [_shape(each, row.currency) for each in queries.credits_of(row, at=caller_of(request).at)]


@writes(router, "/subscriptions/{uuid:subscription_id}/prepaid-credits", needs=_BILL, gives=PrepaidCredit, status=201)
def grant_prepaid_credit(request: HttpRequest, subscription_id: UUID, credit: PrepaidCreditEntry) -> Any:
    """Give or sell a subscription credit that pays what is used."""
    caller = caller_of(request)
    row = found(queries.subscription_for(caller.member, subscription_id))
    made = prepaid_credit.grant(
        row=row, amount_minor=credit.amount_minor, reason=credit.reason, last_day=credit.last_day,
        is_sold=credit.is_sold, actor=caller.actor, at=caller.at,
    )  # fmt: skip
    return _told(request, subscription_id, made.id)


@writes(
    router, "/subscriptions/{uuid:subscription_id}/prepaid-credits/{uuid:credit_id}/end", needs=_BILL,
    gives=PrepaidCredit,
)  # fmt: skip
def end_prepaid_credit(request: HttpRequest, subscription_id: UUID, credit_id: UUID, ending: PrepaidEndEntry) -> Any:
    """End a credit: nothing more of it is used; what was sold can be paid back with a credit note."""
    caller = caller_of(request)
    row = found(queries.subscription_for(caller.member, subscription_id))
    credit = found(queries.credit_for(row, credit_id))
    prepaid_credit.end(
        credit=credit, reason=ending.ended_because, pays_back=ending.pays_back, actor=caller.actor, at=caller.at
    )
    return _told(request, subscription_id, credit.id)


def _told(request: HttpRequest, subscription_id: UUID, credit_id: UUID) -> PrepaidCredit:
    caller = caller_of(request)
    row = found(queries.subscription_for(caller.member, subscription_id))
    (told,) = (each for each in queries.credits_of(row, at=caller.at) if each.credit.id == credit_id)
    return _shape(told, row.currency)


def _shape(each: queries.CreditRow, currency: str) -> PrepaidCredit:
    row = each.credit
    return PrepaidCredit(
        row.id, row.amount_minor, currency, row.granted_on, each.last_day, row.reason, row.document_id,
        each.used_minor, each.left_minor, each.lapsed_minor, row.ended_kind, row.ended_on, row.ended_because,
        row.made_by.name if row.made_by else "", row.made_at,
        [PrepaidUse(use.settlement.settled_on, use.amount_minor, use.document_id, use.position) for use in each.uses],
    )  # fmt: skip
