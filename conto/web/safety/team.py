"""Who must sign in by two steps, who does, and help for who has lost them."""

from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from conto.apps.accounts import actions as accounts
from conto.apps.accounts import queries as members
from conto.apps.factors import queries
from conto.domain.permissions import Permission, Role
from conto.flows import change_factors
from conto.web import htmx
from conto.web.access import ROLE_WORDS, needs
from conto.web.freshness import fresh
from conto.web.reading import actor_of, book, found

TEAM = "/settings/security"


class RolesForm(forms.Form):
    """For which roles the password alone is not enough."""

    roles = forms.MultipleChoiceField(
        label=gettext_lazy("Roles that need a second step"),
        required=False,
        choices=[(role.value, ROLE_WORDS[role]) for role in Role],
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("Members of these roles without one are led to add one before any other page."),
    )


@needs(Permission.MEMBER_VIEW)
def team(request: HttpRequest) -> HttpResponseBase:
    """Show for which roles a second step is required, and who has one."""
    required = set(book(request).business.second_step_roles)
    safe = queries.members_with_second_step()
    rows = [
        {"member": each, "role": ROLE_WORDS[Role(each.role)], "is_safe": each.id in safe, "owes": each.role in required}
        for each in members.members().filter(is_active=True)
    ]
    form = RolesForm(initial={"roles": sorted(required)})
    words = [ROLE_WORDS[role] for role in Role if role.value in required]
    return render(request, "safety/team.html", {"form": form, "rows": rows, "required": words})


@require_POST
@needs(Permission.SECURITY_EDIT)
@fresh
def require(request: HttpRequest) -> HttpResponseBase:
    """Require a second step of the chosen roles."""
    form = RolesForm(request.POST)
    if form.is_valid():
        roles = [Role(name) for name in form.cleaned_data["roles"]]
        accounts.require_second_step(roles=roles, actor=actor_of(request), at=book(request).at)
    return htmx.toast(htmx.redirect(request, TEAM), _("Saved."))


@require_POST
@needs(Permission.SECURITY_EDIT)
@fresh
def reset(request: HttpRequest, member_id: UUID) -> HttpResponseBase:
    """Take everything away that a member signs in with besides the password, and tell them by mail."""
    known = found(members.member(member_id))
    change_factors.reset_factors(member_id=known.id, actor=actor_of(request), at=book(request).at)
    told = _("%(name)s signs in with the password alone now, and gets a mail about it.") % {"name": known.name}
    return htmx.toast(htmx.redirect(request, TEAM), told)
