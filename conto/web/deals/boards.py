"""The board of a pipeline: columns of cards, dragged by the mouse, moved by keyboard and thumb."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from conto.apps.deals import actions, queries
from conto.domain.errors import RuleBroken
from conto.domain.permissions import Permission
from conto.web import htmx
from conto.web.access import may, needs
from conto.web.deals.reads import deal_of, filters_in, owner_choices, stage_choices
from conto.web.deals.words import findings_of, told
from conto.web.errors.refusals import status_of
from conto.web.reading import actor_of, book, found, uuid_in, words_of


@needs(Permission.DEAL_VIEW)
@require_GET
def board(request: HttpRequest) -> HttpResponseBase:
    """Show the open deals of a pipeline, a column per stage."""
    here = book(request)
    pipelines = list(queries.pipelines(here.member))
    wanted = uuid_in(request.GET.get("pipeline"))
    chosen = next((each for each in pipelines if each.id == wanted), pipelines[0] if pipelines else None)
    filters = filters_in(request, pipeline_id=chosen.id if chosen else None, stage_id=None, state="open")
    stages: list[Any] = chosen.live_stages if chosen else []  # type: ignore[attr-defined]
    columns = queries.board_of(here.member, stages, filters, here.at)
    totals: dict[str, list[int]] = {}
    for sums in (each for column in columns for each in column.sums):
        held = totals.setdefault(sums.currency, [0, 0, 0])
        for n, value in enumerate((sums.count, sums.value_minor, sums.weighted_minor)):
            held[n] += value
    context = {
        "pipelines": pipelines, "pipeline": chosen, "columns": columns, "filters": filters, "owners": owner_choices(),
        "totals": [(currency, *held) for currency, held in sorted(totals.items(), key=lambda each: -each[1][0])],
        "may_edit": may(here.member, Permission.DEAL_EDIT),
        "is_filtered": bool(filters.text or filters.owner_id or filters.slips),
    }  # fmt: skip
    return htmx.page_or_part(request, "deals/board.html", "board", context)


@needs(Permission.DEAL_VIEW)
@require_GET
def more(request: HttpRequest, stage_id: UUID) -> HttpResponseBase:
    """Show the next cards of a column."""
    here = book(request)
    stage = found(queries.stage_for(here.member, stage_id))
    filters = filters_in(request, pipeline_id=stage.pipeline_id, stage_id=None, state="open")
    column = queries.more_cards(here.member, stage, filters, request.GET.get("after", ""), here.at)
    context = {"column": column, "may_edit": may(here.member, Permission.DEAL_EDIT)}
    return render(request, "deals/_cards.html", context)


@needs(Permission.DEAL_EDIT)
@require_POST
def drop(request: HttpRequest, deal_id: UUID) -> HttpResponseBase:
    """Put a card where it was dropped; a refusal comes back in words and the card goes back."""
    here, deal = book(request), deal_of(request, deal_id)
    stage = found(queries.stage_for(here.member, uuid_in(request.POST.get("stage")) or UUID(int=0)))
    try:
        actions.move_deal(
            deal=deal,
            stage=stage,
            from_stage_id=uuid_in(request.POST.get("from")),
            below_id=uuid_in(request.POST.get("below")),
            actor=actor_of(request),
            at=here.at,
        )
    except RuleBroken as refusal:
        return JsonResponse({"message": told(refusal)}, status=status_of(refusal))
    return JsonResponse({"message": ""})


@needs(Permission.DEAL_EDIT)
def move(request: HttpRequest, deal_id: UUID) -> HttpResponseBase:
    """Ask where a deal is to go, and move it: the way of keyboard and thumb."""
    here, deal = book(request), deal_of(request, deal_id)
    context: dict[str, Any] = {
        "deal": deal,
        "stages": stage_choices(list(queries.pipelines(here.member))),
        "next": htmx.safe_next(request, f"/deals/{deal.id}/"),
        "chosen": request.POST.get("stage") or request.GET.get("to") or str(deal.stage_id),
    }
    status = 200
    if request.method == "POST":
        stage = found(queries.stage_for(here.member, uuid_in(request.POST.get("stage")) or UUID(int=0)))
        try:
            actions.move_deal(
                deal=deal, stage=stage, from_stage_id=uuid_in(request.POST.get("from")), actor=actor_of(request),
                at=here.at,
            )  # fmt: skip
        except RuleBroken as refusal:
            context |= {"refusal": words_of(refusal), "missing": findings_of(refusal)}
            status = 422
        else:
            words = _("%(deal)s is in “%(stage)s”.") % {"deal": deal.name, "stage": stage.name}
            return htmx.toast(htmx.redirect(request, context["next"]), words)
    if htmx.is_part(request):
        return HttpResponse(render(request, "deals/_move.html", context).content)
    return render(request, "deals/move.html", context, status=status)
