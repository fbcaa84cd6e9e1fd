"""What is typed about plans: terms, items with their prices and tiers, coupons."""

import json
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from conto.apps.plans.entries import ItemEntry, NewCoupon
from conto.domain.errors import RuleBroken
from conto.domain.money import to_minor
from conto.domain.period import Interval
from conto.domain.plan import MOST_COUNT, MOST_TRIAL_DAYS, PlanTerms
from conto.domain.price import PriceKind
from conto.domain.price.model import TIERED
from conto.domain.price.written import number_written
from conto.domain.subscription import Proration, When
from conto.web.catalog.choices import PRICE_MODES, RATE_CLASSES, SUPPLIES, UNITS
from conto.web.controls import DayField, NumberField
from conto.web.customers.choices import currencies
from conto.web.customers.forms import EntryForm
from conto.web.plans.words import AGGREGATES, DOWNGRADES, INTERVALS, KINDS, PRORATIONS, TIMINGS

_MOST = Decimal(10) ** 11
MOST_ROWS = 50
MOST_TIERS = 20
# The fields of a price that each kind has, beside what all have.
_OF_KIND: dict[str, tuple[str, ...]] = {
    "flat": ("amount",),
    "per_unit": ("amount", "free_units"),
    "graduated": ("free_units", "fee_without_use"),
    "volume": ("free_units", "fee_without_use"),
    "stair_step": ("free_units", "fee_without_use"),
    "package": ("amount", "package_size", "free_units"),
    "percentage": ("percent", "amount", "free_units", "least_each", "most_each"),
}
_OF_ALL = ("minimum", "cap")
_NUMBERS = ("amount", "package_size", "free_units", "percent", "least_each", "most_each", *_OF_ALL)
_TYPED = (
    "name", "key", "kept", "kind", *_NUMBERS, "fee_without_use", "quantity", "timing", "is_once", "metric",
    "aggregate", "field", "unit_code", "supply", "rate_class",
)  # fmt: skip
_OF_TIER = ("up_to", "unit_price", "flat_fee")


def _number(label: Any, *, places: int = 12, **more: Any) -> NumberField:
    return NumberField(label=label, required=False, places=places, least=Decimal(0), most=_MOST, **more)


class PlanForm(EntryForm):
    """A plan without its items."""

    version = forms.IntegerField(required=False, widget=forms.HiddenInput)
    name = forms.CharField(label=_("Name"), max_length=200)
    code = forms.CharField(label=_("Code"), max_length=40, help_text=_("Programs know the plan by it; it stays."))
    description = forms.CharField(label=_("Description"), required=False, widget=forms.Textarea({"rows": 2}))
    currency = forms.ChoiceField(label=_("Currency"))
    price_mode = forms.ChoiceField(label=_("Prices are"), choices=PRICE_MODES)
    count = forms.IntegerField(label=_("Billed every"), min_value=1, max_value=MOST_COUNT)
    interval = forms.ChoiceField(label=_("Day, week, month …"), choices=INTERVALS)
    trial_days = forms.IntegerField(label=_("Days of trial"), min_value=0, max_value=MOST_TRIAL_DAYS, required=False)
    commitment = _number(
        _("At least, each period"), help_text=_("What is missing to it is billed at the end of a period.")
    )
    is_calendar_aligned = forms.BooleanField(label=_("Periods follow the calendar"), required=False)
    proration = forms.ChoiceField(label=_("Parts of a period are billed"), choices=PRORATIONS)
    downgrade = forms.ChoiceField(label=_("What lowers the price counts"), choices=DOWNGRADES)
    bills_changes_now = forms.BooleanField(label=_("Bill changes at once, not with the next period"), required=False)
    keeps_anchor = forms.BooleanField(label=_("Another rhythm keeps the day of the month"), required=False)
    bills_end_day = forms.BooleanField(label=_("The last day is billed too"), required=False)
    reason = forms.CharField(label=_("Why it changes"), required=False, max_length=500)

    def __init__(self, *args: Any, is_new: bool, **more: Any) -> None:
        super().__init__(*args, **more)
        if is_new:
            self.fields["currency"].choices = currencies()  # type: ignore[attr-defined]
        for name in ("version", "reason") if is_new else ("code", "currency", "price_mode"):
            del self.fields[name]

    def terms(self) -> PlanTerms:
        """Return the terms that were typed."""
        known = self.cleaned_data
        return PlanTerms(
            Interval(known["interval"]), known["count"], known["is_calendar_aligned"], known["trial_days"] or 0,
            Proration(known["proration"]), When(known["downgrade"]), known["keeps_anchor"],
            known["bills_changes_now"], known["bills_end_day"], known["commitment"] or Decimal(0),
        )  # fmt: skip


class TierForm(forms.Form):
    """A tier of a price."""

    up_to = _number(_("Up to"), help_text=_("Empty: all that are left."))
    unit_price = _number(_("Price each"))
    flat_fee = _number(_("Fee"))

    def written(self) -> dict[str, Any]:
        """Return the tier as the rules read it."""
        known = {name: self.cleaned_data.get(name) for name in _OF_TIER}
        return {name: number_written(value) for name, value in known.items() if value is not None}


