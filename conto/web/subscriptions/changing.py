"""Changing a subscription: what a change would bill is shown first, and exactly that is done then."""

import json
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from conto.apps.catalog import queries as catalog
from conto.apps.plans import queries as plans
from conto.apps.subscriptions import queries
from conto.apps.subscriptions.entries import ChangeEntry, entry_written
from conto.domain.errors import Conflict, RuleBroken
from conto.domain.permissions import Permission
from conto.domain.price import Price, price_written
from conto.domain.subscription import standing_on
from conto.flows import change_subscription
from conto.web.access import needs
from conto.web.htmx import is_part, redirect, toast
from conto.web.plans.forms import Items, changed_rows, empty_row, stored_rows, typed_rows
from conto.web.plans.showing import shown_invoices
from conto.web.plans.words import speech_here
from conto.web.reading import Here, actor_of, book, found, uuid_in, words_of
from conto.web.subscriptions.forms import ChangeForm, PricedItems, PriceForm
from conto.web.subscriptions.showing import named, names_of, shown_standing
from conto.web.subscriptions.words import CHANGES, change_words

if TYPE_CHECKING:
    from uuid import UUID

    from conto.apps.subscriptions.models import Subscription

_MISSING = gettext_lazy("What this bills is shown here once the form is complete.")
_SALT = "conto.typed-change"
_ITEMS_OFFERED = 12
_INVOICES_SHOWN = 3
_STALE = {"subscription.preview_stale", "subscription.bad_token", "subscription.typed_anew"}


class _Now:
    """An item with the price and quantity that it has now."""

    def __init__(self, row: Any, price: Price, quantity: Decimal) -> None:
        self._row = row
        self.price, self.quantity, self.ramp = price_written(price), quantity, ()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._row, name)


class _Subject:
    """A subscription as it stands while somebody changes it."""

    def __init__(self, here: Here, row: "Subscription", kind: str) -> None:
        self.row, self.kind = row, kind
        self.refresh(here)
        self.names = names_of(self.loaded.items)
        counted = [each for each in self.there.values() if kind != "quantity" or each.is_counted]
        self.choices = [(each.item.key, self.names[each.item.key]) for each in counted]

    def refresh(self, here: Here) -> None:
        """Read what stands by now."""
        self.row = found(queries.subscription_for(here.member, self.row.id))
        self.loaded = queries.load(self.row)
        standing = standing_on(self.loaded.definition, self.loaded.changes, here.today)
        there = [each for each in standing.items if each.is_there and each.item.key in self.loaded.items]
        self.there = {each.item.key: each for each in there}

    def first(self) -> dict[str, Any]:
        """Return what the form begins with."""
        key = self.choices[0][0] if self.choices else ""
        first = {"item": key, "interval": self.row.interval, "count": self.row.count}
        first["when"] = {"cancel": "period_end", "pause": "now"}.get(self.kind, "")
        if self.kind == "quantity" and key:
            first["quantity"] = self.there[key].quantity
        return first

    def rows(self, item: str = "") -> list[dict[str, Any]]:
        """Return the items whose prices the form shows: the one that is meant, or all where the rhythm changes."""
        if self.kind == "price":
            keys = [item if item in self.there else str(self.first()["item"])]
        else:
            keys = list(self.there) if self.kind == "interval" else []
        return stored_rows(
            [_Now(self.loaded.items[key], self.there[key].price, self.there[key].quantity) for key in keys if key]
        )

    def is_about(self, rows: list[dict[str, Any]], item: str) -> bool:
        """Tell whether the prices that were typed are those of the items that are meant."""
        return self.kind == "add" or {str(row["key"]) for row in rows} == {row["key"] for row in self.rows(item)}

    def items(self, rows: list[dict[str, Any]], data: Any = None) -> Items:
        """Return the prices of the form, as they are or as they were typed."""
        if self.kind == "add":
            return Items(rows[:1] or [empty_row()], data)
        stored = [_Now(self.loaded.items[key], each.price, each.quantity) for key, each in self.there.items()]
        return PricedItems(rows, data, stored=stored, form=PriceForm)

    def of_plan(self, here: Here) -> list[Any]:
        """Return the items of the plan that the subscription does not have."""
        held = queries.held_versions([self.row], {self.row.id: here.today}).get(self.row.id)
        if held is None or plans.plan_for(here.member, held.version.plan_id) is None:
            return []
        return [each for each in plans.items_of(held.version) if each.key not in self.there]


