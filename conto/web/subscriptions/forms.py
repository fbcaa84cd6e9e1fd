"""What is typed about subscriptions: a new one, a change of one, and how one is looked after."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, ClassVar
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from conto.apps.subscriptions.entries import ChangeEntry
from conto.domain.plan import MOST_COUNT, MOST_TRIAL_DAYS
from conto.domain.price import price_from
from conto.web.controls import DayField, NumberField
from conto.web.customers.forms import EntryForm
from conto.web.plans.forms import ItemForm, Items, filled
from conto.web.plans.words import INTERVALS
from conto.web.reading import uuid_in
from conto.web.subscriptions.words import WHENS

_MOST = Decimal(10) ** 11
_PRICE = (
    "name", "key", "kind", "amount", "package_size", "free_units", "percent", "least_each", "most_each", "minimum",
    "cap", "fee_without_use", "quantity",
)  # fmt: skip


class PriceForm(ItemForm):
    """The price and quantity of an item that is there already."""

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        for name in [name for name in self.fields if name not in _PRICE]:
            del self.fields[name]
        self.fields["name"].widget = forms.HiddenInput()
        self.fields["quantity"].label = _("Quantity")

    @property
    def word(self) -> str:
        """Return the name of the item."""
        return str(self["name"].value() or "")


class TakenForm(PriceForm):
    """An item of a plan that a customer takes, or not."""

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.fields["is_left_out"] = forms.BooleanField(label=_("Leave this out"), required=False)


class PricedItems(Items):
    """Items whose prices and quantities are typed beside those that they have."""

    def __init__(
        self, rows: Iterable[Mapping[str, Any]], data: Any = None, *, stored: Iterable[Any], form: type[ItemForm]
    ) -> None:
        super().__init__(rows, data, form=form)
        self.stored = {each.key: each for each in stored}
        for priced, _tiers in self.rows:
            item = self.stored.get(str(priced["key"].value() or ""))
            if item is not None and (item.measure or priced.chosen == "flat"):  # its quantity makes no price
                priced.fields["quantity"].widget = forms.HiddenInput()

    def own_prices(self, currency: str) -> dict[str, dict[str, Any]]:
        """Return the prices that are others than those that the items have, by key.

        Raises: RuleBroken for a price that cannot be.
        """
        typed = {form.cleaned_data["key"]: form.price(filled(tiers)) for form, tiers in self.rows}
        return {
            key: price
            for key, price in typed.items()
            if key in self.stored and price_from(price, currency) != price_from(self.stored[key].price, currency)
        }

    def quantities(self) -> dict[str, Decimal]:
        """Return the quantities that were typed, by key; what is measured has none."""
        typed = {form.cleaned_data["key"]: form.cleaned_data["quantity"] for form, _tiers in self.rows}
        return {
            key: quantity
            for key, quantity in typed.items()
            if quantity is not None and key in self.stored and not self.stored[key].measure
        }

    def taken(self) -> list[str] | None:
        """Return the keys of the items that are taken, or nothing when all are."""
        kept = [form.cleaned_data["key"] for form, _tiers in self.rows if not form.cleaned_data.get("is_left_out")]
        return None if len(kept) == len(self.stored) else kept


class HandlingForm(EntryForm):
    """How a subscription is looked after."""

    version = forms.IntegerField(required=False, widget=forms.HiddenInput)
    title = forms.CharField(label=_("Title"), max_length=200)
    owner = forms.ChoiceField(label=_("Who looks after it"), required=False)
    is_reviewed = forms.BooleanField(
        label=_("Look at its invoices before they go out"), required=False,
        help_text=_("They wait as drafts until somebody issues them."),
    )  # fmt: skip
    bills_alone = forms.BooleanField(
        label=_("Invoices of its own"), required=False,
        help_text=_("Otherwise what falls due on one day for one customer is one invoice."),
    )  # fmt: skip

    collection = forms.ChoiceField(
        label=_("Its invoices are"), required=False,
        choices=[("send", _("sent, and the customer pays")), ("charge", _("charged to the saved card"))],
        help_text=_("Counts from the next invoice on. Without a saved card they are sent."),
    )  # fmt: skip

    def __init__(self, *args: Any, owners: Iterable[tuple[str, str]], may_charge: bool = False, **more: Any) -> None:
        super().__init__(*args, **more)
        if not may_charge:
            del self.fields["collection"]
        self.fields["owner"].choices = [("", _("Nobody")), *owners]  # type: ignore[attr-defined]

    def handling(self) -> dict[str, Any]:
        """Return what was typed, in the words of the actions."""
        known = self.cleaned_data
        named = {name: known[name] for name in ("title", "is_reviewed", "bills_alone")}
        named |= {"collection": known["collection"]} if known.get("collection") else {}
        return {**named, "owner_id": uuid_in(known["owner"])}


class NewForm(HandlingForm):
    """A new subscription, without its items."""

    plan = forms.ChoiceField(label=_("Plan"))
    title = forms.CharField(
        label=_("Title"), max_length=200, required=False, help_text=_("Empty: the name of the plan.")
    )
    starts_on = DayField(label=_("Begins on"))
    ends_on = DayField(label=_("Last day"), required=False, help_text=_("Empty: it goes on."))
    trial_days = forms.IntegerField(
        label=_("Days of trial"), min_value=0, max_value=MOST_TRIAL_DAYS, required=False,
        help_text=_("Empty: as the plan has it."),
    )  # fmt: skip
    coupons = forms.CharField(
        label=_("Coupons"), required=False, max_length=200, help_text=_("Codes, with spaces between them.")
    )

    def __init__(self, *args: Any, plans: Sequence[tuple[str, str]], **more: Any) -> None:
        super().__init__(*args, **more)
        del self.fields["version"]
        redraw = {"hx-post": "", "hx-trigger": "change", "hx-vals": '{"act": "plan"}', "hx-target": "#plan-items"}
        self.fields["plan"].widget = forms.Select(redraw)
        self.fields["plan"].choices = plans  # type: ignore[attr-defined]

    def codes(self) -> list[str]:
        """Return the codes of coupons that were typed."""
        return str(self.cleaned_data["coupons"]).replace(",", " ").split()


def last_day_as_end(last_day: date | None, *, bills_end_day: bool) -> date | None:
    """Return the end that the engine takes for a last day: the day after it, the last where that is billed anyway."""
    if last_day is None:
        return None
    return last_day if bills_end_day else last_day + timedelta(days=1)


_AT_END_OF = "on_day"
_CANCELS = [
    ("period_end", _("at the end of the period")),
    ("now", _("at once, with a credit for what is left")),
    ("now_without_credit", _("at once, without a credit")),
    (_AT_END_OF, _("with a last day of its own")),
]


class ChangeForm(EntryForm):
    """A change of a subscription; it has the fields that its kind needs."""

    item = forms.ChoiceField(label=_("Item"))
    quantity = NumberField(label=_("Quantity"), places=12, least=Decimal(0), most=_MOST)
    count = forms.IntegerField(label=_("Billed every"), min_value=1, max_value=MOST_COUNT)
    interval = forms.ChoiceField(label=_("Day, week, month …"), choices=INTERVALS)
    on = DayField(label=_("From"), required=False, help_text=_("Empty: from now on."))
    when = forms.ChoiceField(label=_("It counts"), required=False, choices=WHENS)
    last_day = DayField(label=_("Last day"), required=False)
    reason = forms.CharField(label=_("Why"), required=False, max_length=500)

    OF_KIND: ClassVar = {
        "quantity": ("item", "quantity", "on", "when"),
        "price": ("item", "on", "when"),
        "add": ("on",),
        "remove": ("item", "on", "when"),
        "interval": ("count", "interval", "on", "when"),
        "pause": ("on", "when"),
        "resume": ("on",),
        "cancel": ("when", "last_day"),
        "renew": ("last_day",),
    }

    def __init__(self, *args: Any, kind: str, items: Sequence[tuple[str, str]], **more: Any) -> None:
        super().__init__(*args, **more)
        self.kind = kind
        for name in self.fields.keys() - {*self.OF_KIND[kind], "reason"}:
            del self.fields[name]
        if "item" in self.fields:
            self.fields["item"].choices = items  # type: ignore[attr-defined]
        if kind == "price":
            redraw = {"hx-post": "", "hx-trigger": "change", "hx-vals": '{"act": "item"}', "hx-target": "#plan-items"}
            self.fields["item"].widget = forms.Select(redraw, choices=items)
        if kind == "cancel":
            self.fields["when"].choices = _CANCELS  # type: ignore[attr-defined]
        if kind == "renew":
            self.fields["last_day"].help_text = _("Empty: it goes on.")
        if kind == "pause":
            self.fields["when"].choices = [each for each in WHENS if each[0]]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Ask for the last day where one was chosen."""
        known = super().clean() or {}
        if self.kind == "cancel" and known.get("when") == _AT_END_OF and not known.get("last_day"):
            self.add_error("last_day", _("Say the last day."))
        return known

    def entry(self, *, bills_end_day: bool, prices: Mapping[str, dict[str, Any]], added: Any = None) -> ChangeEntry:
        """Return the change as the actions take it."""
        known = self.cleaned_data
        given: dict[str, Any] = {"kind": self.kind, "prices": prices, "added": added}
        given |= {name: known[name] for name in ("item", "quantity", "count", "interval", "on") if name in known}
        given["when"] = known.get("when", "")
        end = last_day_as_end(known.get("last_day"), bills_end_day=bills_end_day)
        if self.kind == "renew":
            given["ends_on"] = end
        if self.kind == "price":
            given.pop("item")
        if given["when"] == _AT_END_OF:
            given |= {"when": "now", "on": end}
        return ChangeEntry(**given)


def owner_choices(members: Iterable[Any], *, also: UUID | None = None) -> list[tuple[str, str]]:
    """Return who may look after a subscription, and who does."""
    return [(str(each.id), each.name) for each in members if each.is_active or each.id == also]
