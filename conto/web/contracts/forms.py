"""What is typed about contracts."""

from collections.abc import Iterable
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from conto.apps.contracts.entries import LineEntry
from conto.domain.contract import MOST_MONTHS, MOST_NOTICE_DAYS
from conto.web.catalog.choices import UNITS
from conto.web.contracts.words import RENEWALS
from conto.web.controls import DayField, NumberField
from conto.web.reading import uuid_in

if TYPE_CHECKING:
    from conto.apps.contracts.models import Contract, ContractLine

_MOST = Decimal(10) ** 11
_NUMBERS = ("first_months", "renewal_months", "notice_days")


class PriceForm(forms.Form):
    """A price that is agreed."""

    item = forms.CharField(required=False, widget=forms.HiddenInput)
    details = forms.CharField(required=False, max_length=5000, widget=forms.HiddenInput)
    name = forms.CharField(label=_("What"), max_length=300)
    unit = forms.CharField(label=_("Per"), max_length=3, initial="C62", widget=forms.Select(choices=UNITS))
    unit_price = NumberField(label=_("Price"), places=12, least=Decimal(0), most=_MOST)
    discount = NumberField(label=_("Discount %"), least=Decimal(0), most=Decimal(100), places=4, required=False)

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        unusual = str(self["unit"].value() or "")
        if unusual not in {code for code, _word in UNITS}:
            self.fields["unit"].widget.choices = [*UNITS, (unusual, unusual)]

    def entry(self) -> LineEntry:
        """Return the line for the contract."""
        known = self.cleaned_data
        return LineEntry(
            name=known["name"],
            unit_price=known["unit_price"],
            item_id=uuid_in(known["item"]),
            description=known["details"],
            unit_code=known["unit"],
            allowance_percent=known["discount"] or Decimal(0),
        )


if TYPE_CHECKING:
    _PriceForms = forms.BaseFormSet[PriceForm]
else:
    _PriceForms = forms.BaseFormSet


class _Prices(_PriceForms):
    def entries(self) -> list[LineEntry]:
        """Return the lines in their order, without those that were taken away or left empty."""
        kept = [form for form in self.forms if form.cleaned_data and not form.cleaned_data.get("DELETE")]
        return [form.entry() for form in kept if form.cleaned_data.get("name")]


PriceFormSet = forms.formset_factory(
    PriceForm, formset=_Prices, extra=2, can_delete=True, max_num=200, absolute_max=202
)


class ContractForm(forms.Form):
    """A contract: what it is about, from when, and how it goes on."""

    version = forms.IntegerField(required=False, widget=forms.HiddenInput)
    title = forms.CharField(label=_("What is it about?"), max_length=200)
    starts_on = DayField(label=_("Begins on"))
    ends_on = DayField(label=_("Last day"), required=False, help_text=_("Empty: it goes on."))
    renewal = forms.ChoiceField(label=_("When a term is over"), choices=RENEWALS)
    first_months = forms.IntegerField(
        label=_("First term in months"), min_value=0, max_value=MOST_MONTHS, required=False
    )
    renewal_months = forms.IntegerField(
        label=_("Each further term in months"), min_value=0, max_value=MOST_MONTHS, required=False
    )
    notice_days = forms.IntegerField(
        label=_("Days of notice"), min_value=0, max_value=MOST_NOTICE_DAYS, required=False,
        help_text=_("So many whole days lie between the notice and the next term."),
    )  # fmt: skip
    clauses = forms.CharField(
        label=_("What else is agreed"), required=False, max_length=50_000, widget=forms.Textarea(attrs={"rows": 5})
    )
    currency = forms.CharField(label=_("Currency"), max_length=3, min_length=3)
    price_mode = forms.ChoiceField(label=_("Prices"), choices=[("net", _("without tax")), ("gross", _("tax included"))])
    owner = forms.ChoiceField(label=_("Who looks after it"), required=False)
    is_agreed = forms.BooleanField(
        label=_("It is agreed"), required=False, initial=True,
        help_text=_("It gets its number and is in force from its first day. Otherwise it is a draft."),
    )  # fmt: skip
    applies_from = DayField(label=_("The change applies from"), required=False)
    reason = forms.CharField(label=_("Why it changes"), required=False, max_length=500)

    def __init__(
        self, *args: Any, owners: Iterable[tuple[str, str]], of: "Contract | None" = None, **more: Any
    ) -> None:
        super().__init__(*args, **more)
        self.fields["owner"].choices = [("", _("Nobody")), *owners]  # type: ignore[attr-defined]
        gone = ["applies_from", "reason"] if of is None else ["currency", "price_mode", "is_agreed"]
        if of is not None:
            gone += ["applies_from", "reason"] if of.state == "draft" else ["starts_on"]
        for name in gone:
            del self.fields[name]

    def contents(self) -> dict[str, Any]:
        """Return what the contract says, in the words of its actions."""
        known = {**self.cleaned_data}
        for name in ("version", "reason"):
            known.pop(name, None)
        known["owner_id"] = uuid_in(known.pop("owner"))
        known |= {name: known[name] or 0 for name in _NUMBERS}
        if "applies_from" in known and known["applies_from"] is None:
            del known["applies_from"]
        if "currency" in known:
            known["currency"] = known["currency"].upper()
        return known


class EndForm(forms.Form):
    """That a contract ends: when and why."""

    ends_on = DayField(label=_("Last day"), required=False)
    reason = forms.CharField(label=_("Reason"), required=False, max_length=500)


def price_initials(lines: "Iterable[ContractLine]") -> list[dict[str, Any]]:
    """Return stored lines as the form shows them."""
    return [
        {
            "item": str(line.item_id or ""),
            "details": line.description,
            "name": line.name,
            "unit": line.unit_code,
            "unit_price": line.unit_price.normalize(),
            "discount": line.allowance_percent.normalize() if line.allowance_percent else None,
        }
        for line in lines
    ]


def contract_initial(contract: "Contract") -> dict[str, Any]:
    """Return a contract as the form shows it."""
    names = ("version", "title", "starts_on", "ends_on", "renewal", "notice_days", "clauses")
    known = {name: getattr(contract, name) for name in names}
    months = {name: getattr(contract, name) or None for name in ("first_months", "renewal_months")}
    return {**known, **months, "owner": str(contract.owner_id or "")}