_REDRAW = {"hx-post": "", "hx-trigger": "change", "hx-vals": '{"act": "redraw"}', "hx-target": "#plan-items"}


class ItemForm(forms.Form):
    """An item of a plan. It has the fields that its kind of price needs."""

    name = forms.CharField(label=_("What"), max_length=200)
    key = forms.CharField(required=False, max_length=40, widget=forms.HiddenInput)
    kept = forms.CharField(required=False, max_length=20_000, widget=forms.HiddenInput)  # what programs set
    kind = forms.ChoiceField(label=_("Kind of price"), choices=KINDS, widget=forms.Select(_REDRAW))
    amount = _number(_("Price"))
    package_size = _number(_("Size of a package"))
    free_units = _number(_("Free units"))
    percent = NumberField(label=_("Percent"), required=False, least=Decimal(0), most=Decimal(100), places=12)
    least_each = _number(_("At least, each transaction"))
    most_each = _number(_("At most, each transaction"))
    minimum = _number(_("At least, each period"))
    cap = _number(_("At most, each period"))
    fee_without_use = forms.BooleanField(label=_("The first fee is due without use too"), required=False)
    quantity = _number(_("Quantity to begin with"))
    timing = forms.ChoiceField(label=_("Billed"), choices=TIMINGS)
    is_once = forms.BooleanField(label=_("Once, not each period"), required=False)
    metric = forms.CharField(
        label=_("Measured by"), required=False, max_length=100, help_text=_("The name of what is used, such as calls.")
    )
    aggregate = forms.ChoiceField(label=_("Counted is"), choices=AGGREGATES, required=False)
    field = forms.CharField(label=_("Property with the different values"), required=False, max_length=100)
    unit_code = forms.ChoiceField(label=_("Unit"), choices=UNITS)
    supply = forms.ChoiceField(label=_("For tax it is"), choices=SUPPLIES)
    rate_class = forms.ChoiceField(label=_("Tax rate"), choices=RATE_CLASSES)

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        kind = str(self["kind"].value() or "flat")
        self.chosen = kind if kind in _OF_KIND else "flat"
        has = {*_OF_KIND[self.chosen], *_OF_ALL}
        for name in {*_NUMBERS, "fee_without_use"} - has:
            del self.fields[name]
        unusual = str(self["unit_code"].value() or "C62")
        if unusual not in {code for code, _word in UNITS}:
            self.fields["unit_code"].choices = [*UNITS, (unusual, unusual)]  # type: ignore[attr-defined]

    @property
    def has_tiers(self) -> bool:
        """Tell whether the price has tiers."""
        return PriceKind(self.chosen) in TIERED

    def price_fields(self) -> list[forms.BoundField]:
        """Return the fields that this kind of price has."""
        return [self[name] for name in _OF_KIND[self.chosen]]

    def price(self, tiers: Sequence[TierForm]) -> dict[str, Any]:
        """Return the price as the rules read it."""
        known = self.cleaned_data
        price: dict[str, Any] = {"kind": self.chosen}
        price |= {name: number_written(known[name]) for name in _NUMBERS if known.get(name) is not None}
        if known.get("fee_without_use"):
            price["fee_without_use"] = True
        if self.has_tiers:
            price["tiers"] = [each.written() for each in tiers]
        return price

    def entry(self, tiers: Sequence[TierForm]) -> ItemEntry:
        """Return the item as the actions take it."""
        known, price = self.cleaned_data, self.price(tiers)
        kept = _kept(known["kept"])
        measure = None
        if known["metric"].strip():
            measure = {"metric": known["metric"].strip(), "aggregate": known["aggregate"] or "sum"}
            measure |= {"field": known["field"].strip()} if known["field"].strip() else {}
            measure |= {"where": kept["where"]} if kept.get("where") else {}
        return ItemEntry(
            name=known["name"], key=known["key"], price=price, measure=measure, is_once=known["is_once"],
            quantity=Decimal(1) if known["quantity"] is None else known["quantity"], timing=known["timing"],
            ramp=kept.get("ramp") or (), unit_code=known["unit_code"], supply=known["supply"],
            rate_class=known["rate_class"],
        )  # fmt: skip


def _kept(text: str) -> dict[str, Any]:
    try:
        kept = json.loads(text or "{}")
    except ValueError:
        return {}
    return kept if isinstance(kept, dict) else {}


class Items:
    """The items of the editor with their tiers: as they are stored, as they are typed, or read."""

    def __init__(self, rows: Iterable[Mapping[str, Any]], data: Any = None, *, form: type[ItemForm] = ItemForm) -> None:
        self.rows = [
            (
                form(data, prefix=f"items-{n}", initial=dict(row)),
                [
                    TierForm(data, prefix=f"items-{n}-tiers-{m}", initial=dict(tier))
                    for m, tier in enumerate(row.get("tiers", ()))
                ],
            )
            for n, row in enumerate(rows)
        ]

    def is_valid(self) -> bool:
        """Tell whether everything typed can be read."""
        return all([form.is_valid() and all([each.is_valid() for each in tiers]) for form, tiers in self.rows])  # noqa: C419 -- all are asked, so that each shows what is wrong

    def entries(self) -> list[ItemEntry]:
        """Return the items as the actions take them."""
        return [form.entry(filled(tiers)) for form, tiers in self.rows]


