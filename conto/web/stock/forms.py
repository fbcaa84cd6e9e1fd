"""What is typed about stock."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from conto.apps.stock.actions import NewCount, NewReceipt
from conto.domain.money import EXACT, minor_digits
from conto.domain.stock import MOST_MINOR, MOST_QUANTITY
from conto.web.controls import DayField, MoneyField, NumberField
from conto.web.customers.forms import EntryForm

_ZERO, _MOST = Decimal(0), MOST_QUANTITY - 1


class KeepForm(EntryForm):
    """How stock of an item is watched."""

    legal_entity = forms.ChoiceField(label=_("Whose stock"))
    reorder_level = NumberField(
        label=_("Reorder level"), required=False, least=_ZERO, most=_MOST,
        help_text=_("Below this quantity the item is listed as running low."),
    )  # fmt: skip
    may_go_below_zero = forms.BooleanField(
        label=_("May be sold below zero"), required=False, initial=True,
        help_text=_("With a warning before issue. Otherwise an invoice that takes more than is on hand is not issued."),
    )  # fmt: skip

    def __init__(self, *args: Any, sellers: Sequence[tuple[str, str]] = (), **more: Any) -> None:
        super().__init__(*args, **more)
        if len(sellers) > 1:
            self.fields["legal_entity"].choices = list(sellers)  # type: ignore[attr-defined]
        else:
            del self.fields["legal_entity"]

    def watch(self) -> dict[str, Any]:
        """Return how stock is watched, in the words of the actions."""
        return {name: self.cleaned_data[name] for name in ("reorder_level", "may_go_below_zero")}


class ReceiptForm(EntryForm):
    """Goods that came in."""

    quantity = NumberField(label=_("Quantity"), least=_ZERO, most=_MOST)
    cost = MoneyField(label=_("What they cost together, before tax"), least_minor=0)
    received_on = DayField(label=_("Received on"))
    reference = forms.CharField(
        label=_("Delivery note"), required=False, max_length=100,
        help_text=_("The same number is received once, also when it is entered twice."),
    )  # fmt: skip
    is_opening = forms.BooleanField(
        label=_("They were there before Conto"), required=False,
        help_text=_("Booked against the opening balances instead of goods received, not invoiced."),
    )  # fmt: skip

    def __init__(self, *args: Any, currency: str, **more: Any) -> None:
        super().__init__(*args, **more)
        self.fields["cost"] = MoneyField(currency, label=self.fields["cost"].label, least_minor=0)

    def contents(self) -> NewReceipt:
        """Return the receipt in the words of its actions."""
        known = self.cleaned_data
        return NewReceipt(
            quantity=known["quantity"],
            cost_minor=known["cost"],
            received_on=known["received_on"],
            reference=known["reference"],
            is_opening=known["is_opening"],
        )


class ReversalForm(EntryForm):
    """Why a receipt is taken back."""

    reason = forms.CharField(label=_("Reason"), max_length=300)


class CountForm(EntryForm):
    """How many there are."""

    quantity = NumberField(label=_("Counted"), least=_ZERO, most=_MOST)
    reason = forms.CharField(label=_("Reason"), max_length=300)
    counted_on = DayField(label=_("Counted on"))
    unit_cost = NumberField(
        label=_("One is worth"), required=False, least=_ZERO, most=Decimal(MOST_MINOR), places=6,
        help_text=_("Leave it empty to keep the average cost."),
    )  # fmt: skip

    def __init__(self, *args: Any, currency: str, sees_cost: bool, **more: Any) -> None:
        super().__init__(*args, **more)
        self._currency = currency
        if not sees_cost:
            del self.fields["unit_cost"]

    def contents(self) -> NewCount:
        """Return the count in the words of its actions."""
        known = self.cleaned_data
        cost = known.get("unit_cost")
        return NewCount(
            quantity=known["quantity"],
            reason=known["reason"],
            counted_on=known["counted_on"],
            unit_cost_minor=None if cost is None else cost.scaleb(minor_digits(self._currency), EXACT),
        )
