"""The business, its legal entities and their bank accounts."""

from dataclasses import asdict
from typing import TYPE_CHECKING
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from conto.apps.accounts import actions, queries
from conto.domain.errors import RuleBroken
from conto.domain.permissions import Permission
from conto.flows.set_up_book import Numbers, equip_legal_entity
from conto.web import htmx
from conto.web.access import needs
from conto.web.accounts.forms import zones
from conto.web.freshness import fresh
from conto.web.reading import actor_of, book, found, words_of
from conto.web.settings.forms import BankAccountForm, BusinessForm, SellerForm

if TYPE_CHECKING:
    from conto.apps.accounts.models import LegalEntity

_VIEW, _EDIT = Permission.SETTINGS_VIEW, Permission.SETTINGS_EDIT


@needs(_VIEW)
def business(request: HttpRequest) -> HttpResponseBase:
    """Show the business with its legal entities and bank accounts; change how it is called."""
    here = book(request)
    current = here.business
    initial = {"name": current.name, "zone": current.zone, "language": current.language}
    form = BusinessForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        return _saved_business(request, form)
    return _business_page(request, form)


@needs(_EDIT)
def _saved_business(request: HttpRequest, form: BusinessForm) -> HttpResponseBase:
    try:
        actions.change_business(**form.cleaned_data, actor=actor_of(request), at=book(request).at)
    except RuleBroken as refusal:
        form.add_error("zone" if refusal.code.startswith("zone") else "name", words_of(refusal))
        return _business_page(request, form)
    return htmx.toast(htmx.redirect(request, "/settings/business"), _("The business is saved."))


def _business_page(request: HttpRequest, form: BusinessForm) -> HttpResponse:
    accounts = list(queries.bank_accounts())
    entities = [
        (entity, [account for account in accounts if account.legal_entity_id == entity.id])
        for entity in queries.legal_entities().defer("logo")
    ]
    context = {"form": form, "entities": entities, "zones": zones()}
    return render(request, "settings/business.html", context, status=422 if form.errors else 200)


@needs(_EDIT)
def entity(request: HttpRequest, entity_id: UUID | None = None) -> HttpResponseBase:
    """Add a legal entity or change one."""
    known = found(queries.legal_entities().filter(id=entity_id).first()) if entity_id else None
    here = book(request)
    blank = {
        "country": here.business.country,
        "currency": here.business.currency,
        "zone": here.business.zone,
        "language": here.business.language,
        "terms_days": 14,
        "is_tax_registered": True,
    }
    form = SellerForm(request.POST or None, initial=asdict(queries.seller_details(known)) if known else blank)
    if request.method == "POST" and form.is_valid():
        try:
            saved = _save_entity(request, known, form)
        except RuleBroken as refusal:
            form.add_error(None, words_of(refusal))
        else:
            words = _("%(name)s is saved. Documents issued before keep what they printed.") % {"name": saved.name}
            return htmx.toast(htmx.redirect(request, "/settings/business"), words)
    context = {"form": form, "entity": known, "zones": zones()}
    return render(request, "settings/entity.html", context, status=422 if form.errors else 200)


def _save_entity(request: HttpRequest, known: "LegalEntity | None", form: SellerForm) -> "LegalEntity":
    actor, at = actor_of(request), book(request).at
    if known is not None:
        seller = form.details(known.accent_color)
        return actions.change_legal_entity(legal_entity_id=known.id, seller=seller, actor=actor, at=at)
    made = actions.add_legal_entity(seller=form.details("#1f5c46"), actor=actor, at=at)
    equip_legal_entity(entity=made, numbers=Numbers(), actor=actor, at=at)
    return made


@needs(_EDIT)
@fresh
def bank_account(request: HttpRequest, entity_id: UUID, account_id: UUID | None = None) -> HttpResponseBase:
    """Add a bank account or change one."""
    owner = found(queries.legal_entities().filter(id=entity_id).first())
    accounts = queries.bank_accounts().filter(legal_entity=owner)
    known = found(accounts.filter(id=account_id).first()) if account_id else None
    blank = {"holder": owner.legal_name or owner.name, "currency": owner.currency, "is_default": True}
    form = BankAccountForm(
        request.POST or None, initial=asdict(queries.bank_account_details(known)) if known else blank
    )
    if request.method == "POST" and form.is_valid():
        try:
            actions.set_bank_account(
                legal_entity_id=owner.id,
                account_id=account_id,
                details=form.details(),
                actor=actor_of(request),
                at=book(request).at,
            )
        except RuleBroken as refusal:
            form.add_error(None, words_of(refusal))
        else:
            return htmx.toast(htmx.redirect(request, "/settings/business"), _("The bank account is saved."))
    context = {"form": form, "entity": owner, "account": known}
    return render(request, "settings/bank_account.html", context, status=422 if form.errors else 200)


@require_POST
@needs(_EDIT)
@fresh
def remove_bank_account(request: HttpRequest, entity_id: UUID, account_id: UUID) -> HttpResponseBase:
    """Remove a bank account."""
    found(queries.bank_accounts().filter(legal_entity_id=entity_id, id=account_id).first())
    actions.remove_bank_account(
        legal_entity_id=entity_id, account_id=account_id, actor=actor_of(request), at=book(request).at
    )
    return htmx.toast(htmx.redirect(request, "/settings/business"), _("The bank account is removed."))
