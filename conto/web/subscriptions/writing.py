"""Beginning subscriptions, and saying how they are looked after."""

from typing import TYPE_CHECKING, Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from conto.apps.accounts import queries as accounts
from conto.apps.crm import queries as crm
from conto.apps.plans import queries as plans
from conto.apps.subscriptions import actions, queries
from conto.apps.subscriptions.entries import NewSubscription
from conto.domain.errors import RuleBroken
from conto.domain.permissions import Permission
from conto.domain.plan import next_invoices
from conto.flows.checkout import offered_gateway
from conto.flows.taxed_ahead import taxed_ahead
from conto.web.access import may, needs
from conto.web.htmx import is_part, page_or_part, redirect, toast
from conto.web.plans.forms import changed_rows, stored_rows, typed_rows
from conto.web.plans.showing import SAMPLES, shown_invoices
from conto.web.reading import Here, actor_of, book, found, uuid_in, words_of
from conto.web.subscriptions.forms import HandlingForm, NewForm, PricedItems, TakenForm, last_day_as_end, owner_choices
from conto.web.subscriptions.showing import named

if TYPE_CHECKING:
    from uuid import UUID

    from conto.apps.accounts.models import Member
    from conto.apps.crm.models import Customer
    from conto.apps.plans.models import PlanItem, PlanVersion

_PLANS_OFFERED = 200
_MISSING = gettext_lazy("The first invoices are shown here once the form is complete.")


class _Offer:
    """A customer, the plans that can be taken, and the one that is chosen."""

    def __init__(self, here: Here, customer: "Customer", wanted: "UUID | None") -> None:
        self.customer = customer
        offered = plans.plan_page(here.member, limit=_PLANS_OFFERED).rows
        self.rows = {str(row.plan.id): row for row in offered}
        chosen = self.rows.get(str(wanted)) or next(iter(offered), None)
        self.plan = chosen.plan if chosen else None
        self.version: PlanVersion | None = chosen.version if chosen else None
        self.items: tuple[PlanItem, ...] = chosen.items if chosen else ()
        self.choices = [(key, f"{row.plan.name} ({row.plan.code})") for key, row in self.rows.items()]

    def rows_of_items(self) -> list[dict[str, Any]]:
        """Return the items of the plan as the form shows them."""
        return stored_rows(self.items)

    def priced(self, rows: list[dict[str, Any]], data: Any = None) -> PricedItems:
        """Return the items with what was typed; only those of the plan count."""
        return PricedItems(rows, data, stored=self.items, form=TakenForm)


@require_http_methods(["GET", "POST"])
@needs(Permission.SUBSCRIPTION_EDIT)
def new(request: HttpRequest) -> HttpResponseBase:
    """Begin a subscription: with whom, to which plan, and what it would bill, before one confirms."""
    here = book(request)
    asked = request.POST if request.method == "POST" else request.GET
    customer_id = uuid_in(asked.get("customer"))
    if customer_id is None:
        return _whom(request, here)
    customer = found(crm.customer_for(here.member, customer_id))
    offer = _Offer(here, customer, uuid_in(asked.get("plan")))
    if offer.version is None:
        return render(request, "subscriptions/new.html", {"customer": customer})
    if request.method == "GET":
        first = {"plan": str(offer.version.plan_id), "starts_on": here.today, "owner": str(here.member.id)}
        return _page(request, _form(here, offer, initial=first), offer.priced(offer.rows_of_items()), offer)
    return _posted(request, here, offer)


def _posted(request: HttpRequest, here: Here, offer: _Offer) -> HttpResponseBase:
    """Do what a button says: draw the items anew, preview, or begin."""
    wanted, typed = request.POST.get("act", ""), request.POST
    rows = [{**row, "is_left_out": f"items-{n}-is_left_out" in typed} for n, row in enumerate(typed_rows(typed))]
    known = {each.key for each in offer.items}
    if {str(row["key"]) for row in rows} != known:
        if wanted == "preview" and is_part(request):  # another plan was chosen; its items are on their way
            return render(request, "subscriptions/_first.html", {"missing": _MISSING})
        rows, wanted = offer.rows_of_items(), "plan"
    if wanted and wanted != "preview":
        return _redrawn(request, here, offer, rows if wanted == "plan" else changed_rows(rows, wanted))
    form, items = _form(here, offer, typed), offer.priced(rows, typed)
    if wanted == "preview":
        shown = _preview(here, offer, form, items)
        if is_part(request):
            return render(request, "subscriptions/_first.html", shown)
        return _page(request, form, items, offer, **shown)
    return _begun(request, here, offer, form, items)


def _redrawn(request: HttpRequest, here: Here, offer: _Offer, rows: list[dict[str, Any]]) -> HttpResponse:
    items = offer.priced(rows)
    if is_part(request):
        return render(request, "subscriptions/new.html#items", {"items": items})
    return _page(request, _form(here, offer, initial=request.POST.dict()), items, offer)


