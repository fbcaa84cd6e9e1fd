"""What of a quote recurs: a plan chosen, its items, prices and terms, with what it would bill beside it."""

from copy import copy
from typing import TYPE_CHECKING, Any

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from conto.apps.plans import queries as plans
from conto.apps.quotes import actions, queries
from conto.apps.quotes.actions import RecurringEntry
from conto.domain.contract import MOST_MONTHS
from conto.domain.errors import RuleBroken
from conto.domain.permissions import Permission
from conto.domain.plan import MOST_TRIAL_DAYS
from conto.flows.send_quote import recurring_of, sums_of
from conto.web.access import needs
from conto.web.controls import DayField
from conto.web.customers.forms import EntryForm
from conto.web.htmx import is_part, redirect, toast
from conto.web.plans.forms import changed_rows, stored_rows, typed_rows
from conto.web.quotes.forms import KINDS
from conto.web.reading import Here, actor_of, book, found, uuid_in, words_of
from conto.web.subscriptions.forms import PricedItems, TakenForm

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from conto.apps.plans.models import PlanItem, PlanVersion
    from conto.apps.quotes.models import Quote
    from conto.apps.quotes.recurring_words import SaidAmount, SaidPart

_PLANS_OFFERED = 200
_COUNTS = [
    ("", gettext_lazy("always counts")),
    ("optional", gettext_lazy("option")),
    ("chosen", gettext_lazy("option, chosen beforehand")),
]
_MISSING = gettext_lazy("What it bills is shown here once the form is complete.")


def said_here(parts: "Sequence[queries.ShownPart]", *, is_accepted: bool = False) -> "tuple[SaidPart, ...]":
    """Return what recurs in the reader's language."""
    return recurring_of(parts, get_language() or "en", is_accepted=is_accepted)


def sums_here(parts: "Sequence[queries.ShownPart]") -> "tuple[SaidAmount, ...]":
    """Return what recurs together in the reader's language."""
    return sums_of(parts, get_language() or "en")


class RecurringForm(EntryForm):
    """A plan that is offered, without its items."""

    revision = forms.IntegerField(widget=forms.HiddenInput, required=False)
    plan = forms.ChoiceField(label=gettext_lazy("Plan"))
    title = forms.CharField(
        label=gettext_lazy("Title"),
        max_length=200,
        required=False,
        help_text=gettext_lazy("Empty: the name of the plan."),
    )
    starts_on = DayField(
        label=gettext_lazy("It begins on"), required=False, help_text=gettext_lazy("Empty: on the day of acceptance.")
    )
    months = forms.IntegerField(
        label=gettext_lazy("Term in months"), required=False, min_value=0, max_value=MOST_MONTHS,
        help_text=gettext_lazy("Empty: it goes on."),
    )  # fmt: skip
    trial_days = forms.IntegerField(
        label=gettext_lazy("Days of trial"), min_value=0, max_value=MOST_TRIAL_DAYS, required=False,
        help_text=gettext_lazy("Empty: as the plan has it."),
    )  # fmt: skip
    coupons = forms.CharField(
        label=gettext_lazy("Coupons"), required=False, max_length=200,
        help_text=gettext_lazy("Codes, with spaces between them."),
    )  # fmt: skip

    kind = forms.ChoiceField(label=gettext_lazy("Counts"), choices=KINDS, initial="fixed", required=False)
    choice_group = forms.CharField(
        label=gettext_lazy("Group"), required=False, max_length=100,
        help_text=gettext_lazy("The customer takes one of all plans with the name of this group."),
    )  # fmt: skip
    is_chosen = forms.BooleanField(label=gettext_lazy("chosen beforehand"), required=False)

    def __init__(self, *args: Any, plans: "Sequence[tuple[str, str]]", **more: Any) -> None:
        super().__init__(*args, **more)
        redraw = {"hx-post": "", "hx-trigger": "change", "hx-vals": '{"act": "plan"}', "hx-target": "#plan-items"}
        self.fields["plan"].widget = forms.Select(redraw)
        self.fields["plan"].choices = plans  # type: ignore[attr-defined]


class OfferedForm(TakenForm):
    """An item of a plan that a quote offers: always, for choice, or not at all."""

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.fields["counts"] = forms.ChoiceField(label=gettext_lazy("Counts"), choices=_COUNTS, required=False)


