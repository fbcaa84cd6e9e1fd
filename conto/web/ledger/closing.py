"""The closing date: close a period, open it again, and what each close kept."""

from datetime import date
from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from conto.apps.ledger import actions, queries
from conto.domain.errors import RuleBroken
from conto.domain.permissions import Permission
from conto.web import formats, htmx
from conto.web.access import may, needs
from conto.web.controls import DayField
from conto.web.ledger.reading import frame, last_month_end
from conto.web.ledger.words import account_word
from conto.web.reading import actor_of, book, found, words_of

PAGE = 50


class CloseForm(forms.Form):
    """Up to which day."""

    until = DayField(label=gettext_lazy("Close up to and with"))


class ReopenForm(forms.Form):
    """From where on, and why."""

    until = DayField(
        label=gettext_lazy("Keep closed up to and with"),
        required=False,
        help_text=gettext_lazy("Empty: everything is open again."),
    )
    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=300)


@require_GET
@needs(Permission.LEDGER_VIEW)
def closing(request: HttpRequest) -> HttpResponse:
    """Show how far the books are closed, and every step of the past."""
    return _page(request)


def _page(
    request: HttpRequest, close_form: CloseForm | None = None, reopen_form: ReopenForm | None = None
) -> HttpResponse:
    here = book(request)
    context = frame(request, "closing")
    steps = list(queries.closings(context["entity"].id)[:PAGE])
    closed = steps[0].closed_until if steps else None
    proposed = last_month_end(here.today)
    initial = {"until": proposed if closed is None or proposed > closed else None}
    before = next(
        (step.closed_until for step in steps if step.closed_until and closed and step.closed_until < closed), ""
    )
    context |= {
        "steps": steps,
        "closed_until": closed,
        "close_form": close_form or CloseForm(initial=initial),
        "reopen_form": reopen_form or ReopenForm(initial={"until": before}),
        "may_close": may(here.member, Permission.LEDGER_CLOSE),
        "may_reopen": may(here.member, Permission.LEDGER_REOPEN),
    }
    is_wrong = any(form is not None and form.errors for form in (close_form, reopen_form))
    return render(request, "ledger/closing.html", context, status=422 if is_wrong else 200)


@require_POST
@needs(Permission.LEDGER_CLOSE)
def close(request: HttpRequest) -> HttpResponseBase:
    """Close the books up to a day."""
    form = CloseForm(request.POST)
    if form.is_valid():
        until: date = form.cleaned_data["until"]
        try:
            actions.close_period(
                legal_entity=frame(request, "closing")["entity"],
                until=until,
                actor=actor_of(request),
                at=book(request).at,
            )
        except RuleBroken as refusal:
            form.add_error("until", words_of(refusal))
        else:
            words = _("The books are closed up to %(day)s.") % {"day": formats.day_text(until)}
            return htmx.toast(htmx.redirect(request, _home(request)), words)
    return _page(request, close_form=form)


@require_POST
@needs(Permission.LEDGER_REOPEN)
def reopen(request: HttpRequest) -> HttpResponseBase:
    """Open closed days again, with the reason."""
    form = ReopenForm(request.POST)
    if form.is_valid():
        try:
            actions.reopen_period(
                legal_entity=frame(request, "closing")["entity"],
                until=form.cleaned_data["until"],
                reason=form.cleaned_data["reason"],
                actor=actor_of(request),
                at=book(request).at,
            )
        except RuleBroken as refusal:
            form.add_error("until", words_of(refusal))
        else:
            return htmx.toast(htmx.redirect(request, _home(request)), _("The period is open again."))
    return _page(request, reopen_form=form)


def _home(request: HttpRequest) -> str:
    entity = request.POST.get("entity", "")
    return reverse("books_closing") + (f"?entity={entity}" if entity else "")


@require_GET
@needs(Permission.LEDGER_VIEW)
def kept(request: HttpRequest, closing_id: UUID) -> HttpResponse:
    """Show what every account stood at when a period was closed."""
    context = frame(request, "closing")
    step = found(queries.closings(context["entity"].id).filter(id=closing_id, kind="closed").first())
    chart = {str(account.id): account for account in queries.accounts(context["entity"])}
    rows: list[dict[str, Any]] = [
        {
            "account": chart[account_id],
            "name": account_word(chart[account_id].role, chart[account_id].name),
            "debit_minor": debited,
            "credit_minor": credited,
            "balance_minor": debited - credited,
        }
        for account_id, debited, credited in step.totals
    ]
    rows.sort(key=lambda row: (row["account"].currency, row["account"].code))
    context |= {"step": step, "rows": rows, "sha256": bytes(step.sha256).hex()}
    return render(request, "ledger/kept.html", context)
