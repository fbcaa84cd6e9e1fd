"""Who sees whose records: how far each role sees, and the teams."""

from typing import Any
from uuid import UUID

from django import forms
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from conto.apps.accounts import actions, queries
from conto.domain.errors import RuleBroken
from conto.domain.permissions import Permission, Role, is_granted
from conto.domain.sight import LIMITABLE, Area, Reach
from conto.web import htmx
from conto.web.access import ROLE_WORDS, may, needs
from conto.web.freshness import fresh
from conto.web.reading import actor_of, book, found, words_of

_ADDRESS = "/settings/seeing"
AREA_WORDS = {
    Area.LEADS: gettext_lazy("Leads"),
    Area.DEALS: gettext_lazy("Deals"),
    Area.CUSTOMERS: gettext_lazy("Customers and their money"),
}
REACH_WORDS = {
    Reach.OWN: gettext_lazy("their own"),
    Reach.TEAM: gettext_lazy("their team’s"),
    Reach.ALL: pgettext_lazy("records of", "everybody’s"),
}
_VIEWED_WITH = {Area.LEADS: "lead:view", Area.DEALS: "deal:view", Area.CUSTOMERS: "customer:view"}
_PERMISSIONS = {each.value: each for each in Permission}


def seen_by(role: Role) -> list[Area]:
    """Return the areas that a role sees at all."""
    named = ((area, _PERMISSIONS.get(name)) for area, name in _VIEWED_WITH.items())
    return [area for area, permission in named if permission is not None and is_granted(role, permission)]


class ReachForm(forms.Form):
    """Whose records each role sees in each area."""

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        chosen = queries.reaches()
        for role in LIMITABLE:
            for area in seen_by(role):
                self.fields[f"{role.value}_{area.value}"] = forms.ChoiceField(
                    label=AREA_WORDS[area],
                    choices=[(reach.value, REACH_WORDS[reach]) for reach in Reach],
                    initial=chosen.get((role, area), Reach.ALL).value,
                )

    def by_role(self) -> list[tuple[Any, list[Any]]]:
        """Return the fields of each role."""
        return [
            (ROLE_WORDS[role], [self[f"{role.value}_{area.value}"] for area in seen_by(role)]) for role in LIMITABLE
        ]

    def wanted(self) -> dict[tuple[Role, Area], Reach]:
        """Return what was chosen."""
        given = (name.split("_") for name in self.cleaned_data)
        return {
            (Role(role), Area(area)): Reach(self.cleaned_data[f"{role}_{area}"]) for role, area in given
        }  # fmt: skip


class TeamForm(forms.Form):
    """The name of a team."""

    name = forms.CharField(
        label=gettext_lazy("Name of the team"), max_length=100, widget=forms.TextInput({"autocomplete": "off"})
    )


@needs(Permission.MEMBER_VIEW)
def seeing(request: HttpRequest) -> HttpResponseBase:
    """Show how far each role sees, and the teams."""
    chosen = queries.reaches()
    rows = [
        (ROLE_WORDS[role], [(AREA_WORDS[a], REACH_WORDS[chosen.get((role, a), Reach.ALL)]) for a in seen_by(role)])
        for role in LIMITABLE
    ]
    context = {
        "form": ReachForm() if may(book(request).member, Permission.MEMBER_EDIT) else None,
        "rows": rows,
        "bound": [ROLE_WORDS[role] for role in Role if role not in LIMITABLE],
        "teams": queries.teams().annotate(size=Count("members", filter=Q(members__is_active=True))),
    }
    return render(request, "settings/seeing.html", context)


@require_POST
@needs(Permission.MEMBER_EDIT)
@fresh
def reach(request: HttpRequest) -> HttpResponseBase:
    """Set how far each role sees."""
    form = ReachForm(request.POST)
    if form.is_valid():
        actions.set_reaches(wanted=form.wanted(), actor=actor_of(request), at=book(request).at)
    return htmx.toast(htmx.redirect(request, _ADDRESS), _("Saved."))


@never_cache
@needs(Permission.MEMBER_EDIT)
@fresh
def new_team(request: HttpRequest) -> HttpResponseBase:
    """Add a team."""
    form = TeamForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            actions.add_team(name=form.cleaned_data["name"], actor=actor_of(request), at=book(request).at)
        except RuleBroken as refusal:
            form.add_error("name", words_of(refusal))
        else:
            return htmx.toast(htmx.redirect(request, _ADDRESS), _("Put members into it on their pages."))
    return render(request, "settings/team.html", {"form": form}, status=422 if form.errors else 200)


@never_cache
@needs(Permission.MEMBER_EDIT)
@fresh
def team(request: HttpRequest, team_id: UUID) -> HttpResponseBase:
    """Rename a team, and show who is in it."""
    known = found(queries.team(team_id))
    form = TeamForm(request.POST or None, initial={"name": known.name})
    if request.method == "POST" and form.is_valid():
        try:
            actions.rename_team(
                team=known, name=form.cleaned_data["name"], actor=actor_of(request), at=book(request).at
            )
        except RuleBroken as refusal:
            form.add_error("name", words_of(refusal))
        else:
            return htmx.toast(htmx.redirect(request, _ADDRESS), _("Saved."))
    context = {"form": form, "known": known, "people": queries.members().filter(team=known)}
    return render(request, "settings/team.html", context, status=422 if form.errors else 200)


@require_POST
@needs(Permission.MEMBER_EDIT)
@fresh
def remove_team(request: HttpRequest, team_id: UUID) -> HttpResponseBase:
    """Remove a team; its members stay."""
    known = found(queries.team(team_id))
    actions.remove_team(team=known, actor=actor_of(request), at=book(request).at)
    said = _("The team %(name)s is gone; its members are in none now.") % {"name": known.name}
    return htmx.toast(htmx.redirect(request, _ADDRESS), said)
