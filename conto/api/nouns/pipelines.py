"""Pipelines with their stages and rules, and why deals are lost."""

from dataclasses import dataclass
from typing import Annotated, Any, Literal
from uuid import UUID

from django.http import HttpRequest
from pydantic import Field

from conto.api import paging
from conto.api.door import caller_of
from conto.api.fields import Count, Entry, Flag, Id
from conto.api.operations import noun, reads, writes
from conto.api.reading import found
from conto.apps.deals import actions, queries
from conto.apps.deals.entry import StageEntry
from conto.domain.permissions import Permission

router = noun("Pipelines")
_VIEW, _EDIT = Permission.DEAL_VIEW, Permission.PIPELINE_EDIT
Asked = Literal["value", "contact", "expected_close_on", "products", "next_step", "source"]
Title = Annotated[str, Field(min_length=1, max_length=100, examples=["Proposal"])]
Point = Annotated[str, Field(max_length=200, examples=["Budget asked"])]


@dataclass(frozen=True, slots=True)
class Stage:
    """A step of a pipeline and what it asks for."""

    id: Id
    name: str
    probability_percent: Count
    silent_after_days: int | None
    required_fields: list[str]
    checklist: list[str]


@dataclass(frozen=True, slots=True)
class Pipeline:
    """A way of selling."""

    id: Id
    name: str
    is_archived: Flag
    stages: list[Stage]


@dataclass(frozen=True, slots=True)
class LostReason:
    """Why a deal can be lost."""

    id: Id
    name: str


class StageGiven(Entry):
    """A stage, in order; with an id one that is there, without a new one."""

    id: Annotated[Id | None, Field(examples=[None])] = None
    name: Title
    probability_percent: Annotated[Count, Field(ge=0, le=100, examples=[60])]
    silent_after_days: Annotated[Count | None, Field(examples=[14])] = None
    required_fields: Annotated[list[Asked], Field(max_length=6)] = []
    checklist: Annotated[list[Point], Field(max_length=30)] = []


class PipelineEntry(Entry):
    """A pipeline with all its stages; a stage that is left out is archived."""

    name: Title
    stages: Annotated[list[StageGiven], Field(min_length=1, max_length=20)]


class ReasonsEntry(Entry):
    """Why deals can be lost, in order."""

    names: Annotated[list[Title], Field(min_length=1, max_length=50)]


@reads(router, "/pipelines", needs=_VIEW, gives=paging.Page[Pipeline])
def list_pipelines(request: HttpRequest) -> Any:
    """List the pipelines with their stages, archived ones too."""
    rows = queries.pipelines(caller_of(request).member, with_archived=True)
    return paging.whole(_shape(row) for row in rows)


def _shape(row: Any) -> Pipeline:
    names = ("id", "name", "probability_percent", "silent_after_days", "required_fields", "checklist")
    stages = [Stage(**{name: getattr(stage, name) for name in names}) for stage in row.live_stages]
    return Pipeline(row.id, row.name, row.is_archived, stages)


def _record(request: HttpRequest, pipeline_id: UUID) -> Any:
    return found(queries.pipeline_for(caller_of(request).member, pipeline_id))


@reads(router, "/pipelines/{uuid:pipeline_id}", needs=_VIEW, gives=Pipeline, is_record=True)
def get_pipeline(request: HttpRequest, pipeline_id: UUID) -> Any:
    """Get a pipeline with its stages."""
    return _shape(_record(request, pipeline_id))


def _stages(entry: PipelineEntry) -> list[StageEntry]:
    return [
        StageEntry(
            **stage.model_dump(exclude={"required_fields", "checklist"}),
            required_fields=tuple(stage.required_fields),
            checklist=tuple(stage.checklist),
        )
        for stage in entry.stages
    ]


@writes(router, "/pipelines", needs=_EDIT, gives=Pipeline, status=201)
def add_pipeline(request: HttpRequest, pipeline: PipelineEntry) -> Any:
    """Add a pipeline with its stages."""
    caller = caller_of(request)
    made = actions.add_pipeline(name=pipeline.name, stages=_stages(pipeline), actor=caller.actor, at=caller.at)
    return _shape(_record(request, made.id))


@writes(router, "/pipelines/{uuid:pipeline_id}", method="PUT", needs=_EDIT, gives=Pipeline)
def change_pipeline(request: HttpRequest, pipeline_id: UUID, pipeline: PipelineEntry) -> Any:
    """Change a pipeline: its name, its stages, their order and rules."""
    caller = caller_of(request)
    actions.change_pipeline(
        pipeline=_record(request, pipeline_id), name=pipeline.name, stages=_stages(pipeline), actor=caller.actor,
        at=caller.at,
    )  # fmt: skip
    return _shape(_record(request, pipeline_id))


@writes(router, "/pipelines/{uuid:pipeline_id}/archive", needs=_EDIT, gives=Pipeline)
def archive_pipeline(request: HttpRequest, pipeline_id: UUID) -> Any:
    """Take a pipeline out of use; the deals that went through it stay."""
    caller = caller_of(request)
    actions.archive_pipeline(pipeline=_record(request, pipeline_id), actor=caller.actor, at=caller.at)
    return _shape(_record(request, pipeline_id))


@writes(router, "/pipelines/{uuid:pipeline_id}/restore", needs=_EDIT, gives=Pipeline)
def restore_pipeline(request: HttpRequest, pipeline_id: UUID) -> Any:
    """Bring an archived pipeline back into use."""
    caller = caller_of(request)
    actions.restore_pipeline(pipeline=_record(request, pipeline_id), actor=caller.actor, at=caller.at)
    return _shape(_record(request, pipeline_id))


@reads(router, "/lost-reasons", needs=_VIEW, gives=paging.Page[LostReason])
def list_lost_reasons(request: HttpRequest) -> Any:
    """List why deals can be lost."""
    del request
    return list_reasons()


@writes(router, "/lost-reasons", method="PUT", needs=_EDIT, gives=paging.Page[LostReason])
def set_lost_reasons(request: HttpRequest, reasons: ReasonsEntry) -> Any:
    """Set why deals can be lost; one that is left out stays on its deals."""
    caller = caller_of(request)
    actions.set_lost_reasons(names=reasons.names, actor=caller.actor, at=caller.at)
    return list_reasons()


def list_reasons() -> paging.Page[LostReason]:
    """Return why deals can be lost, as the API gives it."""
    return paging.whole(LostReason(row.id, row.name) for row in queries.lost_reasons())
