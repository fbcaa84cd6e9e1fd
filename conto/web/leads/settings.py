"""The forms for strangers with their preview and what other sites paste in, and who looks after which new lead."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.forms import BaseFormSet, formset_factory
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from conto.apps.accounts import queries as accounts
from conto.apps.fields.queries import seen_fields
from conto.apps.leads import actions, queries
from conto.apps.leads.entry import RuleEntry
from conto.domain.errors import RuleBroken
from conto.domain.fields import Subject
from conto.domain.permissions import Permission
from conto.flows import score_leads
from conto.web import htmx
from conto.web.access import needs
from conto.web.leads.arranging import FormForm, RuleForm
from conto.web.leads.reads import owner_choices
from conto.web.portal.lead_forms import StrangersForm, texts_of
from conto.web.reading import actor_of, book, found, uuid_in, words_of


@needs(Permission.LEAD_FORM_EDIT)
@require_GET
def index(request: HttpRequest) -> HttpResponseBase:
    """Show the forms, and the way to the rules."""
    here = book(request)
    learnt, tested = score_leads.how_good(at=here.at)
    context = {
        "forms": queries.forms(here.member), "learnt": learnt, "finished": learnt.good + learnt.bad, "tested": tested,
    }  # fmt: skip
    return render(request, "leads/forms.html", context)


@needs(Permission.LEAD_FORM_EDIT)
def new(request: HttpRequest) -> HttpResponseBase:
    """Add a form."""
    here = book(request)
    first = {"source": "web", "languages": [here.business.language], "is_active": True, "message": "needed"}
    form = FormForm(request.POST or None, owners=owner_choices(), own=_own(request), initial=first)
    if request.method == "POST" and form.is_valid():
        try:
            made = actions.add_form(new=form.entry(), actor=actor_of(request), at=here.at)
        except RuleBroken as refusal:
            form.refuse(refusal)
        else:
            return htmx.toast(htmx.redirect(request, f"/settings/lead-forms/{made.id}"), _("The form is ready."))
    context = {"form": form, "title": _("New form")}
    return render(request, "leads/form_settings.html", context, status=422 if form.errors else 200)


@needs(Permission.LEAD_FORM_EDIT)
def change(request: HttpRequest, form_id: UUID) -> HttpResponseBase:
    """Change a form, look at it, and copy what other sites paste in."""
    here = book(request)
    row = found(queries.form_for(here.member, form_id))
    form = FormForm(
        request.POST or None, owners=owner_choices(), own=_own(request), initial=FormForm.initial_of(row)
    )  # fmt: skip
    if request.method == "POST" and form.is_valid():
        try:
            actions.change_form(form=row, entry=form.entry(), actor=actor_of(request), at=here.at)
        except RuleBroken as refusal:
            form.refuse(refusal)
        else:
            return htmx.toast(htmx.redirect(request, f"/settings/lead-forms/{row.id}"), _("Saved."))
    language = row.languages[0]
    context = {
        "form": form, "title": row.name, "row": row, "address": f"{settings.PUBLIC_URL}/f/{row.token}",
        "shown": StrangersForm(form=row, language=language, auto_id="shown_%s"), "texts": texts_of(row, language),
        "in_frame": _frame_of(row), "plain": _plain_of(row),
    }  # fmt: skip
    return render(request, "leads/form_settings.html", context, status=422 if form.errors else 200)


def _own(request: HttpRequest) -> Any:
    here = book(request)
    return seen_fields(here.business, Subject.LEAD, here.member.role)


def _frame_of(row: Any) -> str:
    context = {"row": row, "address": f"{settings.PUBLIC_URL}/f/{row.token}?embed=1"}
    return render_to_string("leads/snippet_frame.html", context).strip()


def _plain_of(row: Any) -> str:
    context = {
        "row": row, "address": f"{settings.PUBLIC_URL}/f/{row.token}", "lang": row.languages[0],
        "shown": StrangersForm(form=row, language=row.languages[0]),
    }  # fmt: skip
    return render_to_string("leads/snippet_plain.html", context).strip()


@needs(Permission.LEAD_FORM_EDIT)
def routing(request: HttpRequest) -> HttpResponseBase:
    """Say who looks after which new lead: the first rule that fits."""
    shape = formset_factory(RuleForm, extra=1, can_delete=True, can_order=True, max_num=50)
    first = [
        {
            "source": rule.source, "country": rule.country, "language": rule.language, "contains": rule.contains,
            "members": [] if rule.team_id else [str(each) for each in rule.member_ids],
            "team": str(rule.team_id or ""), "ORDER": rule.position,
        }
        for rule in queries.routing_rules()
    ]  # fmt: skip
    choices = {"members": owner_choices(), "teams": [(str(each.id), each.name) for each in accounts.teams()]}
    rows = shape(request.POST or None, initial=first, prefix="rules", form_kwargs=choices)
    refusal = ""
    if request.method == "POST" and rows.is_valid():
        try:
            actions.set_routing(rules=_rules(rows), actor=actor_of(request), at=book(request).at)
        except RuleBroken as broken:
            refusal = words_of(broken)
        else:
            return htmx.toast(htmx.redirect(request, "/settings/lead-routing"), _("Saved."))
    context = {"rows": rows, "refusal": refusal}
    return render(request, "leads/routing.html", context, status=422 if refusal or rows.is_bound else 200)


def _rules(rows: "BaseFormSet[RuleForm]") -> list[RuleEntry]:
    kept = []
    for form in rows:
        values = form.cleaned_data
        if not values or values.get("DELETE") or not (values["members"] or values["team"]):
            continue
        rule = RuleEntry(
            source=values["source"], country=values["country"], language=values["language"],
            contains=values["contains"],
            member_ids=[found_id for each in values["members"] if (found_id := uuid_in(each))],
            team_id=uuid_in(values["team"]),
        )  # fmt: skip
        kept.append((values.get("ORDER") or 999, rule))
    return [rule for _place, rule in sorted(kept, key=lambda each: each[0])]
