"""Targets for the people who have them: the list, one with what is behind its figure, and setting them."""

from typing import TYPE_CHECKING, Any, get_args

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from conto.apps.accounts import queries as accounts
from conto.apps.quotas import actions, queries
from conto.apps.quotas.queries import TargetRow, When
from conto.domain.errors import RuleBroken
from conto.domain.permissions import Permission
from conto.domain.quota import Span as Length
from conto.domain.quota import begins_on, period_name
from conto.web.access import may, needs
from conto.web.htmx import redirect, toast
from conto.web.quotas.forms import AmountForm, TargetForm
from conto.web.quotas.words import MEASURE_WORDS, PACE_TONES, PACE_WORDS, days_words, period_words
from conto.web.reading import Here, actor_of, book, found, uuid_in, words_of

if TYPE_CHECKING:
    from uuid import UUID

    from conto.apps.quotas.models import Quota

VIEWS = [("now", gettext_lazy("Running")), ("coming", gettext_lazy("To come")), ("past", gettext_lazy("Over"))]


@require_GET
@needs(Permission.TARGET_VIEW)
def target_list(request: HttpRequest) -> HttpResponse:
    """Show the targets that a member sees, and how far each is."""
    here = book(request)
    asked = request.GET.get("when", "now")
    when: When = asked if asked in get_args(When) else "now"  # type: ignore[assignment]
    rows = queries.target_rows(here.member, today=here.today, zone=here.business.zone, when=when)
    context = {"views": VIEWS, "when": when, "rows": [_told(row) for row in rows]}
    return render(request, "quotas/list.html", context)


@require_http_methods(["GET", "POST"])
@needs(Permission.TARGET_EDIT)
def new(request: HttpRequest) -> HttpResponseBase:
    """Set a target of a person, a team or everybody."""
    here = book(request)
    people, teams = accounts.members().filter(is_active=True), accounts.teams()
    whose: list[tuple[str, Any]] = [("", _("Everybody"))]
    whose += [(f"team:{each.id}", _("Team %(name)s") % {"name": each.name}) for each in teams]
    whose += [(f"member:{each.id}", each.name) for each in people]
    currency = (request.POST.get("currency", "").strip().upper() or here.business.currency)[:3]
    if request.method == "GET":
        first = {"period": period_name(Length.QUARTER, begins_on(Length.QUARTER, here.today)), "currency": currency}
        form = TargetForm(currency=currency, whose=whose, today=here.today, initial=first)
        return render(request, "quotas/form.html", {"form": form})
    try:
        form = TargetForm(request.POST, currency=currency, whose=whose, today=here.today)
        form.fields["whose"].required = False
        if form.is_valid():
            made = _set(request, here, form.cleaned_data, people, teams)
            return toast(redirect(request, reverse("target", args=[made.id])), _("Saved."))
    except RuleBroken as refusal:
        form = TargetForm(request.POST, currency=here.business.currency, whose=whose, today=here.today)
        form.is_valid()
        form.add_error(None, words_of(refusal))
    return render(request, "quotas/form.html", {"form": form}, status=422)


def _set(request: HttpRequest, here: Here, known: dict[str, Any], people: Any, teams: Any) -> "Quota":
    kind, _colon, chosen = known["whose"].partition(":")
    chosen_id = uuid_in(chosen)
    return actions.set_target(
        member=found(people.filter(id=chosen_id).first()) if kind == "member" else None,
        team=found(teams.filter(id=chosen_id).first()) if kind == "team" else None,
        period=known["period"],
        measure=known["measure"],
        amount_minor=known["amount"],
        currency=known["currency"].upper(),
        actor=actor_of(request),
        at=here.at,
    )


@require_GET
@needs(Permission.TARGET_VIEW)
def show(request: HttpRequest, target_id: "UUID") -> HttpResponseBase:
    """Show a target, how far it is, and the deals, documents and payments that its figure is made of."""
    here = book(request)
    target = found(queries.target_for(here.member, target_id))
    return render(request, "quotas/target.html", _shown(here, target))


def _shown(here: Here, target: "Quota", form: AmountForm | None = None) -> dict[str, Any]:
    row = queries.target_row(target, today=here.today, zone=here.business.zone)
    initial = {"amount": target.amount_minor}
    return {
        "told": _told(row),
        "behind": queries.counted(here.member, target, zone=here.business.zone),
        "form": form or AmountForm(currency=target.currency, initial=initial),
        "may_edit": may(here.member, Permission.TARGET_EDIT),
    }


@require_POST
@needs(Permission.TARGET_EDIT)
def act(request: HttpRequest, target_id: "UUID") -> HttpResponseBase:
    """Change how much a target is, or remove it."""
    here = book(request)
    target = found(queries.target_for(here.member, target_id))
    if request.POST.get("act") == "remove":
        actions.remove_target(target=target, actor=actor_of(request), at=here.at)
        return toast(redirect(request, reverse("targets")), _("The target is removed."))
    form = AmountForm(request.POST, currency=target.currency)
    if not form.is_valid():
        return render(request, "quotas/target.html", _shown(here, target, form), status=422)
    try:
        actions.change_target(
            target=target, amount_minor=form.cleaned_data["amount"], actor=actor_of(request), at=here.at
        )
    except RuleBroken as refusal:
        form.add_error(None, words_of(refusal))
        return render(request, "quotas/target.html", _shown(here, target, form), status=422)
    return toast(redirect(request, reverse("target", args=[target.id])), _("Saved."))


def _told(row: TargetRow) -> dict[str, Any]:
    pace = row.standing.pace
    return {
        "row": row,
        "whose": row.whose or _("Everybody"),
        "period": period_words(row),
        "measure": MEASURE_WORDS[row.measure],
        "pace": PACE_WORDS[pace],
        "tone": PACE_TONES[pace],
        "days": days_words(row),
        "bar": min(max(row.standing.percent, 0), 100),
    }