def _begun(request: HttpRequest, here: Here, offer: _Offer, form: NewForm, items: PricedItems) -> HttpResponseBase:
    if all([form.is_valid(), items.is_valid()]):
        try:
            made = actions.subscribe(
                customer=offer.customer, new=_entry(offer, form, items), actor=actor_of(request), at=here.at
            )
        except RuleBroken as refusal:
            form.refuse(refusal)
        else:
            said = _("%(number)s is begun.") % {"number": made.number}
            return toast(redirect(request, reverse("subscription", args=[made.id])), said)
    return _page(request, form, items, offer, status=422)


def _entry(offer: _Offer, form: NewForm, items: PricedItems) -> NewSubscription:
    known, version = form.cleaned_data, found(offer.version)
    return NewSubscription(
        plan_version=version, starts_on=known["starts_on"], quantities=_of_taken(items, items.quantities()),
        prices=_of_taken(items, items.own_prices(version.plan.currency)), item_keys=items.taken(),
        trial_days=known["trial_days"], coupon_codes=form.codes(),
        ends_on=last_day_as_end(known["ends_on"], bills_end_day=version.bills_end_day), **form.handling(),
    )  # fmt: skip


def _of_taken(items: PricedItems, given: dict[str, Any]) -> dict[str, Any]:
    """Leave out what was said of items that are not taken."""
    taken = items.taken()
    return given if taken is None else {key: value for key, value in given.items() if key in taken}


def _preview(here: Here, offer: _Offer, form: NewForm, items: PricedItems) -> dict[str, Any]:
    """Return what the typed subscription would bill first, or why it cannot."""
    if not form.is_valid() or not items.is_valid():
        return {"missing": _MISSING}
    try:
        terms = actions.terms_for(customer=offer.customer, new=_entry(offer, form, items), at=here.at)
        invoices = next_invoices(terms.definition, most=SAMPLES)
        taxed = taxed_ahead(terms.row, {each.key: each for each in terms.items}, invoices)
        names = named({each.key: each.name for each in terms.items}, terms.row.title)
        return {"invoices": shown_invoices(invoices, names, terms.row.currency, taxed), "currency": terms.row.currency}
    except RuleBroken as refusal:
        return {"refusal": words_of(refusal)}


def _form(here: Here, offer: _Offer, data: Any = None, *, initial: Any = None) -> NewForm:
    return NewForm(data, initial=initial, owners=_owners(here), plans=offer.choices, may_charge=_may_charge(here))


def _may_charge(here: Here) -> bool:
    """Tell whether customers of this book can save a card at all."""
    return bool(offered_gateway(here.business))


def _owners(here: Here, also: "UUID | None" = None) -> list[tuple[str, str]]:
    able: list[Member] = [
        each
        for each in accounts.members()
        if may(each, Permission.SUBSCRIPTION_EDIT) or each.id in {also, here.member.id}
    ]
    return owner_choices(able, also=also)


def _page(
    request: HttpRequest, form: NewForm, items: PricedItems, offer: _Offer, *, status: int = 200, **more: Any
) -> HttpResponse:
    context = {"form": form, "items": items, "customer": offer.customer, "plan": offer.plan, **more}
    return render(request, "subscriptions/new.html", context, status=status)


@require_http_methods(["GET", "POST"])
@needs(Permission.SUBSCRIPTION_EDIT)
def edit(request: HttpRequest, subscription_id: "UUID") -> HttpResponseBase:
    """Say how a subscription is looked after: title, owner, its invoices. What it bills is changed elsewhere."""
    here = book(request)
    row = found(queries.subscription_for(here.member, subscription_id))
    back = reverse("subscription", args=[row.id])
    owners, status = _owners(here, row.owner_id), 200
    may_charge = _may_charge(here) or row.collection == "charge"
    if request.method == "GET":
        names = ("version", "title", "is_reviewed", "bills_alone", "collection")
        first = {**{name: getattr(row, name) for name in names}, "owner": str(row.owner_id or "")}
        form = HandlingForm(initial=first, owners=owners, may_charge=may_charge)
    else:
        form, status = HandlingForm(request.POST, owners=owners, may_charge=may_charge), 422
        if form.is_valid():
            try:
                actions.change_handling(
                    row=row, changes=form.handling(), expected_version=form.cleaned_data["version"],
                    actor=actor_of(request), at=here.at,
                )  # fmt: skip
            except RuleBroken as refusal:
                form.refuse(refusal)
                status = 409
            else:
                return toast(redirect(request, back), _("Saved."))
    return render(request, "subscriptions/edit.html", {"form": form, "row": row, "back": back}, status=status)


def _whom(request: HttpRequest, here: Here) -> HttpResponseBase:
    search = request.GET.get("q", "").strip()[:100]
    people: Any = crm.find(here.member, search, limit=12)
    if not search:
        people = crm.customer_page(here.member, crm.CustomerFilters(order="newest"), size=12).rows
    context = {"people": people, "search": search, "plan_id": uuid_in(request.GET.get("plan"))}
    return page_or_part(request, "subscriptions/choose.html", "people", context)
