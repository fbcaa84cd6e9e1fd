"""Settings: pipelines, their stages and rules, and why deals are lost."""

from typing import Any
from uuid import UUID

from django.forms import formset_factory
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from conto.apps.crm.entry import EntryRefused
from conto.apps.deals import actions, queries
from conto.apps.deals.entry import StageEntry
from conto.domain.errors import RuleBroken
from conto.domain.permissions import Permission
from conto.web import htmx
from conto.web.access import needs
from conto.web.deals.forms import PipelineForm, ReasonsForm, StageForm
from conto.web.reading import actor_of, book, found, words_of

_HOME = "/settings/pipelines"
_Stages = formset_factory(StageForm, extra=2, can_delete=True, can_order=True, max_num=20)


@needs(Permission.PIPELINE_EDIT)
def index(request: HttpRequest) -> HttpResponseBase:
    """Show the pipelines and why deals are lost."""
    member = book(request).member
    context = {
        "pipelines": list(queries.pipelines(member, with_archived=True)),
        "form": ReasonsForm(initial={"reasons": "\n".join(each.name for each in queries.lost_reasons())}),
    }
    return render(request, "deals/pipelines.html", context)


@needs(Permission.PIPELINE_EDIT)
@require_POST
def reasons(request: HttpRequest) -> HttpResponseBase:
    """Set why deals can be lost."""
    names = request.POST.get("reasons", "").splitlines()
    actions.set_lost_reasons(names=names, actor=actor_of(request), at=book(request).at)
    return htmx.toast(htmx.redirect(request, _HOME), _("Saved."))


@needs(Permission.PIPELINE_EDIT)
def new(request: HttpRequest) -> HttpResponseBase:
    """Add a pipeline."""
    return _edit(request, None)


@needs(Permission.PIPELINE_EDIT)
def change(request: HttpRequest, pipeline_id: UUID) -> HttpResponseBase:
    """Change a pipeline: its name, stages, their order and rules."""
    return _edit(request, found(queries.pipeline_for(book(request).member, pipeline_id)))


def _edit(request: HttpRequest, pipeline: Any) -> HttpResponseBase:
    stages = pipeline.live_stages if pipeline else []
    form = PipelineForm(request.POST or None, initial={"name": pipeline.name if pipeline else ""})
    rows = _Stages(request.POST or None, initial=[_first(stage) for stage in stages], prefix="stages")
    if request.method == "POST" and form.is_valid() and rows.is_valid():
        chosen = [row for row in rows.ordered_forms if row.cleaned_data.get("name")]
        given: dict[str, Any] = {
            "name": form.cleaned_data["name"], "stages": [_entry(row.cleaned_data) for row in chosen],
            "actor": actor_of(request), "at": book(request).at,
        }  # fmt: skip
        try:
            if pipeline:
                actions.change_pipeline(pipeline=pipeline, **given)
            else:
                actions.add_pipeline(**given)
        except RuleBroken as refusal:
            _refuse(form, chosen, refusal)
        else:
            return htmx.toast(htmx.redirect(request, _HOME), _("Saved."))
    status = 422 if rows.is_bound else 200
    context = {
        "form": form, "rows": rows, "pipeline": pipeline,
        "title": pipeline.name if pipeline else _("New pipeline"),
        "open_counts": queries.open_counts(pipeline.id) if pipeline else {},
    }  # fmt: skip
    return render(request, "deals/pipeline.html", context, status=status)


def _first(stage: Any) -> dict[str, Any]:
    return {
        "id": stage.id, "name": stage.name, "probability": stage.probability_percent,
        "silent_after_days": stage.silent_after_days, "required_fields": stage.required_fields,
        "checklist": "\n".join(stage.checklist),
    }  # fmt: skip


def _entry(values: dict[str, Any]) -> StageEntry:
    return StageEntry(
        id=values["id"], name=values["name"], probability_percent=values["probability"] or 0,
        silent_after_days=values["silent_after_days"], required_fields=tuple(values["required_fields"]),
        checklist=tuple(values["checklist"].splitlines()),
    )  # fmt: skip


def _refuse(form: PipelineForm, chosen: list[StageForm], refusal: RuleBroken) -> None:
    if not isinstance(refusal, EntryRefused):
        form.add_error(None, words_of(refusal))
        return
    for place, broken in refusal.by_field.items():
        _stages, number, name = place.split(".")
        row = chosen[int(number)]
        row.add_error(row.NAMES.get(name, name), words_of(broken))


@needs(Permission.PIPELINE_EDIT)
@require_POST
def archive(request: HttpRequest, pipeline_id: UUID) -> HttpResponseBase:
    """Take a pipeline out of use."""
    pipeline = found(queries.pipeline_for(book(request).member, pipeline_id))
    actions.archive_pipeline(pipeline=pipeline, actor=actor_of(request), at=book(request).at)
    undo = f"{_HOME}/{pipeline.id}/restore"
    return htmx.toast(htmx.redirect(request, _HOME), _("%(name)s is archived.") % {"name": pipeline.name}, undo)


@needs(Permission.PIPELINE_EDIT)
@require_POST
def restore(request: HttpRequest, pipeline_id: UUID) -> HttpResponseBase:
    """Bring a pipeline back into use."""
    pipeline = found(queries.pipeline_for(book(request).member, pipeline_id))
    actions.restore_pipeline(pipeline=pipeline, actor=actor_of(request), at=book(request).at)
    return htmx.toast(htmx.redirect(request, _HOME), _("%(name)s is in use again.") % {"name": pipeline.name})
