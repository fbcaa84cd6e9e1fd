"""Below which amount billing runs issue no invoice, by currency."""

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from conto.apps.accounts import queries as accounts
from conto.apps.invoicing import actions, queries
from conto.apps.invoicing.actions.carrying import LARGEST_MINOR
from conto.domain.permissions import Permission
from conto.web import htmx
from conto.web.access import may, needs
from conto.web.controls import MoneyField
from conto.web.freshness import fresh
from conto.web.reading import actor_of, book

_ADDRESS = "/settings/minimums"


class MinimumsForm(forms.Form):
    """An amount for each currency in which the business bills."""

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        known = queries.minimum_amounts()
        used = [entity.currency for entity in accounts.legal_entities().defer("logo")]
        used += [account.currency for account in accounts.bank_accounts()]
        for currency in sorted({*used, *known}):
            field = MoneyField(currency, label=currency, least_minor=0, required=False, initial=known.get(currency))
            self.fields[currency] = field

    def minimums(self) -> dict[str, int]:
        """Return what was typed; nothing is no minimum."""
        return {currency: min(amount or 0, LARGEST_MINOR) for currency, amount in self.cleaned_data.items()}


@never_cache
@require_GET
@needs(Permission.SETTINGS_VIEW)
def minimums(request: HttpRequest) -> HttpResponseBase:
    """Show the minimum amounts."""
    return _page(request, MinimumsForm())


@require_POST
@needs(Permission.SUBSCRIPTION_BILL)
@fresh
def save(request: HttpRequest) -> HttpResponseBase:
    """Set the minimum amounts from the next run on."""
    form = MinimumsForm(request.POST)
    if not form.is_valid():
        return _page(request, form, status=422)
    actions.set_minimums(minimums=form.minimums(), actor=actor_of(request), at=book(request).at)
    return htmx.toast(htmx.redirect(request, _ADDRESS), _("Saved."))


def _page(request: HttpRequest, form: MinimumsForm, *, status: int = 200) -> HttpResponseBase:
    can_edit = may(book(request).member, Permission.SUBSCRIPTION_BILL)
    context = {"form": form if can_edit else None, "known": sorted(queries.minimum_amounts().items())}
    return render(request, "settings/minimums.html", context, status=status)