@require_http_methods(["GET", "POST"])
@needs(Permission.SUBSCRIPTION_EDIT)
def change(request: HttpRequest, subscription_id: "UUID") -> HttpResponseBase:
    """Change a subscription: see what it bills at once and next, then confirm."""
    here = book(request)
    row = found(queries.subscription_for(here.member, subscription_id))
    asked = request.POST if request.method == "POST" else request.GET
    kind = asked.get("kind", "quantity")
    subject = _Subject(here, row, found(kind if kind in CHANGES else None))
    if request.method == "POST":
        return _posted(request, here, subject)
    if kind == "add" and is_part(request):
        return _offers(request, here, subject)
    form = ChangeForm(initial=subject.first(), kind=kind, items=subject.choices)
    rows = [_added_row(request, here, subject)] if kind == "add" else subject.rows()
    return _page(request, here, subject, form, subject.items(rows))


def _posted(request: HttpRequest, here: Here, subject: _Subject) -> HttpResponseBase:
    """Do what a button says: draw the prices anew, show what the change bills, or confirm it."""
    typed, wanted = request.POST, request.POST.get("act", "")
    rows = typed_rows(typed)
    if not subject.is_about(rows, typed.get("item", "")):
        return _redrawn(request, here, subject, subject.rows(typed.get("item", "")))
    if wanted not in {"preview", "confirm", ""}:
        return _redrawn(request, here, subject, changed_rows(rows, wanted))
    form = ChangeForm(typed, kind=subject.kind, items=subject.choices)
    items = subject.items(rows, typed)
    if all([form.is_valid(), items.is_valid()]):
        return _answered(request, here, subject, form, items)
    if is_part(request):
        return render(request, "subscriptions/_preview.html", {"missing": _MISSING})
    return _page(request, here, subject, form, items, status=422)


def _redrawn(request: HttpRequest, here: Here, subject: _Subject, rows: list[dict[str, Any]]) -> HttpResponse:
    items = subject.items(rows)
    if is_part(request):
        return render(request, "subscriptions/change.html#items", {"items": items, "kind": subject.kind})
    form = ChangeForm(initial=request.POST.dict(), kind=subject.kind, items=subject.choices)
    return _page(request, here, subject, form, items)


def _answered(request: HttpRequest, here: Here, subject: _Subject, form: ChangeForm, items: Items) -> HttpResponseBase:
    """Do what was confirmed; otherwise, or where it is not what was shown, show what the change does now."""
    shown, status = _Shown(here, subject), 200
    try:
        entry = _entry(subject, form, items, uuid_in(request.POST.get("catalog_item")))
        if request.POST.get("act") == "confirm":
            try:
                return _confirmed(request, here, subject, entry)
            except Conflict as refusal:
                if refusal.code not in _STALE:
                    raise
                status, shown.stale = 409, words_of(refusal)
                subject.refresh(here)
        shown.preview(entry)
    except RuleBroken as refusal:
        status, shown.refusal = 422, words_of(refusal)
    if is_part(request):
        return render(request, "subscriptions/_preview.html", shown.context())
    return _page(request, here, subject, form, items, status=status, **shown.context())


def _confirmed(request: HttpRequest, here: Here, subject: _Subject, entry: ChangeEntry) -> HttpResponseBase:
    """Do what was shown, when what is typed is still what was shown.

    Raises: Conflict `subscription.preview_stale`; RuleBroken as the change.
    """
    typed, row = request.POST, subject.row
    if not constant_time_compare(typed.get("shown", ""), _mark(entry)):
        raise Conflict("subscription.typed_anew", "You have typed something else since. This is what it bills now.")
    change_subscription.confirm_change(
        row=row, token=typed.get("token", ""), actor=actor_of(request), at=here.at, reason=typed.get("reason", "")
    )
    said = _("%(number)s is changed.") % {"number": row.number}
    return toast(redirect(request, reverse("subscription", args=[row.id])), said)


