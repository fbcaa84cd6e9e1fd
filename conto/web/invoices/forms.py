"""Forms of drafts: the lines, the head, credit and write-off."""

import re
from collections.abc import Iterable
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from conto.apps.invoicing.entries import LineEntry
from conto.domain.errors import RuleBroken
from conto.domain.routing import check_buyer_reference
from conto.web.controls import DayField, NumberField
from conto.web.reading import uuid_in, words_of

if TYPE_CHECKING:
    from conto.apps.invoicing.models import Draft, DraftLine

UNITS = [
    ("C62", _("pieces")),
    ("HUR", _("hours")),
    ("MIN", _("minutes")),
    ("DAY", _("days")),
    ("WEE", _("weeks")),
    ("MON", _("months")),
    ("LS", _("flat")),
    ("KGM", _("kg")),
    ("KMT", _("km")),
    ("LTR", _("liters")),
    ("MTR", _("meters")),
    ("MTK", _("m²")),
]
RATE_CLASSES = [
    ("standard", _("Standard rate")),
    ("reduced", _("Reduced rate")),
    ("reduced2", _("Second reduced rate")),
    ("super_reduced", _("Super-reduced rate")),
    ("zero", _("Zero rate")),
    ("exempt", _("Exempt")),
]
LANGUAGES = [("en", _("English")), ("de", _("German")), ("fr", _("French"))]
_MOST = Decimal(10) ** 11


class LineForm(forms.Form):
    """One line as it is typed; `total` is what it comes to, once that is known."""

    total = ""
    item = forms.CharField(required=False, widget=forms.HiddenInput)
    supply = forms.CharField(required=False, widget=forms.HiddenInput)
    discount = forms.CharField(required=False, widget=forms.HiddenInput)
    # What a line that bills work or a contract says besides: for how many units its price is, and of which days.
    base = forms.DecimalField(required=False, widget=forms.HiddenInput)
    since = forms.DateField(required=False, widget=forms.HiddenInput)
    until = forms.DateField(required=False, widget=forms.HiddenInput)
    # What a line says of its tax and price that no field shows, and for which tax that was; another tax drops it.
    kept = forms.CharField(required=False, widget=forms.HiddenInput)
    name = forms.CharField(
        label=_("What"),
        max_length=300,
        widget=forms.TextInput(
            attrs={"list": "item-names", "autocomplete": "off", "placeholder": _("Item or service")}
        ),
    )
    details = forms.CharField(
        label=_("Details"), required=False, max_length=5000, widget=forms.Textarea(attrs={"rows": 1})
    )
    quantity = NumberField(label=_("Quantity"), initial="1", least=-_MOST, most=_MOST)
    unit = forms.ChoiceField(label=_("Unit"), choices=UNITS, initial="C62")
    unit_price = NumberField(label=_("Price"), places=12, least=-_MOST, most=_MOST)
    tax = forms.ChoiceField(label=_("Tax"), choices=RATE_CLASSES, initial="standard")

    def entry(self) -> LineEntry:
        """Return the line for the draft."""
        known = self.cleaned_data
        category, rate, allowance_minor = _kept(known["kept"], known["tax"])
        return LineEntry(
            name=known["name"],
            description=known["details"],
            tax_category=category,
            tax_rate=rate,
            allowance_minor=allowance_minor,
            quantity=known["quantity"],
            unit_code=known["unit"],
            unit_price=known["unit_price"],
            item_id=uuid_in(known["item"]),
            supply=known["supply"] or "services",
            rate_class=known["tax"],
            allowance_percent=Decimal(known["discount"] or 0),
            base_quantity=known["base"] or Decimal(1),
            period_start_on=known["since"],
            period_end_on=known["until"],
        )


if TYPE_CHECKING:
    _LineForms = forms.BaseFormSet[LineForm]
else:
    _LineForms = forms.BaseFormSet


class _Lines(_LineForms):
    def entries(self) -> list[LineEntry]:
        """Return the lines in their order, without those that were removed or left empty."""
        kept = [form for form in self.forms if form.has_changed() and not form.cleaned_data.get("DELETE")]
        kept.sort(key=lambda form: form.cleaned_data.get("ORDER") or 9999)
        return [form.entry() for form in kept if form.cleaned_data.get("name")]


LineFormSet = forms.formset_factory(
    LineForm, formset=_Lines, extra=0, can_delete=True, can_order=True, max_num=1000, absolute_max=1000
)


_KEPT = re.compile(r"([A-Z]{0,2})\|(\d{0,3}(?:\.\d{1,4})?)\|(\d{1,15})\|(\w+)", re.ASCII)


def _kept(text: str, tax: str) -> tuple[str, Decimal | None, int]:
    """Return category and rate that were set by hand for a tax, and an amount off."""
    found = _KEPT.fullmatch(text)
    if found is None:
        return "", None, 0
    if found[4] != tax or not found[1]:
        return "", None, int(found[3])
    return found[1], Decimal(found[2]) if found[2] else None, int(found[3])


def _to_keep(line: "DraftLine | LineEntry") -> str:
    if not line.tax_category and not line.allowance_minor:
        return ""
    rate = "" if line.tax_rate is None else format(line.tax_rate.normalize(), "f")
    return f"{line.tax_category}|{rate}|{line.allowance_minor}|{line.rate_class}"


