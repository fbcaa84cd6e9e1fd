"""Pipelines: when a deal may go on, what it is worth by its chance, and whether it slips. Pure."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from conto.domain.errors import Finding, RuleBroken
from conto.domain.money import round_half_away

# What a stage can ask of a deal before it comes in, and the words in which that is missed.
_MISSING = {
    "value": Finding("deal.value_missing", "The deal has no value yet."),
    "contact": Finding("deal.contact_missing", "Nobody is named to talk to at the customer."),
    "expected_close_on": Finding("deal.close_day_missing", "Nobody has said when the deal is expected to close."),
    "products": Finding("deal.products_missing", "The deal has no products yet."),
    "next_step": Finding("deal.next_step_missing", "The deal has no next step."),
    "source": Finding("deal.source_missing", "Nobody has said where the deal came from."),
}
REQUIRABLE_FIELDS = tuple(_MISSING)
_HUNDRED = Decimal(100)


@dataclass(frozen=True, slots=True)
class StageRules:
    """What a stage asks for: fields before a deal comes in, a checklist before it goes on."""

    name: str
    position: int
    required_fields: tuple[str, ...] = ()
    checklist: tuple[str, ...] = ()
    is_of_pipeline: bool = True  # of the pipeline that the deal is in


def findings_for_move(
    *,
    target: StageRules,
    stages: Sequence[StageRules],
    current: StageRules,
    filled: Collection[str],
    ticked: Collection[str],
) -> tuple[Finding, ...]:
    """List what stands against moving a deal from `current` to `target`; `stages` are those of its pipeline.

    Going on asks for the checklist of the stage that is left, and for the fields of every stage up to the target, so
    that leaping over a stage leaps over none of its rules. Going back asks for nothing. Into another pipeline, the
    fields of the target are asked for.
    Source: S-1.
    """
    if target.is_of_pipeline and target.position <= current.position:
        return ()
    on_the_way = [target]
    if target.is_of_pipeline:
        on_the_way = [each for each in stages if current.position < each.position <= target.position]
    asked = {field for stage in on_the_way for field in stage.required_fields}
    missing = [_MISSING[field] for field in REQUIRABLE_FIELDS if field in asked and field not in filled]
    undone = [label for label in current.checklist if label not in ticked] if target.is_of_pipeline else []
    return (*missing, *(Finding("deal.not_ticked", "Not done yet: %(point)s", {"point": label}) for label in undone))


def demand_move(findings: Sequence[Finding], *, stage: str) -> None:
    """Refuse a move against which something stands.

    Raises: RuleBroken `deal.stage_asks_for_more`, with every finding.
    Source: S-1.
    """
    if findings:
        raise RuleBroken(
            "deal.stage_asks_for_more",
            "“%(stage)s” asks for more before this deal may come in.",
            stage=stage,
            findings=tuple(findings),
        )


def weighted_minor(value_minor: int, probability_percent: int) -> int:
    """Give what a deal is worth by its chance to be won.

    Rounds: half away from zero, once per deal; sums add what was rounded.
    Source: S-2.
    """
    return round_half_away(Decimal(value_minor) * probability_percent / _HUNDRED)


def line_minor(*, quantity: Decimal, unit_price_minor: int, discount_percent: Decimal) -> int:
    """Give the amount of one product of a deal, before tax.

    Rounds: half away from zero, once per line.
    Source: S-4.
    """
    return round_half_away(quantity * unit_price_minor * (_HUNDRED - discount_percent) / _HUNDRED)


def is_silent(*, last_activity_at: datetime, silent_after_days: int | None, at: datetime) -> bool:
    """Tell whether nothing has happened with a deal for longer than its stage allows.

    Source: S-3.
    """
    return silent_after_days is not None and at - last_activity_at >= timedelta(days=silent_after_days)


def lacks_next_step(*, state: str, next_step_at: datetime | None) -> bool:
    """Tell whether an open deal has nothing planned that would bring it on.

    Source: S-3.
    """
    return state == "open" and next_step_at is None


@dataclass(frozen=True, slots=True)
class FirstStage:
    """A stage that a new book begins with."""

    name: str
    probability_percent: int
    silent_after_days: int


@dataclass(frozen=True, slots=True)
class FirstPipeline:
    """What a new book begins to sell with, in the language of the business."""

    name: str
    stages: tuple[FirstStage, ...]
    lost_reasons: tuple[str, ...]


def _first(name: str, stages: tuple[str, str, str, str], lost_reasons: tuple[str, ...]) -> FirstPipeline:
    shape = ((20, 14), (40, 14), (60, 10), (80, 7))
    made = tuple(FirstStage(word, *each) for word, each in zip(stages, shape, strict=True))
    return FirstPipeline(name, made, lost_reasons)


_FIRST = {
    "en": _first(
        "Sales",
        ("Qualified", "Meeting", "Proposal", "Negotiation"),
        ("Price", "No budget", "Chose somebody else", "No need any more", "No answer"),
    ),
    "de": _first(
        "Vertrieb",
        ("Qualifiziert", "Gespräch", "Angebot", "Verhandlung"),
        ("Preis", "Kein Budget", "Anderen Anbieter gewählt", "Kein Bedarf mehr", "Keine Antwort"),
    ),
    "fr": _first(
        "Ventes",
        ("Qualifié", "Entretien", "Proposition", "Négociation"),
        ("Prix", "Pas de budget", "A choisi un autre", "Plus de besoin", "Sans réponse"),
    ),
}


def first_pipeline(language: str) -> FirstPipeline:
    """Return the pipeline and lost reasons that a new book begins with."""
    return _FIRST.get(language[:2], _FIRST["en"])