class _Shown:
    """What a change would do, in words, or why it cannot be."""

    def __init__(self, here: Here, subject: _Subject) -> None:
        self.here, self.subject = here, subject
        self.stale = self.refusal = ""
        self.found: dict[str, Any] = {}

    def preview(self, entry: ChangeEntry) -> None:
        """Work out what a change would bill.

        Raises: RuleBroken as the change.
        """
        subject, row = self.subject, self.subject.row
        shown = change_subscription.preview_change(row=row, entry=entry, at=self.here.at)
        rows = dict(subject.loaded.items)
        if entry.added is not None and shown.change.added is not None:
            key = shown.change.added.key
            rows.setdefault(key, replace(entry.added, key=key))  # type: ignore[arg-type]
        names = named(names_of(rows), row.title)
        after, after_on = shown.after, None
        if after == shown.before:  # it counts later
            after_on = shown.before.period_ends_on
            after = standing_on(subject.loaded.definition, (*subject.loaded.changes, shown.change), after_on)
        self.found = {
            "words": change_words(shown.change, names, speech_here(row.currency)),
            "before": shown_standing(shown.before, rows, row.currency),
            "after": shown_standing(after, rows, row.currency),
            "after_on": after_on,
            "now": shown_invoices(shown.now, names, row.currency, shown.now_taxed),
            "next": shown_invoices(shown.next[:_INVOICES_SHOWN], names, row.currency, shown.next_taxed),
            "token": shown.token,
            "good_until": shown.good_until,
            "mark": _mark(entry),
            "currency": row.currency,
        }

    def context(self) -> dict[str, Any]:
        """Return what the template shows."""
        return {**self.found, "stale": self.stale, "refusal": self.refusal}


def _entry(subject: _Subject, form: ChangeForm, items: Items, catalog_id: "UUID | None") -> ChangeEntry:
    """Return the change as the actions take it.

    Raises: RuleBroken for a price that cannot be.
    """
    row = subject.row
    prices = items.own_prices(row.currency) if isinstance(items, PricedItems) else {}
    added = items.entries()[0] if subject.kind == "add" else None
    if added is not None and catalog_id is not None:
        added = replace(added, item_id=catalog_id)
    return form.entry(bills_end_day=row.bills_end_day, prices=prices, added=added)


def _mark(entry: ChangeEntry) -> str:
    """Return what tells whether the same was typed."""
    return salted_hmac(_SALT, json.dumps(entry_written(entry), sort_keys=True), algorithm="sha256").hexdigest()


def _added_row(request: HttpRequest, here: Here, subject: _Subject) -> dict[str, Any]:
    """Return the item that is to be added, as the form shows it: of the plan, of the catalog, or empty."""
    asked, currency = request.GET, subject.row.currency
    for each in subject.of_plan(here):
        if each.key == asked.get("plan_item"):
            return stored_rows([each])[0]
    item_id = uuid_in(asked.get("item"))
    item = catalog.item_for(here.member, item_id) if item_id else None
    if item is None:
        return empty_row()
    offer = catalog.offers([item.id], currency=currency, on=here.today)[item.id]
    return {
        **empty_row(), "name": offer.name, "kind": "per_unit", "amount": offer.price, "unit_code": offer.unit_code,
        "supply": offer.supply, "rate_class": offer.rate_class, "catalog_item": str(item.id),
    }  # fmt: skip


def _offers(request: HttpRequest, here: Here, subject: _Subject) -> HttpResponse:
    """Offer items of the catalog to be added."""
    context = {"row": subject.row, "offers": _found_items(request, here, subject), "currency": subject.row.currency}
    return render(request, "subscriptions/change.html#offers", context)


def _found_items(request: HttpRequest, here: Here, subject: _Subject) -> list[catalog.ItemOffer]:
    search = request.GET.get("q", "").strip()[:100]
    currency = subject.row.currency
    return catalog.find_items(here.member, search, currency=currency, on=here.today, limit=_ITEMS_OFFERED)


def _page(
    request: HttpRequest, here: Here, subject: _Subject, form: ChangeForm, items: Items, *, status: int = 200,
    **more: Any,
) -> HttpResponse:  # fmt: skip
    row, is_added = subject.row, subject.kind == "add"
    asked = request.POST.get("catalog_item", "") if request.method == "POST" else request.GET.get("item", "")
    context = {
        "row": row, "kind": subject.kind, "word": CHANGES[subject.kind][0], "form": form, "items": items,
        "back": reverse("subscription", args=[row.id]), "currency": row.currency,
        "catalog_item": (uuid_in(asked) or "") if is_added else "",
        "of_plan": subject.of_plan(here) if is_added else (),
        "offers": _found_items(request, here, subject) if is_added else (), **more,
    }  # fmt: skip
    return render(request, "subscriptions/change.html", context, status=status)