class _Offer:
    """A quote, the plans that it can offer, and the one that is chosen; a part that is there keeps its version."""

    def __init__(self, here: Here, quote: "Quote", place: int, wanted: "UUID | None") -> None:
        self.quote, self.place, self.entries = quote, place, queries.entries_of(quote)
        self.entry: RecurringEntry | None = self.entries[place - 1] if place else None
        kept = plans.version_by_id(self.entry.plan_version_id) if self.entry else None
        rows = [row for row in plans.plan_page(here.member, limit=_PLANS_OFFERED).rows
                if row.plan.currency == quote.currency]  # fmt: skip
        versions = {row.plan.id: row.version for row in rows}
        names = {row.plan.id: f"{row.plan.name} ({row.plan.code})" for row in rows}
        if kept is not None:
            versions[kept.plan_id] = kept
            names[kept.plan_id] = f"{kept.plan.name} ({kept.plan.code})"
        chosen = wanted if wanted in versions else kept.plan_id if kept else next(iter(versions), None)
        self.version: PlanVersion | None = versions[chosen] if chosen else None
        self.is_kept = kept is not None and self.version == kept
        self.items: list[PlanItem] = plans.items_of(self.version) if self.version else []
        self.choices = [(str(key), name) for key, name in names.items()]

    def first_rows(self) -> list[dict[str, Any]]:
        """Return the items as the form shows them: as the part has them, or as the plan has."""
        entry = self.entry if self.is_kept else None
        if entry is None:
            return stored_rows(self.items)
        shown = []
        for each in self.items:
            own = copy(each)
            own.quantity = entry.quantities.get(each.key, each.quantity)
            own.price = dict(entry.prices.get(each.key, each.price))
            shown.append(own)
        left_out = set() if entry.item_keys is None else {each.key for each in self.items} - set(entry.item_keys)
        counts = {key: "chosen" if key in entry.chosen_keys else "optional" for key in entry.optional_keys}
        return [
            {**row, "is_left_out": row["key"] in left_out, "counts": counts.get(row["key"], "")}
            for row in stored_rows(shown)
        ]

    def form(self, data: Any = None) -> RecurringForm:
        """Return the form, as it is typed or as the part is."""
        entry, plan_id = self.entry, str(self.version.plan_id) if self.version else ""
        first: dict[str, Any] = {"plan": plan_id, "revision": self.quote.revision}
        if entry is not None:
            first |= {"title": entry.title, "starts_on": entry.starts_on, "months": entry.months or None,
                      "trial_days": entry.trial_days, "coupons": " ".join(entry.coupon_codes), "kind": entry.kind,
                      "choice_group": entry.choice_group, "is_chosen": entry.is_chosen}  # fmt: skip
        return RecurringForm(data, initial=first, plans=self.choices)

    def priced(self, rows: list[dict[str, Any]], data: Any = None) -> PricedItems:
        """Return the items with what was typed; only those of the plan count."""
        return PricedItems(rows, data, stored=self.items, form=OfferedForm)

    def typed(self, form: RecurringForm, items: PricedItems) -> RecurringEntry:
        """Return the part as it is typed.

        Raises: RuleBroken for a price that cannot be.
        """
        known, version = form.cleaned_data, found(self.version)
        taken = items.taken()
        quantities, prices = items.quantities(), items.own_prices(version.plan.currency)
        if taken is not None:
            quantities = {key: value for key, value in quantities.items() if key in taken}
            prices = {key: value for key, value in prices.items() if key in taken}
        counted = {
            wanted: [form.cleaned_data["key"] for form, _tiers in items.rows
                     if form.cleaned_data["counts"] == wanted and not form.cleaned_data["is_left_out"]]
            for wanted in ("optional", "chosen")
        }  # fmt: skip
        return RecurringEntry(
            plan_version_id=version.id, title=known["title"], quantities=quantities, prices=prices, item_keys=taken,
            coupon_codes=known["coupons"].replace(",", " ").split(), trial_days=known["trial_days"],
            starts_on=known["starts_on"], months=known["months"] or 0, kind=known["kind"] or "fixed",
            choice_group=known["choice_group"], is_chosen=known["is_chosen"],
            optional_keys=counted["optional"] + counted["chosen"], chosen_keys=counted["chosen"],
        )  # fmt: skip


