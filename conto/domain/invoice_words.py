"""The words that an invoice is sent with: which of them fit a customer's history, and what is filled into them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from uuid import UUID

from conto.domain import places
from conto.domain.errors import RuleBroken

PLACES = (
    "number", "total", "due", "link", "seller", "customer", "contact", "overdue", "days_late", "invoices", "since",
)  # fmt: skip
KINDS = ("invoice", "credit_note")
LONGEST_SUBJECT, LONGEST_TEXT = 300, 20_000
RETURNS_AFTER = timedelta(days=365)
LEAST_IN_TIME = 3


class Occasion(StrEnum):
    """What the history of a customer makes of an invoice; the first of several that fit counts."""

    OVERDUE = "overdue"  # something else is open and its day is over
    LATE = "late"  # the last that was paid was paid too late
    FIRST = "first"  # there was none before
    RETURNING = "returning"  # the one before is more than a year ago
    RELIABLE = "reliable"  # at least three were paid in two years, each in time


@dataclass(frozen=True, slots=True)
class PaidBefore:
    """An earlier invoice of the customer: when it was due, and when money settled it."""

    issued_on: date
    due_on: date
    paid_on: date | None
    is_open: bool


@dataclass(frozen=True, slots=True)
class Words:
    """Words of somebody for whom they are: a customer, everybody with a tag, or all; on an occasion, or always."""

    id: UUID
    kind: str
    language: str
    customer_id: UUID | None
    tag: str  # folded; empty: for all
    occasion: Occasion | None
    subject: str
    text: str


def occasions(before: Sequence[PaidBefore], *, has_earlier: bool, on: date) -> tuple[Occasion, ...]:
    """Tell what the earlier invoices of a customer make of one that is sent on a day, the most telling first.

    `before` are those of the last two years, the latest first; `has_earlier` whether there was any at all.

    Source: IW-2.
    """
    paid = sorted((each for each in before if each.paid_on), key=lambda each: each.paid_on or on, reverse=True)
    found = []
    if any(each.is_open and each.due_on < on for each in before):
        found.append(Occasion.OVERDUE)
    if paid and _is_late(paid[0]):
        found.append(Occasion.LATE)
    if not has_earlier:
        found.append(Occasion.FIRST)
    elif not before or before[0].issued_on + RETURNS_AFTER < on:
        found.append(Occasion.RETURNING)
    if len(paid) >= LEAST_IN_TIME and not any(_is_late(each) for each in paid) and Occasion.OVERDUE not in found:
        found.append(Occasion.RELIABLE)
    return tuple(found)


def _is_late(each: PaidBefore) -> bool:
    return each.paid_on is not None and each.paid_on > each.due_on


def fitting(
    known: Iterable[Words], *, kind: str, language: str, customer_id: UUID, tags: Collection[str],
    now: Sequence[Occasion],
) -> Words | None:  # fmt: skip
    """Return the words that fit best: the customer's own before those of a tag before those for all.

    Among those the words of the first occasion that there are words for, else those for always; of several tags the
    first by the alphabet. Words in another language never fit.

    Source: IW-1.
    """
    order = {occasion: place for place, occasion in enumerate(now)}
    fits = [
        words
        for words in known
        if (words.kind, words.language) == (kind, language)
        and words.customer_id in (None, customer_id)
        and (not words.tag or words.tag in tags)
        and (words.occasion is None or words.occasion in order)
    ]

    def rank(words: Words) -> tuple[object, ...]:
        place = len(order) if words.occasion is None else order[words.occasion]
        return words.customer_id is None, not words.tag, place, words.tag

    return min(fits, key=rank, default=None)


def check_words(*, kind: str, subject: str, text: str) -> None:
    """Refuse words that cannot be sent.

    Raises: RuleBroken `invoice_words.empty`, `invoice_words.unknown_place`, `invoice_words.unknown_kind`,
        `entry.too_long`.
    Source: IW-3.
    """
    if kind not in KINDS:
        raise RuleBroken("invoice_words.unknown_kind", "There are no words for this kind of document.")
    if not subject or not text:
        raise RuleBroken("invoice_words.empty", "Give a subject and a text.")
    for value, most in ((subject, LONGEST_SUBJECT), (text, LONGEST_TEXT)):
        if len(value) > most:
            raise RuleBroken("entry.too_long", "At most %(most)s characters.", most=most)
    unknown = places.unknown_places(f"{subject}\n{text}", PLACES)
    if unknown:
        raise RuleBroken("invoice_words.unknown_place", "{%(place)s} is no place that is filled in.", place=unknown[0])


def filled(text: str, values: Mapping[str, str]) -> str:
    """Fill in the places; what a value holds is not read again.

    Source: IW-3.
    """
    return places.filled(text, values, PLACES)