def line_initials(lines: "Iterable[DraftLine | LineEntry]") -> list[dict[str, Any]]:
    """Return stored lines as the editor shows them."""
    return [
        {
            "item": str(line.item_id or ""),
            "kept": _to_keep(line),
            "supply": line.supply,
            "discount": str(line.allowance_percent.normalize()) if line.allowance_percent else "",
            "name": line.name,
            "details": line.description,
            "quantity": line.quantity.normalize(),
            "unit": line.unit_code,
            "unit_price": line.unit_price.normalize(),
            "tax": line.rate_class,
            "base": format(line.base_quantity.normalize(), "f") if line.base_quantity != 1 else None,
            "since": line.period_start_on,
            "until": line.period_end_on,
        }
        for line in lines
    ]


class HeadForm(forms.Form):
    """The head of a draft: when, on what terms, with which references and words."""

    version = forms.IntegerField(widget=forms.HiddenInput, required=False)
    terms_days = forms.IntegerField(label=_("Payable within days"), min_value=0, max_value=365)
    early_discount_percent = NumberField(
        label=_("Early-payment discount"), required=False, least=Decimal(0), most=Decimal(50)
    )
    early_discount_days = forms.IntegerField(label=_("if paid within days"), required=False, min_value=1, max_value=365)
    delivered_on = DayField(label=_("Delivered on"), required=False)
    period_start_on = DayField(label=_("Service from"), required=False)
    period_end_on = DayField(label=_("to"), required=False)
    buyer_reference = forms.CharField(
        label=_("Buyer reference"),
        required=False,
        max_length=100,
        help_text=_("Leitweg-ID for public buyers in Germany"),
    )
    order_reference = forms.CharField(label=_("Order number of the customer"), required=False, max_length=100)
    language = forms.ChoiceField(label=_("Language of the document"), choices=LANGUAGES)
    price_mode = forms.ChoiceField(label=_("Prices"), choices=[("net", _("without tax")), ("gross", _("tax included"))])
    discount_percent = NumberField(
        label=_("Discount on everything"), required=False, least=Decimal(0), most=Decimal(100)
    )
    intro = forms.CharField(label=_("Words above the lines"), required=False, widget=forms.Textarea(attrs={"rows": 2}))
    notes = forms.CharField(label=_("Words below"), required=False, widget=forms.Textarea(attrs={"rows": 2}))

    def clean_buyer_reference(self) -> str:
        """Check a Leitweg-ID where it looks like one."""
        text = str(self.cleaned_data["buyer_reference"]).strip()
        try:
            return check_buyer_reference(text)
        except RuleBroken as refusal:
            raise forms.ValidationError(words_of(refusal)) from refusal

    def clean(self) -> dict[str, Any]:
        """Hold the dates and the discount together."""
        known = super().clean() or self.cleaned_data
        start, end = known.get("period_start_on"), known.get("period_end_on")
        if start and end and end < start:
            self.add_error("period_end_on", _("The service ends before it starts."))
        if bool(known.get("early_discount_percent")) != bool(known.get("early_discount_days")):
            self.add_error(
                "early_discount_days", _("An early-payment discount needs both a percentage and a number of days.")
            )
        return known

    def changes(self) -> dict[str, Any]:
        """Return what the draft stores."""
        left = {"version", "discount_percent"}
        return {name: value for name, value in self.cleaned_data.items() if name not in left}


def head_initial(draft: "Draft") -> dict[str, Any]:
    """Return the head of a draft as the form shows it."""
    discount = draft.allowances.filter(is_charge=False, percent__isnull=False).first()
    known = {name: getattr(draft, name, None) for name in HeadForm.base_fields}
    if draft.early_discount_percent is not None:
        known["early_discount_percent"] = draft.early_discount_percent.normalize()
    known["discount_percent"] = discount.percent.normalize() if discount and discount.percent else None
    return known


class WriteOffForm(forms.Form):
    """Why an open amount is given up."""

    reason = forms.CharField(label=_("Reason"), max_length=300, help_text=_("For your books and your accountant."))


class CreditForm(forms.Form):
    """What of an invoice is credited: a quantity for each line."""

    reason = forms.CharField(label=_("Reason"), required=False, max_length=300)
    goods_stay = forms.BooleanField(
        label=_("The goods stay with the customer"), required=False,
        help_text=_("Otherwise the credited quantity comes back into stock at the cost at which it left."),
    )  # fmt: skip

    def __init__(self, *args: Any, lines: Iterable[Any] = (), moved_goods: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not moved_goods:
            del self.fields["goods_stay"]
        for line in lines:
            self.fields[f"quantity_{line.position}"] = NumberField(
                label=line.name, required=False, least=Decimal(0), most=abs(line.quantity)
            )


class SendForm(forms.Form):
    """Who gets the document, with which words."""

    to_address = forms.EmailField(label=_("To"))
    subject = forms.CharField(label=_("Subject"), max_length=200)
    text = forms.CharField(label=_("Message"), widget=forms.Textarea(attrs={"rows": 9}), max_length=10000)
