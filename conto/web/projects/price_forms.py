"""What is typed about the price of a project."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from conto.apps.projects.entries import NewChangeOrder, NewMilestone, NewPrice
from conto.domain.project import PriceMethod
from conto.web.controls import DayField, MoneyField, NumberField
from conto.web.reading import uuid_in

_HUNDRED = Decimal(100)
METHODS = [
    (PriceMethod.MILESTONES.value, _("by milestones that are reached")),
    (PriceMethod.PERCENT.value, _("by a percentage that is complete")),
]


class PriceForm(forms.Form):
    """A price as it was agreed."""

    amount = MoneyField(label=_("Price before tax"), least_minor=1)
    method = forms.ChoiceField(label=_("What is done is told"), choices=METHODS)
    retention = NumberField(
        label=_("Retention %"), least=Decimal(0), most=Decimal("99.9999"), places=4, required=False,
        help_text=_("Held back of every bill until the customer accepts the work."),
    )  # fmt: skip
    agreed_by = forms.CharField(label=_("Who agreed to it"), max_length=200)
    agreed_on = DayField(label=_("Agreed on"))

    def __init__(self, *args: Any, currency: str, **more: Any) -> None:
        super().__init__(*args, **more)
        self.fields["amount"] = MoneyField(currency, label=_("Price before tax"), least_minor=1)

    def contents(self) -> NewPrice:
        """Return the price in the words of its actions."""
        known = self.cleaned_data
        return NewPrice(
            amount_minor=known["amount"],
            method=PriceMethod(known["method"]),
            retention_percent=known["retention"] or Decimal(0),
            agreed_by=known["agreed_by"],
            agreed_on=known["agreed_on"],
        )


class ChangeOrderForm(forms.Form):
    """What raises or lowers the price."""

    title = forms.CharField(label=_("What it is about"), max_length=200)
    amount = MoneyField(label=_("More or less, before tax"))
    agreed_by = forms.CharField(label=_("Who agreed to it"), max_length=200)
    agreed_on = DayField(label=_("Agreed on"))

    def __init__(self, *args: Any, currency: str, **more: Any) -> None:
        super().__init__(*args, **more)
        self.fields["amount"] = MoneyField(
            currency, label=_("More or less, before tax"), help_text=_("With a minus the price becomes lower.")
        )

    def contents(self) -> NewChangeOrder:
        """Return the change order in the words of its actions."""
        known = self.cleaned_data
        return NewChangeOrder(
            title=known["title"],
            amount_minor=known["amount"],
            agreed_by=known["agreed_by"],
            agreed_on=known["agreed_on"],
        )


class MilestoneForm(forms.Form):
    """A part of the price: an amount or a percentage."""

    name = forms.CharField(label=_("Name"), max_length=200)
    amount = MoneyField(label=_("Amount before tax"), least_minor=1, required=False)
    percent = NumberField(
        label=_("or % of the price"), least=Decimal(0), most=_HUNDRED, places=4, required=False,
        help_text=_("A percentage follows the price when a change order moves it."),
    )  # fmt: skip
    due_on = DayField(label=_("Planned for"), required=False)

    def __init__(self, *args: Any, currency: str, **more: Any) -> None:
        super().__init__(*args, **more)
        self.fields["amount"] = MoneyField(currency, label=_("Amount before tax"), least_minor=1, required=False)

    def contents(self) -> NewMilestone:
        """Return the milestone in the words of its actions."""
        known = self.cleaned_data
        return NewMilestone(
            name=known["name"], amount_minor=known["amount"], percent=known["percent"], due_on=known["due_on"]
        )


class ProgressForm(forms.Form):
    """How much is complete."""

    percent = NumberField(label=_("Complete %"), least=Decimal(0), most=_HUNDRED, places=4)
    on = DayField(label=_("On"))

    def __init__(self, *args: Any, currency: str, **more: Any) -> None:
        super().__init__(*args, **more)
        self.currency = currency


class AcceptanceForm(forms.Form):
    """That the customer accepted the work."""

    accepted_by = forms.CharField(label=_("Who accepted it"), max_length=200)
    on = DayField(label=_("On"))

    def __init__(self, *args: Any, currency: str, **more: Any) -> None:
        super().__init__(*args, **more)
        self.currency = currency


class PriceBillForm(forms.Form):
    """Which paid deposits a bill of the price deducts."""

    deposits = forms.MultipleChoiceField(
        label=_("Deduct these deposits"), required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, deposits: Sequence[tuple[str, str]], **more: Any) -> None:
        super().__init__(*args, **more)
        self.fields["deposits"].choices = deposits  # type: ignore[attr-defined]

    def chosen(self) -> set[Any]:
        """Return the ids of the deposits that are deducted."""
        return {uuid_in(each) for each in self.cleaned_data["deposits"]}
