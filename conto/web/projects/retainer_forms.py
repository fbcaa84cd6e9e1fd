"""What is typed about retainers."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from conto.apps.projects.entries import NewRetainer
from conto.domain.project import MOST_CARRIED
from conto.web.controls import NumberField
from conto.web.projects.forms import HoursField

_MOST_RATE = Decimal(10) ** 9 - 1


class RetainerForm(forms.Form):
    """Which repeating invoice brings how many hours, for how long they last, and what an hour beyond costs."""

    version = forms.IntegerField(required=False, widget=forms.HiddenInput)
    repeat = forms.ChoiceField(
        label=_("Repeating invoice"), help_text=_("It says what is paid for the hours, when, and until when.")
    )
    hours = HoursField(
        label=_("Hours of a period"), digits=5, help_text=_("From the day of an invoice to the day before the next.")
    )
    carry = forms.IntegerField(
        label=_("Carried over for"), min_value=0, max_value=MOST_CARRIED,
        help_text=_("For how many more periods unused hours last. 0: they lapse at the end of their period."),
    )  # fmt: skip
    overage_rate = NumberField(
        label=_("An hour beyond costs"), least=Decimal(0), most=_MOST_RATE, places=4, required=False,
        help_text=_("Before tax. Empty: the rates as usual."),
    )  # fmt: skip

    def __init__(self, *args: Any, repeats: Iterable[tuple[str, str]], **more: Any) -> None:
        super().__init__(*args, **more)
        self.fields["repeat"].choices = list(repeats)  # type: ignore[attr-defined]

    def contents(self) -> NewRetainer:
        """Return the retainer in the words of its actions."""
        known = self.cleaned_data
        return NewRetainer(minutes=known["hours"], carry_periods=known["carry"], overage_rate=known["overage_rate"])
