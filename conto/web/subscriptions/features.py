"""What subscriptions let their customers use: of one with what differs from its plan, and of all of a customer."""

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from conto.apps.crm import queries as crm
from conto.apps.subscriptions import actions, queries
from conto.apps.usage import queries as usage
from conto.domain.entitlement import Effect, Entitlement, Feature
from conto.domain.errors import RuleBroken
from conto.domain.permissions import Permission
from conto.web.access import may, needs
from conto.web.controls import DayField, NumberField
from conto.web.customers.forms import EntryForm
from conto.web.formats import number_text
from conto.web.htmx import redirect, toast
from conto.web.reading import actor_of, book, found

if TYPE_CHECKING:
    from uuid import UUID

    from conto.apps.subscriptions.models import Subscription

EFFECT_WORDS = {
    Effect.GRANT.value: gettext_lazy("Granted"),
    Effect.REFUSE.value: gettext_lazy("Not granted"),
    Effect.AS_PLAN.value: gettext_lazy("As the plan has it"),
}


class OverrideForm(EntryForm):
    """What is to hold of a feature for one subscription."""

    key = forms.CharField(
        label=gettext_lazy("Key"), max_length=40, help_text=gettext_lazy("Of the plan, or another one.")
    )
    name = forms.CharField(
        label=gettext_lazy("Name"), required=False, max_length=200,
        help_text=gettext_lazy("Only of a feature that the plan does not have."),
    )  # fmt: skip
    effect = forms.ChoiceField(label=gettext_lazy("It is"), choices=list(EFFECT_WORDS.items()))
    limit = NumberField(
        label=gettext_lazy("Limit"), required=False, places=12, least=Decimal(0),
        help_text=gettext_lazy("Empty: as much as they like."),
    )  # fmt: skip
    until = DayField(label=gettext_lazy("Last day"), required=False)
    reason = forms.CharField(label=gettext_lazy("Why"), max_length=500)


@require_GET
@needs(Permission.SUBSCRIPTION_VIEW)
def of_one(request: HttpRequest, subscription_id: "UUID") -> HttpResponse:
    """Show what a subscription lets its customer use, and what differs from its plan."""
    row = found(queries.subscription_for(book(request).member, subscription_id))
    return _page(request, row, OverrideForm(initial={"key": request.GET.get("key", "")[:40]}))


@require_POST
@needs(Permission.SUBSCRIPTION_EDIT)
def override(request: HttpRequest, subscription_id: "UUID") -> HttpResponseBase:
    """Say for one subscription that a feature is granted, refused, or as the plan has it again."""
    here = book(request)
    row = found(queries.subscription_for(here.member, subscription_id))
    form = OverrideForm(request.POST)
    if form.is_valid():
        known = form.cleaned_data
        key = known["key"].strip()
        try:
            actions.override_feature(
                row=row, feature=Feature(key, known["name"].strip() or key, known["limit"]),
                effect=Effect(known["effect"]), until=known["until"], reason=known["reason"],
                actor=actor_of(request), at=here.at,
            )  # fmt: skip
        except RuleBroken as refusal:
            form.refuse(refusal)
        else:
            return toast(redirect(request, reverse("subscription_features", args=[row.id])), _("Saved."))
    return _page(request, row, form, status=422)


def _page(request: HttpRequest, row: "Subscription", form: OverrideForm, *, status: int = 200) -> HttpResponse:
    here = book(request)
    context = {
        "row": row,
        "features": shown(usage.of_subscription(row, at=here.at)),
        "said": [(each, EFFECT_WORDS[each.effect]) for each in queries.overrides_of(row)],
        "form": form,
        "may_edit": may(here.member, Permission.SUBSCRIPTION_EDIT),
    }
    return render(request, "subscriptions/features.html", context, status=status)


@require_GET
@needs(Permission.SUBSCRIPTION_VIEW)
def of_customer(request: HttpRequest, customer_id: "UUID") -> HttpResponse:
    """Show what a customer may use of all subscriptions together, as programs are told."""
    here = book(request)
    customer = found(crm.customer_for(here.member, customer_id))
    features = shown(usage.of_customer(here.member, customer.id, at=here.at))
    return render(request, "subscriptions/entitlements.html", {"customer": customer, "features": features})


def shown(features: tuple[Entitlement, ...]) -> list[dict[str, Any]]:
    """Return what may be used, in words."""
    return [
        {
            "key": each.key,
            "name": each.name,
            "is_granted": each.is_granted,
            "limit": _amount(each.limit, each.unit) if each.limit is not None else "",
            "used": _amount(each.used, each.unit) if each.used is not None else "",
            "left": _amount(each.left, each.unit) if each.left is not None else "",
            "until": each.until,
        }
        for each in features
    ]


def _amount(value: Decimal, unit: str) -> str:
    return f"{number_text(value.normalize())} {unit}".strip()
