"""Collection of invoices: charging what a customer has saved, trying again in whole days, and giving it over.

The rules are in docs/rules/collection.md.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

RETRY_DAYS = (1, 3, 7)  # after the day of the first attempt
# After each time that a gateway was told to forget a card: nine times in all, in just over four days.
FORGET_PAUSES = tuple(timedelta(minutes=minutes) for minutes in (2, 15, 60, 360, *(1440,) * 5))
CONSENT_VERSION = "2026-11"


class CollectionState(StrEnum):
    """Where the charging of an invoice stands."""

    WAITING = "waiting"  # for its issue, its turn or its next day
    TRYING = "trying"  # the gateway was asked and has not said its last word
    COLLECTED = "collected"
    CUSTOMER = "customer"  # it is up to the customer: the invoice goes the way of sending
    DROPPED = "dropped"  # there was nothing to charge


class CollectionReason(StrEnum):
    """Why an invoice is up to its customer, or was not charged at all."""

    NO_METHOD = "no_method"
    DECLINED = "declined"
    NO_FUNDS = "no_funds"
    AUTHENTICATION = "authentication"
    UNUSABLE = "unusable"
    NOTHING_OPEN = "nothing_open"
    STOPPED = "stopped"


_REASONS = {
    "insufficient_funds": CollectionReason.NO_FUNDS,
    "authentication_required": CollectionReason.AUTHENTICATION,
    "no_such_method": CollectionReason.UNUSABLE,
    "expired_card": CollectionReason.UNUSABLE,
}
_WITHOUT_USE = {CollectionReason.AUTHENTICATION, CollectionReason.UNUSABLE}


@dataclass(frozen=True, slots=True)
class Next:
    """What follows a charge that did not go through: a day of the next attempt, or none."""

    reason: CollectionReason
    try_on: date | None


def reason_of(failure_code: str) -> CollectionReason:
    """Tell why a charge did not go through, by what the gateway calls it.

    Source: CL-4.
    """
    return _REASONS.get(failure_code, CollectionReason.DECLINED)


def after_failure(*, first_on: date, today: date, failure_code: str) -> Next:
    """Tell what follows a charge that did not go through: the next day of the schedule that is not over, or none.

    Days are counted from the first attempt, so an attempt that comes late does not push the others on.

    Source: CL-4.
    """
    reason = reason_of(failure_code)
    if reason in _WITHOUT_USE:
        return Next(reason, None)
    days = (first_on + timedelta(days) for days in RETRY_DAYS)
    return Next(reason, next((day for day in days if day > today), None))


def is_usable_on(expires_on: date | None, today: date) -> bool:
    """Tell whether what was saved can still be charged on a day; its last day counts.

    Source: CL-3.
    """
    return expires_on is None or today <= expires_on


def pause_to_forget(attempts: int) -> timedelta:
    """Tell after how long a gateway is told again to forget a card, when it was told so many times.

    Source: CL-2.
    """
    return FORGET_PAUSES[min(attempts, len(FORGET_PAUSES)) - 1]


def is_last_to_forget(attempts: int) -> bool:
    """Tell whether a gateway that did not hear it by now is told no more to forget a card.

    Source: CL-2.
    """
    return attempts >= len(FORGET_PAUSES)