def filled(tiers: Sequence[TierForm]) -> list[TierForm]:
    """Leave out tiers without anything; the last one, which is open, stays when it has a price."""
    return [each for each in tiers if any(each.cleaned_data.get(name) is not None for name in _OF_TIER)]


def typed_rows(typed: Any) -> list[dict[str, Any]]:
    """Return the rows that a form sent, as they were typed."""
    rows = []
    for n in range(MOST_ROWS):
        if f"items-{n}-name" not in typed:
            break
        row: dict[str, Any] = {name: typed.get(f"items-{n}-{name}", "") for name in _TYPED}
        row["tiers"] = [
            {name: typed.get(f"items-{n}-tiers-{m}-{name}", "") for name in _OF_TIER}
            for m in range(MOST_TIERS)
            if f"items-{n}-tiers-{m}-up_to" in typed
        ]
        rows.append(row)
    return rows


def changed_rows(rows: list[dict[str, Any]], act: str) -> list[dict[str, Any]]:
    """Return rows after a button: an item or a tier more or less. A price in tiers has at least two rows of them."""
    word, _colon, place = act.partition(":")
    n = int(place) if place.isascii() and place.isdecimal() and len(place) < 3 else -1
    if word == "add_item" and len(rows) < MOST_ROWS:
        rows = [*rows, empty_row()]
    if word == "drop_item":
        rows = [row for at, row in enumerate(rows) if at != n]
    for at, row in enumerate(rows):
        if str(row["kind"]) in {kind.value for kind in TIERED}:
            least = len(row["tiers"]) + 1 if word == "add_tier" and at == n else 2
            row["tiers"] = [*row["tiers"], *({} for _ in range(least - len(row["tiers"])))][:MOST_TIERS]
    return rows or [empty_row()]


def empty_row() -> dict[str, Any]:
    """Return an item that nothing is said of yet."""
    return {
        "kind": "flat", "quantity": Decimal(1), "timing": "advance", "unit_code": "C62", "supply": "services",
        "rate_class": "standard", "aggregate": "sum", "tiers": [],
    }  # fmt: skip


def stored_rows(items: Iterable[Any]) -> list[dict[str, Any]]:
    """Return stored items as the editor shows them."""
    rows = []
    for item in items:
        measure = item.measure or {}
        numbers = {name: Decimal(item.price[name]) for name in _NUMBERS if item.price.get(name) is not None}
        tiers = [
            {name: None if tier.get(name) is None else Decimal(tier[name]) for name in _OF_TIER}
            for tier in item.price.get("tiers", ())
        ]
        kept = {name: value for name, value in (("ramp", item.ramp), ("where", measure.get("where"))) if value}
        rows.append(
            {
                "name": item.name, "key": item.key, "kept": json.dumps(kept) if kept else "",
                "kind": item.price["kind"], **numbers, "fee_without_use": item.price.get("fee_without_use", False),
                "quantity": item.quantity.normalize(), "timing": item.timing, "is_once": item.is_once,
                "metric": measure.get("metric", ""), "aggregate": measure.get("aggregate", "sum"),
                "field": measure.get("field", ""), "unit_code": item.unit_code, "supply": item.supply,
                "rate_class": item.rate_class, "tiers": tiers,
            }
        )  # fmt: skip
    return rows


class CouponForm(EntryForm):
    """A coupon."""

    code = forms.CharField(label=_("Code"), max_length=40)
    name = forms.CharField(label=_("Name"), required=False, max_length=200)
    percent = NumberField(label=_("Percent"), required=False, least=Decimal(0), most=Decimal(100), places=4)
    amount = _number(_("or an amount for each period"))
    currency = forms.ChoiceField(label=_("Currency"))
    periods = forms.IntegerField(
        label=_("Periods"), required=False, min_value=1, max_value=1000, help_text=_("Empty: for ever.")
    )
    item_keys = forms.CharField(
        label=_("Only for items with these keys"), required=False, max_length=500, help_text=_("Empty: for all.")
    )
    given_until = DayField(label=_("Given out until"), required=False)

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.fields["currency"].choices = currencies()  # type: ignore[attr-defined]

    def entry(self) -> NewCoupon:
        """Return the coupon as the actions take it.

        Raises: RuleBroken for an amount that its currency does not have.
        """
        known = self.cleaned_data
        keys = known["item_keys"].replace(",", " ").split()
        return NewCoupon(
            code=known["code"], name=known["name"], percent=known["percent"] or Decimal(0),
            amount_minor=_minor(known["amount"], known["currency"]), currency=known["currency"],
            item_keys=keys or None, periods=known["periods"], given_until=known["given_until"],
        )  # fmt: skip


def _minor(amount: Decimal | None, currency: str) -> int:
    if not amount:
        return 0
    minor = to_minor(amount, currency)
    if minor <= 0:
        raise RuleBroken("discount.out_of_range", "A discount is 0 to 100 %% or an amount above 0.")
    return minor
