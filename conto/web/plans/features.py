"""Features of a plan: what it lets its subscribers use, on a page of their own, since nothing is billed by them."""

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from conto.apps.plans import actions, queries
from conto.domain.entitlement import LONGEST_NAME, LONGEST_UNIT, MOST_FEATURES, Feature
from conto.domain.errors import RuleBroken
from conto.domain.permissions import Permission
from conto.web.access import needs
from conto.web.controls import NumberField
from conto.web.customers.forms import EntryForm
from conto.web.formats import number_text
from conto.web.htmx import redirect, toast
from conto.web.reading import actor_of, book, found

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from conto.apps.plans.models import Plan, PlanVersion

_EMPTY_ROWS = 3
_LONGEST_KEY = 40


class FeatureForm(forms.Form):
    """A feature; a row without name and key is none."""

    name = forms.CharField(label=gettext_lazy("Name"), required=False, max_length=LONGEST_NAME)
    key = forms.CharField(
        label=gettext_lazy("Key"), required=False, max_length=_LONGEST_KEY,
        help_text=gettext_lazy("Programs ask for it by this."),
    )  # fmt: skip
    limit = NumberField(
        label=gettext_lazy("Limit"), required=False, places=12, help_text=gettext_lazy("Empty: as much as they like.")
    )
    unit = forms.CharField(label=gettext_lazy("Unit"), required=False, max_length=LONGEST_UNIT)
    item = forms.ChoiceField(label=gettext_lazy("What counts"), required=False)

    def __init__(self, *args: Any, measured: "Sequence[tuple[str, str]]", **more: Any) -> None:
        super().__init__(*args, **more)
        self.fields["item"].choices = [("", _("nothing is measured")), *measured]  # type: ignore[attr-defined]

    def feature(self) -> Feature | None:
        """Return the feature that was typed, or nothing."""
        known = self.cleaned_data
        if not known["name"].strip() and not known["key"].strip():
            return None
        key = known["key"].strip()
        return Feature(key, known["name"].strip() or key, known["limit"], known["unit"].strip(), known["item"])


class WhyForm(EntryForm):
    """Why features change, and of which version they were shown."""

    version = forms.IntegerField(required=False, widget=forms.HiddenInput)
    reason = forms.CharField(label=gettext_lazy("Why it changes"), required=False, max_length=500)


@require_http_methods(["GET", "POST"])
@needs(Permission.PLAN_EDIT)
def edit(request: HttpRequest, plan_id: "UUID") -> HttpResponseBase:
    """Change what a plan lets its subscribers use: a new version, which new subscriptions take."""
    here = book(request)
    plan = found(queries.plan_for(here.member, plan_id))
    version = found(queries.version_for(plan))
    measured = [(each.key, each.name) for each in queries.items_of(version) if each.measure]
    terms = queries.terms_of(version)
    if request.method == "GET":
        rows = [_initial(each) for each in terms.features]
        rows += [{}] * min(_EMPTY_ROWS, MOST_FEATURES - len(rows))
        shown = [FeatureForm(initial=row, prefix=f"f{n}", measured=measured) for n, row in enumerate(rows)]
        return _page(request, plan, version, shown, WhyForm(initial={"version": plan.version}))
    typed = [
        FeatureForm(request.POST, prefix=f"f{n}", measured=measured)
        for n in range(MOST_FEATURES)
        if f"f{n}-name" in request.POST
    ]
    why = WhyForm(request.POST)
    if all([why.is_valid(), *(each.is_valid() for each in typed)]):
        features = tuple(feature for each in typed if (feature := each.feature()) is not None)
        try:
            actions.change_plan(
                plan=plan, changes={}, terms=replace(terms, features=features), reason=why.cleaned_data["reason"],
                expected_version=why.cleaned_data["version"], actor=actor_of(request), at=here.at,
            )  # fmt: skip
        except RuleBroken as refusal:
            why.refuse(refusal)
        else:
            return toast(redirect(request, reverse("plan", args=[plan.id])), _("Saved."))
    return _page(request, plan, version, typed, why, status=422)


def _initial(feature: Feature) -> dict[str, Any]:
    return {
        "name": feature.name, "key": feature.key, "limit": feature.limit, "unit": feature.unit, "item": feature.item,
    }  # fmt: skip


def _page(
    request: HttpRequest, plan: "Plan", version: "PlanVersion", rows: list[FeatureForm], why: WhyForm, *,
    status: int = 200,
) -> HttpResponse:  # fmt: skip
    context = {"plan": plan, "version": version, "rows": rows, "form": why, "back": reverse("plan", args=[plan.id])}
    return render(request, "plans/features.html", context, status=status)


def limit_words(feature: Feature) -> str:
    """Say up to what a feature may be used."""
    if feature.limit is None:
        return _("without a limit") if feature.unit or feature.item else _("yes")
    return f"{number_text(feature.limit.normalize())} {feature.unit}".strip()
