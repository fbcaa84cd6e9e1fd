"""Set up and change pipelines, their stages and the reasons for lost deals."""

import itertools
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Max

from conto.apps.accounts.actions import business as accounts
from conto.apps.audit import actions as audit
from conto.apps.deals.entry import STAGE_FIELDS, StageEntry, checked_stages, words
from conto.apps.deals.models import Deal, LostReason, Pipeline, Stage
from conto.domain import facts
from conto.domain.errors import Conflict, RuleBroken
from conto.domain.facts import Actor, changes_between
from conto.domain.ids import new_id
from conto.domain.pipeline import first_pipeline
from conto.domain.preset import PresetStage

_MOST_REASONS = 50


@transaction.atomic
def open_first_pipeline(*, language: str, actor: Actor, at: datetime) -> Pipeline:
    """Give a new book a pipeline and lost reasons in the language of the business; one that has some keeps them."""
    there = Pipeline.objects.order_by("position").first()
    if there:
        return there
    first = first_pipeline(language)
    for position, name in enumerate(first.lost_reasons, 1):
        LostReason.objects.create(id=new_id(), name=name, position=position)
    stages = [
        StageEntry(
            name=stage.name,
            probability_percent=stage.probability_percent,
            silent_after_days=stage.silent_after_days,
        )
        for stage in first.stages
    ]
    return add_pipeline(name=first.name, stages=stages, actor=actor, at=at)


@transaction.atomic
def open_preset_pipeline(
    *, name: str, stages: Sequence[PresetStage], lost_reasons: Sequence[str], actor: Actor, at: datetime
) -> Pipeline:
    """Add the pipeline of a preset behind those that are there, and the reasons that are missing.

    Source: PS-2.
    """
    entries = [
        StageEntry(
            name=stage.name,
            probability_percent=stage.probability_percent,
            silent_after_days=stage.silent_after_days,
            required_fields=stage.required_fields,
            checklist=stage.checklist,
        )
        for stage in stages
    ]
    taken = set(Pipeline.objects.filter(is_archived=False).values_list("name", flat=True))
    free = next(each for n in itertools.count(1) if (each := name if n == 1 else f"{name} {n}") not in taken)
    there = LostReason.objects.filter(is_archived=False).order_by("position").values_list("name", flat=True)
    set_lost_reasons(names=[*there, *lost_reasons], actor=actor, at=at)
    return add_pipeline(name=free, stages=entries, actor=actor, at=at)


@transaction.atomic
def add_pipeline(*, name: str, stages: Sequence[StageEntry], actor: Actor, at: datetime) -> Pipeline:
    """Add a pipeline with its stages, behind the others.

    Raises: EntryRefused for stages that cannot stand; Conflict for a name that is taken.
    """
    kept = checked_stages(stages)
    last = Pipeline.objects.aggregate(last=Max("position"))["last"] or 0
    pipeline = Pipeline.objects.create(
        id=new_id(), name=_free_name(words(name, 100, is_needed=True)), position=last + 1, changed_at=at
    )
    for position, stage in enumerate(kept, 1):
        Stage.objects.create(id=new_id(), pipeline=pipeline, position=position, **stage)
    fact = facts.PipelineAdded(
        subject_id=pipeline.id, name=pipeline.name, stages=tuple(stage["name"] for stage in kept)
    )
    audit.record(fact, actor=actor, at=at)
    return pipeline


def _free_name(name: str, pipeline_id: UUID | None = None) -> str:
    others = Pipeline.objects.filter(name=name, is_archived=False)
    if (others.exclude(id=pipeline_id) if pipeline_id else others).exists():
        raise Conflict("pipeline.name_taken", "There is a pipeline with this name.")
    return name


@transaction.atomic
def change_pipeline(
    *, pipeline: Pipeline, name: str, stages: Sequence[StageEntry], actor: Actor, at: datetime
) -> UUID | None:
    """Change a pipeline and its stages, in the order given, and return the fact that tells of it, or nothing.

    A stage that is not named any more is archived; what deals went through it stays.

    Raises: EntryRefused; Conflict for a stage to be archived in which open deals stand.
    """
    row = Pipeline.objects.select_for_update().get(id=pipeline.id)
    kept = checked_stages(stages)
    there = {stage.id: stage for stage in Stage.objects.filter(pipeline=row, is_archived=False).order_by("position")}
    before = {"name": row.name, **_told(list(there.values()))}
    named = {entry.id for entry in stages if entry.id}
    if unknown := named - there.keys():
        raise RuleBroken("stage.unknown", "This pipeline has no such stage.", id=str(unknown.pop()))
    for stage in there.values():
        _make_room(stage, is_kept=stage.id in named)
    made = []
    for position, (entry, values) in enumerate(zip(stages, kept, strict=True), 1):
        stage = there[entry.id] if entry.id else Stage(id=new_id(), pipeline=row)
        for field in STAGE_FIELDS:
            setattr(stage, field, values[field])
        stage.position = position
        stage.save(force_insert=entry.id is None)
        made.append(stage)
    row.name, row.changed_at = _free_name(words(name, 100, is_needed=True), row.id), at
    changes = changes_between(before, {"name": row.name, **_told(made)})
    if not changes:
        return None
    row.save(update_fields=["name", "changed_at"])
    return audit.record(facts.PipelineChanged(subject_id=row.id, name=row.name, changes=changes), actor=actor, at=at)


