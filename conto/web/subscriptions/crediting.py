"""Prepaid credit given or sold, and ended, on the page of its subscription."""

from typing import TYPE_CHECKING
from uuid import UUID

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from conto.apps.subscriptions import queries
from conto.domain.errors import RuleBroken
from conto.domain.permissions import Permission
from conto.flows import prepaid_credit
from conto.web.access import needs
from conto.web.htmx import redirect, toast
from conto.web.reading import actor_of, book, found, uuid_in
from conto.web.subscriptions.pages import shown_subscription
from conto.web.subscriptions.prepaid import EndForm, PrepaidForm

if TYPE_CHECKING:
    from conto.apps.subscriptions.models import Subscription


@require_POST
@needs(Permission.SUBSCRIPTION_BILL)
def prepaid(request: HttpRequest, subscription_id: UUID) -> HttpResponseBase:
    """Give or sell a subscription prepaid credit, or end one with a reason."""
    here = book(request)
    row = found(queries.subscription_for(here.member, subscription_id))
    back = redirect(request, f"{reverse('subscription', args=[row.id])}#prepaid")
    if (credit_id := uuid_in(request.POST.get("credit"))) is not None:
        credit = found(queries.credit_for(row, credit_id))
        ending = EndForm(request.POST, prefix=f"end-{credit.ordinal}")
        if ending.is_valid():
            known = ending.cleaned_data
            try:
                prepaid_credit.end(
                    credit=credit, reason=known["reason"], pays_back=known["pays_back"], actor=actor_of(request),
                    at=here.at,
                )  # fmt: skip
            except RuleBroken as refusal:
                ending.refuse(refusal)
            else:
                return toast(back, _("The credit has ended."))
        return _again(request, row, ended=(credit.id, ending))
    form = PrepaidForm(request.POST, row=row)
    if form.is_valid():
        known = form.cleaned_data
        try:
            prepaid_credit.grant(
                row=row, amount_minor=known["amount"], reason=known["reason"], last_day=known["last_day"],
                is_sold=known["kind"] == "sold", actor=actor_of(request), at=here.at,
            )  # fmt: skip
        except RuleBroken as refusal:
            form.refuse(refusal)
        else:
            return toast(back, _("The credit is there."))
    return _again(request, row, form=form)


def _again(
    request: HttpRequest,
    row: "Subscription",
    *,
    form: PrepaidForm | None = None,
    ended: tuple[UUID, EndForm] | None = None,
) -> HttpResponseBase:
    """Show the page with what was typed and what stands against it."""
    context = shown_subscription(request, row, ended=ended)
    if form is not None and context["prepaid_form"] is not None:
        context["prepaid_form"] = form
    return render(request, "subscriptions/subscription.html", context, status=422)
