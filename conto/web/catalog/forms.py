"""The item's forms."""

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from conto.web.catalog import choices
from conto.web.controls import DayField, NumberField
from conto.web.customers.choices import currencies
from conto.web.customers.forms import EntryForm


def _line(label: Any, most: int, *, required: bool = False) -> forms.CharField:
    return forms.CharField(
        label=label, required=required, widget=forms.TextInput({"maxlength": most, "autocomplete": "off"})
    )


class ItemForm(EntryForm):
    """A product or service."""

    name = _line(_("Name"), 200, required=True)
    kind = forms.ChoiceField(label=_("Kind"), choices=choices.KINDS, widget=forms.RadioSelect)
    code = _line(_("Code"), 60)
    unit_code = forms.ChoiceField(label=_("Unit"))
    description = forms.CharField(
        label=_("Description on documents"), required=False, widget=forms.Textarea({"rows": 2})
    )
    supply = forms.ChoiceField(label=_("For tax it is"), choices=choices.SUPPLIES)
    rate_class = forms.ChoiceField(label=_("Tax rate"), choices=choices.RATE_CLASSES)
    cost = NumberField(label=_("Cost to you, per unit"), required=False, places=12, least=Decimal(0))

    def __init__(self, *args: Any, sees_cost: bool = True, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        now = str(self.initial.get("unit_code", ""))
        known = {code for code, _word in choices.UNITS}
        more = [(now, now)] if now and now not in known else []
        self.fields["unit_code"].choices = [*choices.UNITS, *more]  # type: ignore[attr-defined]
        if not sees_cost:
            del self.fields["cost"]


class PriceForm(EntryForm):
    """A price from a day on."""

    amount = NumberField(label=_("Price per unit"), places=12, least=Decimal(0))
    currency = forms.ChoiceField(label=_("Currency"))
    price_mode = forms.ChoiceField(label=_("The price is"), choices=choices.PRICE_MODES)
    valid_from = DayField(label=_("From"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["currency"].choices = currencies()  # type: ignore[attr-defined]


class NewItemForm(ItemForm):
    """A new item with its first price."""

    amount = NumberField(label=_("Price per unit"), places=12, least=Decimal(0), required=False)
    currency = forms.ChoiceField(label=_("Currency"))
    price_mode = forms.ChoiceField(label=_("The price is"), choices=choices.PRICE_MODES)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["currency"].choices = currencies()  # type: ignore[attr-defined]


class WordsForm(EntryForm):
    """An item's words in another language."""

    name = _line(_("Name"), 200)
    description = forms.CharField(label=_("Description"), required=False, widget=forms.Textarea({"rows": 2}))