@require_http_methods(["GET", "POST"])
@needs(Permission.QUOTE_DRAFT)
def edit(request: HttpRequest, quote_id: "UUID") -> HttpResponseBase:
    """Offer a plan in a quote, or change one that it offers; with what it would bill."""
    here = book(request)
    quote = found(queries.quote_for(here.member, quote_id))
    if quote.state != "draft":
        return redirect(request, reverse("quote", args=[quote.id]))
    part = request.GET.get("part", "")
    place = int(part) if part.isascii() and part.isdecimal() and 1 <= int(part[:4]) <= len(quote.recurring) else 0
    offer = _Offer(here, quote, place, uuid_in(request.POST.get("plan") or request.GET.get("plan")))
    if offer.version is None:
        return render(request, "quotes/recurring.html", {"quote": quote, "label": queries.label_of(quote)})
    if request.method == "GET":
        return _page(request, offer, offer.form(), offer.priced(offer.first_rows()))
    return _posted(request, here, offer)


def _posted(request: HttpRequest, here: Here, offer: _Offer) -> HttpResponseBase:
    """Do what a button says: draw the items anew, preview, take the part out, or keep it."""
    wanted, typed = request.POST.get("act", ""), request.POST
    if wanted == "remove" and offer.place:
        return _kept(request, here, offer, None)
    is_partial = wanted == "preview" and is_part(request)
    rows = [{**row, "is_left_out": f"items-{n}-is_left_out" in typed, "counts": typed.get(f"items-{n}-counts", "")}
            for n, row in enumerate(typed_rows(typed))]  # fmt: skip
    if {str(row["key"]) for row in rows} != {each.key for each in offer.items}:
        if is_partial:  # another plan was chosen; its items are on their way
            return render(request, "quotes/recurring.html#preview", {"missing": _MISSING})
        rows, wanted = offer.first_rows(), "plan"
    if wanted and wanted != "preview":
        return _redrawn(request, offer, rows if wanted == "plan" else changed_rows(rows, wanted))
    form, items = offer.form(typed), offer.priced(rows, typed)
    if wanted == "preview":
        shown = _preview(here, offer, form, items)
        page = render(request, "quotes/recurring.html#preview", shown) if is_partial else None
        return page or _page(request, offer, form, items, **shown)
    return _kept(request, here, offer, (form, items))


def _redrawn(request: HttpRequest, offer: _Offer, rows: list[dict[str, Any]]) -> HttpResponse:
    items = offer.priced(rows)
    if is_part(request):
        return render(request, "subscriptions/new.html#items", {"items": items})
    return _page(request, offer, RecurringForm(initial=request.POST.dict(), plans=offer.choices), items)


def _kept(
    request: HttpRequest, here: Here, offer: _Offer, given: "tuple[RecurringForm, PricedItems] | None"
) -> HttpResponseBase:
    """Keep the part in the draft, or take it out where nothing is given."""
    back = reverse("quote_edit", args=[offer.quote.id]) + "#recurring"
    entries: list[RecurringEntry] = [each for n, each in enumerate(offer.entries, 1) if n != offer.place]
    revision = request.POST.get("revision", "")
    if given is not None and not all([given[0].is_valid(), given[1].is_valid()]):
        return _page(request, offer, *given, status=422)
    try:
        if given is not None:
            entries.insert(offer.place - 1 if offer.place else len(entries), offer.typed(*given))
        actions.change_quote(
            quote=offer.quote, changes={"recurring": entries}, actor=actor_of(request), at=here.at,
            expected_revision=int(revision) if revision.isascii() and revision.isdecimal() else None,
        )  # fmt: skip
    except RuleBroken as refusal:
        if given is None:
            return toast(redirect(request, back), words_of(refusal), tone="late")
        given[0].refuse(refusal)
        return _page(request, offer, *given, status=422)
    return toast(redirect(request, back), _("It is in the draft.") if given else _("It is no longer in the draft."))


def _preview(here: Here, offer: _Offer, form: RecurringForm, items: PricedItems) -> dict[str, Any]:
    """Return what the typed part would bill, or why it cannot."""
    if not form.is_valid() or not items.is_valid():
        return {"missing": _MISSING}
    try:
        shown = queries.part_typed(offer.quote, offer.typed(form, items), here.today)
        return {"part": said_here([shown])[0]}
    except RuleBroken as refusal:
        return {"refusal": words_of(refusal)}


def _page(
    request: HttpRequest, offer: _Offer, form: RecurringForm, items: PricedItems, *, status: int = 200, **more: Any
) -> HttpResponse:
    context = {
        "quote": offer.quote, "label": queries.label_of(offer.quote), "form": form, "items": items,
        "place": offer.place, **more,
    }  # fmt: skip
    return render(request, "quotes/recurring.html", context, status=status)
