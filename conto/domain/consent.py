"""What a person agreed to: for which purpose, in which words, by which way. Source: CO-1, CO-2, CO-3."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TypeVar

from conto.domain.errors import RuleBroken

K = TypeVar("K")
LONGEST_WORDING = 2000
_SLACK = timedelta(minutes=5)  # clocks of programs differ


class Purpose(StrEnum):
    """What consent is asked for."""

    NEWS = "news"  # letters about what we offer
    MEASURING = "measuring"  # whether letters are opened and which of their links are followed


class Way(StrEnum):
    """How consent was given or taken back."""

    FORM = "form"  # a form on the web, confirmed by mail where the form asks for it
    BY_HAND = "by_hand"  # a member noted what the person said or signed
    API = "api"
    PAGE = "page"  # the person's own page, behind the link in a letter
    ONE_CLICK = "one_click"  # the button of a mail program (RFC 8058)


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentEntry:
    """Consent as it is given or taken back."""

    purpose: Purpose
    is_given: bool
    way: Way
    wording: str = ""
    language: str = ""
    agreed_at: datetime | None = None  # none: now


def may_raise(*, agreed_at: datetime, taken_back_at: datetime | None, is_listed: bool) -> bool:
    """Tell whether an agreement that was noted elsewhere may hold: over a no only what was said after it.

    What comes from a list never does: only the person, or who noted it of them, says yes again.

    Source: CO-5.
    """
    return taken_back_at is None or (not is_listed and agreed_at > taken_back_at)


def checked_consent(entry: ConsentEntry, *, at: datetime) -> tuple[str, datetime]:
    """Return the words and the moment of a consent. Source: CO-1.

    Raises: RuleBroken for one without words, with too many, or of tomorrow.
    """
    wording = entry.wording.replace("\r\n", "\n").strip()
    if entry.is_given and not wording:
        raise RuleBroken("consent.no_words", "Say in which words the person agreed.")
    if len(wording) > LONGEST_WORDING:
        raise RuleBroken("entry.too_long", "At most %(most)s characters.", most=LONGEST_WORDING)
    agreed_at = entry.agreed_at or at
    if agreed_at > at + _SLACK:
        raise RuleBroken("consent.in_the_future", "Nobody has agreed tomorrow already.")
    return wording, min(agreed_at, at)


def all_agree(people: Sequence[K], in_force: Mapping[K, bool]) -> bool:
    """Tell whether everybody behind one address agrees: somebody there, and nobody who does not. Source: CO-3."""
    return bool(people) and all(in_force.get(each, False) for each in people)
