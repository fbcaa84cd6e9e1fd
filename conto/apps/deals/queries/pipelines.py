"""Pipelines with their stages, and why deals are lost."""

from uuid import UUID

from django.db.models import Prefetch, QuerySet

from conto.apps.accounts.models import Member
from conto.apps.deals.models import Deal, LostReason, Pipeline, Stage
from conto.domain.permissions import Permission
from conto.domain.pipeline import StageRules


def pipelines(member: Member | None, *, with_archived: bool = False) -> QuerySet[Pipeline]:
    """Return the pipelines that a member may see, in order, each with its stages in `live_stages`."""
    if member is None or not member.may(Permission.DEAL_VIEW):
        return Pipeline.objects.none()
    rows = Pipeline.objects.all() if with_archived else Pipeline.objects.filter(is_archived=False)
    live = Stage.objects.filter(is_archived=False).order_by("position", "id")
    return rows.order_by("position", "id").prefetch_related(Prefetch("stages", live, to_attr="live_stages"))


def pipeline_for(member: Member | None, pipeline_id: UUID) -> Pipeline | None:
    """Return one pipeline with its stages, or nothing when there is none that the member may see."""
    return pipelines(member, with_archived=True).filter(id=pipeline_id).first()


def stage_for(member: Member | None, stage_id: UUID) -> Stage | None:
    """Return one stage that deals can stand in, with its pipeline."""
    if member is None or not member.may(Permission.DEAL_VIEW):
        return None
    return _live_stages().filter(id=stage_id).first()


def first_stage() -> Stage | None:
    """Return where a deal begins when nobody says it: the first stage of the first pipeline."""
    return _live_stages().order_by("pipeline__position", "pipeline_id", "position", "id").first()


def _live_stages() -> QuerySet[Stage]:
    return Stage.objects.filter(is_archived=False, pipeline__is_archived=False).select_related("pipeline")


def stages_of(pipeline_id: UUID) -> list[Stage]:
    """Return the stages of a pipeline that deals can stand in, in order."""
    return list(Stage.objects.filter(pipeline_id=pipeline_id, is_archived=False).order_by("position", "id"))


def open_counts(pipeline_id: UUID) -> dict[UUID, int]:
    """Return how many open deals stand in each stage of a pipeline."""
    found: dict[UUID, int] = {}
    for stage_id in Deal.objects.filter(pipeline_id=pipeline_id, state="open").values_list("stage_id", flat=True):
        found[stage_id] = found.get(stage_id, 0) + 1
    return found


def rules_of(stage: Stage, *, pipeline_id: UUID) -> StageRules:
    """Return what a stage asks for of a deal in a pipeline."""
    return StageRules(
        name=stage.name,
        position=stage.position,
        required_fields=tuple(stage.required_fields),
        checklist=tuple(stage.checklist),
        is_of_pipeline=stage.pipeline_id == pipeline_id,
    )


def lost_reasons() -> QuerySet[LostReason]:
    """Return why deals can be lost, in order."""
    return LostReason.objects.filter(is_archived=False).order_by("position", "name")


def lost_reason(reason_id: UUID) -> LostReason | None:
    """Return one reason that can be given."""
    return lost_reasons().filter(id=reason_id).first()
