"""What a new business begins with, by what it does: pure data in the languages of documents."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from conto.domain.errors import RuleBroken

LANGUAGES = ("en", "de", "fr")
Words = tuple[str, str, str]  # in the order of LANGUAGES


class HomePart(StrEnum):
    """A part of the first page."""

    MONEY = "money"  # owed, late, coming, collected
    QUEUE = "queue"  # what to do, by what is at stake
    DEALS = "deals"  # open deals by stage
    QUOTES = "quotes"  # quotes that wait for an answer
    LEADS = "leads"  # open leads, the likeliest first
    WEEK = "week"  # calls, meetings and visits of the next seven days
    INVOICES = "invoices"  # what was issued last
    MONTHS = "months"  # collected month by month


USUAL_HOME = (HomePart.MONEY, HomePart.QUEUE)


@dataclass(frozen=True, slots=True)
class PresetStage:
    """A stage of the pipeline, with what it asks for."""

    name: str
    probability_percent: int
    silent_after_days: int
    required_fields: tuple[str, ...] = ()
    checklist: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PresetItem:
    """Something that is sold: names by language, no price."""

    code: str
    names: dict[str, str]
    unit_code: str
    kind: str
    supply: str


@dataclass(frozen=True, slots=True)
class PresetLetter:
    """Words to begin a letter with."""

    name: str
    language: str
    subject: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Preset:
    """Everything that a preset brings, in the language of a business."""

    key: str
    name: str
    lead: str
    pipeline: str
    stages: tuple[PresetStage, ...]
    lost_reasons: tuple[str, ...]
    items: tuple[PresetItem, ...]
    columns: tuple[str, ...]  # of documents
    texts: dict[str, dict[str, str]]  # of documents, by language and place
    letters: tuple[PresetLetter, ...]
    quotes_hold_days: int
    quote_terms: str
    home: tuple[HomePart, ...]


@dataclass(frozen=True, slots=True)
class StageWords:
    """A stage in all languages."""

    name: Words
    probability_percent: int
    silent_after_days: int
    required_fields: tuple[str, ...] = ()
    checklist: tuple[Words, ...] = ()


@dataclass(frozen=True, slots=True)
class ItemWords:
    """Something that is sold, in all languages."""

    code: str
    name: Words
    unit_code: str
    kind: str = "service"
    supply: str = "services"


@dataclass(frozen=True, slots=True)
class LetterWords:
    """A letter in all languages."""

    name: Words
    subject: Words
    text: Words

    def letters(self) -> tuple[PresetLetter, ...]:
        """Return the letter in each language."""
        rows = zip(LANGUAGES, self.name, self.subject, self.text, strict=True)
        return tuple(PresetLetter(name, language, subject, text) for language, name, subject, text in rows)


@dataclass(frozen=True, slots=True, kw_only=True)
class PresetWords:
    """A preset in all languages."""

    key: str
    name: Words
    lead: Words
    pipeline: Words
    stages: tuple[StageWords, ...]
    lost_reasons: tuple[Words, ...]
    items: tuple[ItemWords, ...]
    intro: Words
    terms: Words
    letters: tuple[LetterWords, ...]
    quotes_hold_days: int
    quote_terms: Words
    home: tuple[HomePart, ...]
    columns: tuple[str, ...] = ("position", "quantity", "unit_price", "tax", "total")

    def in_language(self, language: str) -> Preset:
        """Return the preset in a language; in English where it does not speak that."""
        n = LANGUAGES.index(language) if language in LANGUAGES else 0
        return Preset(
            key=self.key,
            name=self.name[n],
            lead=self.lead[n],
            pipeline=self.pipeline[n],
            stages=tuple(
                PresetStage(
                    stage.name[n],
                    stage.probability_percent,
                    stage.silent_after_days,
                    stage.required_fields,
                    tuple(point[n] for point in stage.checklist),
                )
                for stage in self.stages
            ),
            lost_reasons=tuple(reason[n] for reason in self.lost_reasons),
            items=tuple(
                PresetItem(
                    item.code, dict(zip(LANGUAGES, item.name, strict=True)), item.unit_code, item.kind, item.supply
                )
                for item in self.items
            ),
            columns=self.columns,
            texts={
                each: {"intro": intro, "terms": terms}
                for each, intro, terms in zip(LANGUAGES, self.intro, self.terms, strict=True)
            },
            letters=tuple(letter for each in self.letters for letter in each.letters()),
            quotes_hold_days=self.quotes_hold_days,
            quote_terms=self.quote_terms[n],
            home=self.home,
        )


def checked_home(parts: Iterable[str]) -> list[str]:
    """Return the parts of a first page in their order, each once.

    Raises: RuleBroken for none, or one that is not known.

    Source: PS-3.
    """
    wanted = list(dict.fromkeys(parts))
    unknown = [part for part in wanted if part not in set(HomePart)]
    if unknown:
        raise RuleBroken("home.unknown_part", "“%(part)s” is no part of the first page.", part=unknown[0])
    if not wanted:
        raise RuleBroken("home.empty", "The first page shows at least one part.")
    return wanted


def home_of(kept: Iterable[str]) -> tuple[HomePart, ...]:
    """Return the parts of the first page as they were chosen; the usual ones where nothing was.

    Source: PS-3.
    """
    known = tuple(HomePart(part) for part in kept if part in set(HomePart))
    return known or USUAL_HOME
