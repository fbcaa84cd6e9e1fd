"""Writing contracts down and changing them."""

from typing import TYPE_CHECKING, Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from conto.apps.accounts import queries as accounts
from conto.apps.catalog import queries as catalog
from conto.apps.contracts import actions, queries
from conto.apps.contracts.entries import NewContract
from conto.apps.crm import queries as crm
from conto.apps.deals import queries as deals
from conto.domain.errors import RuleBroken
from conto.domain.money import to_major
from conto.domain.permissions import Permission
from conto.web.access import may, needs
from conto.web.contracts.forms import ContractForm, PriceFormSet, contract_initial, price_initials
from conto.web.htmx import is_part, page_or_part, redirect, toast
from conto.web.reading import Here, actor_of, book, found, uuid_in, words_of

if TYPE_CHECKING:
    from uuid import UUID

    from conto.apps.contracts.models import Contract

_ITEMS_OFFERED = 12
_TYPED = ("item", "details", "name", "unit", "unit_price", "discount")


@require_http_methods(["GET", "POST"])
@needs(Permission.CONTRACT_EDIT)
def new(request: HttpRequest) -> HttpResponseBase:
    """Write down a contract with a customer, maybe of a deal; without one, ask with whom."""
    here = book(request)
    asked = request.POST if request.method == "POST" else request.GET
    deal_id, customer_id = uuid_in(asked.get("deal")), uuid_in(asked.get("customer"))
    deal = found(deals.deal_for(here.member, deal_id)) if deal_id else None
    if deal is not None:
        customer_id = deal.customer_id
    if customer_id is None:
        return _whom(request, here)
    customer = found(crm.customer_for(here.member, customer_id))
    if is_part(request) and request.method == "GET":
        return _items(request, here, customer.currency or here.business.currency)
    first = {
        "title": deal.name if deal else "",
        "starts_on": here.today,
        "currency": (deal.currency if deal else customer.currency) or here.business.currency,
        "renewal": "none",
        "owner": str(here.member.id),
    }
    if request.method == "GET":
        form, prices = _form(first), PriceFormSet(prefix="lines", initial=_of_deal(deal))
        return _page(request, {"form": form, "prices": prices, "customer": customer, "deal": deal})
    if item_id := uuid_in(request.POST.get("add_item")):
        form, prices = _with_item(request, here, None, item_id, str(first["currency"]))
        return _page(request, {"form": form, "prices": prices, "customer": customer, "deal": deal})
    form, prices = _form(None, request.POST), _prices(request)
    if form.is_valid() and prices.is_valid():
        try:
            made = actions.create_contract(
                customer=customer, new=NewContract(**form.contents()), lines=prices.entries(), deal=deal,
                actor=actor_of(request), at=here.at,
            )  # fmt: skip
        except RuleBroken as refusal:
            form.add_error(None, words_of(refusal))
        else:
            return toast(redirect(request, reverse("contract", args=[made.family_id])), _("Saved."))
    context = {"form": form, "prices": prices, "customer": customer, "deal": deal}
    return _page(request, context, status=422)


@require_http_methods(["GET", "POST"])
@needs(Permission.CONTRACT_EDIT)
def edit(request: HttpRequest, contract_id: "UUID") -> HttpResponseBase:
    """Change a contract: each change is a new version of it."""
    here = book(request)
    contract = found(queries.contract_for(here.member, contract_id))
    back = reverse("contract", args=[contract.family_id])
    around = {"contract": contract, "customer": contract.customer, "back": back}
    if request.method == "GET":
        if is_part(request):
            return _items(request, here, contract.currency)
        form = _form(contract_initial(contract), of=contract)
        prices = PriceFormSet(prefix="lines", initial=price_initials(queries.lines_of(contract)))
        return _page(request, {"form": form, "prices": prices, **around})
    if item_id := uuid_in(request.POST.get("add_item")):
        form, prices = _with_item(request, here, contract, item_id, contract.currency)
        return _page(request, {"form": form, "prices": prices, **around})
    form, prices = _form(None, request.POST, of=contract), _prices(request)
    status = 422
    if form.is_valid() and prices.is_valid():
        try:
            actions.change_contract(
                contract=contract, changes=form.contents(), lines=prices.entries(),
                reason=form.cleaned_data.get("reason", ""), expected_version=form.cleaned_data["version"],
                actor=actor_of(request), at=here.at,
            )  # fmt: skip
        except RuleBroken as refusal:
            form.add_error(None, words_of(refusal))
            status = 409
        else:
            return toast(redirect(request, back), _("Saved."))
    return _page(request, {"form": form, "prices": prices, **around}, status=status)