def _make_room(stage: Stage, *, is_kept: bool) -> None:
    """Archive a stage that is no longer named; free the name of another, so that two can swap theirs."""
    if is_kept:
        Stage.objects.filter(id=stage.id).update(name=str(stage.id))
        return
    standing = Deal.objects.filter(stage=stage, state="open").count()
    if standing:
        raise Conflict(
            "stage.has_deals",
            "%(count)s open deals stand in “%(stage)s”. Move them first.",
            count=standing,
            stage=stage.name,
        )
    stage.is_archived = True
    stage.save(update_fields=["is_archived"])


def _told(stages: list[Stage]) -> dict[str, list[str]]:
    return {
        "stages": [stage.name for stage in stages],
        "probabilities": [f"{stage.name} {stage.probability_percent} %" for stage in stages],
        "silent_after": [f"{stage.name} {stage.silent_after_days or '–'}" for stage in stages],
        "required_fields": [f"{stage.name}: {name}" for stage in stages for name in stage.required_fields],
        "checklists": [f"{stage.name}: {point}" for stage in stages for point in stage.checklist],
    }


@transaction.atomic
def archive_pipeline(*, pipeline: Pipeline, actor: Actor, at: datetime) -> None:
    """Take a pipeline out of use; the deals that went through it stay.

    Raises: Conflict while open deals stand in it, or when it is the last one.
    """
    row = Pipeline.objects.select_for_update().get(id=pipeline.id)
    if row.is_archived:
        raise Conflict("pipeline.already_archived", "This pipeline is archived already.")
    if Deal.objects.filter(pipeline=row, state="open").exists():
        raise Conflict("pipeline.has_deals", "Open deals stand in this pipeline. Move or close them first.")
    if not Pipeline.objects.filter(is_archived=False).exclude(id=row.id).exists():
        raise Conflict("pipeline.last_one", "This is the only pipeline. Add another one first.")
    _set_archived(row, is_archived=True, actor=actor, at=at)


@transaction.atomic
def restore_pipeline(*, pipeline: Pipeline, actor: Actor, at: datetime) -> None:
    """Bring an archived pipeline back into use.

    Raises: Conflict when it is in use, or another one has its name.
    """
    row = Pipeline.objects.select_for_update().get(id=pipeline.id)
    if not row.is_archived:
        raise Conflict("pipeline.not_archived", "This pipeline is in use.")
    _free_name(row.name)
    _set_archived(row, is_archived=False, actor=actor, at=at)


def _set_archived(row: Pipeline, *, is_archived: bool, actor: Actor, at: datetime) -> None:
    row.is_archived, row.changed_at = is_archived, at
    row.save(update_fields=["is_archived", "changed_at"])
    changes: facts.Changes = {"is_archived": [not is_archived, is_archived]}
    audit.record(facts.PipelineChanged(subject_id=row.id, name=row.name, changes=changes), actor=actor, at=at)


@transaction.atomic
def set_lost_reasons(*, names: Sequence[str], actor: Actor, at: datetime) -> UUID | None:
    """Set why deals can be lost, in order, and return the fact that tells of it; one that is gone stays on its deals.

    Raises: RuleBroken for none at all, or too many.
    """
    wanted = list(dict.fromkeys(text for name in names if (text := words(name, 100))))
    if not wanted:
        raise RuleBroken("lost_reason.none", "Name at least one reason.")
    if len(wanted) > _MOST_REASONS:
        raise RuleBroken("lost_reason.too_many", "At most %(most)s reasons.", most=_MOST_REASONS)
    there = {row.name: row for row in LostReason.objects.select_for_update().filter(is_archived=False)}
    before = sorted(there, key=lambda name: there[name].position)
    if before == wanted:
        return None
    for name, row in there.items():
        row.is_archived = name not in wanted
        row.save(update_fields=["is_archived"])
    for position, name in enumerate(wanted, 1):
        row = there.get(name) or LostReason(id=new_id(), name=name)
        row.position = position
        row.save(force_insert=name not in there)
    fact = facts.SettingsChanged(
        subject_id=accounts.BOOK, area="lost_reasons", changes={"lost_reasons": [before, wanted]}
    )
    return audit.record(fact, actor=actor, at=at)