def _prices(request: HttpRequest) -> Any:
    return PriceFormSet(request.POST, prefix="lines")


def _page(request: HttpRequest, context: dict[str, Any], *, status: int = 200) -> HttpResponse:
    return render(request, "contracts/form.html", context, status=status)


def _form(initial: dict[str, Any] | None, data: Any = None, *, of: "Contract | None" = None) -> ContractForm:
    owners = [
        (str(each.id), each.name)
        for each in accounts.members()
        if (each.is_active and may(each, Permission.CONTRACT_EDIT)) or (of and each.id == of.owner_id)
    ]
    return ContractForm(data, initial=initial, owners=owners, of=of)


def _of_deal(deal: Any) -> list[dict[str, Any]]:
    """Return the products of a deal as prices to agree."""
    if deal is None:
        return []
    lines = [row.line for row in deals.lines_of(deal.id)]
    return [
        {
            "item": str(line.item_id or ""), "name": line.name, "unit": line.unit,
            "unit_price": to_major(line.unit_price_minor, deal.currency).normalize(),
            "discount": line.discount_percent.normalize() if line.discount_percent else None,
        }
        for line in lines
    ]  # fmt: skip


def _items(request: HttpRequest, here: Here, currency: str) -> HttpResponse:
    """Offer items of the catalog for the next line."""
    search = request.GET.get("q", "").strip()[:100]
    offers = catalog.find_items(here.member, search, currency=currency, on=here.today, limit=_ITEMS_OFFERED)
    return render(request, "contracts/form.html#items", {"offers": offers, "currency": currency})


def _with_item(
    request: HttpRequest, here: Here, contract: "Contract | None", item_id: "UUID", currency: str
) -> tuple[ContractForm, Any]:
    """Return what was typed so far, with a line more for an item; nothing is stored."""
    typed = request.POST
    total = typed.get("lines-TOTAL_FORMS", "")
    count = int(total) if total.isascii() and total.isdecimal() and len(total) < 4 else 0
    rows: list[dict[str, Any]] = [{name: typed.get(f"lines-{n}-{name}", "") for name in _TYPED} for n in range(count)]
    kept = [row for row, n in zip(rows, range(count), strict=True) if row["name"] and f"lines-{n}-DELETE" not in typed]
    kept += [
        {
            "item": str(offer.id), "details": offer.description, "name": offer.name, "unit": offer.unit_code,
            "unit_price": offer.price.normalize() if offer.price is not None else "", "discount": "",
        }
        for offer in catalog.offers([item_id], currency=currency, on=here.today).values()
    ]  # fmt: skip
    head = {name: typed.get(name, "") for name in ContractForm.base_fields}
    return _form(head, of=contract), PriceFormSet(prefix="lines", initial=kept)


def _whom(request: HttpRequest, here: Here) -> HttpResponseBase:
    search = request.GET.get("q", "").strip()[:100]
    newest = crm.CustomerFilters(order="newest")
    people: Any = crm.find(here.member, search, limit=12)
    if not search:
        people = crm.customer_page(here.member, newest, size=12).rows
    return page_or_part(request, "contracts/choose.html", "people", {"people": people, "search": search})
