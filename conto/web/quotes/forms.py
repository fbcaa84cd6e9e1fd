"""Forms of quotes: the head, the lines, and how quotes are made."""

from collections.abc import Iterable
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from conto.apps.quotes.entries import LineEntry
from conto.domain.contract import MOST_MONTHS, MOST_NOTICE_DAYS, Renewal
from conto.domain.quote import ContractOffer, read_offer
from conto.domain.renewal import MOST_DAYS
from conto.web.contracts.words import RENEWALS
from conto.web.controls import DayField, NumberField
from conto.web.invoices.forms import LANGUAGES, LineForm
from conto.web.reading import uuid_in

if TYPE_CHECKING:
    from conto.apps.quotes.models import Quote, QuoteLine

RULES = [
    ("full", _("the whole at once")),
    ("deposit", _("a deposit, then the rest")),
    ("milestones", _("in milestones")),
    ("on_delivery", _("on delivery")),
]
KINDS = [("fixed", _("always counts")), ("optional", _("option")), ("choice", _("one of a group"))]
MOST_MILESTONES = 4
_OF_CONTRACT = {
    "contract_starts_on": "starts_on",
    "contract_months": "months",
    "contract_renewal": "renewal",
    "contract_renewal_months": "renewal_months",
    "contract_notice_days": "notice_days",
}


class QuoteLineForm(LineForm):
    """One line as it is typed: a line of an invoice that may be an option and stand in a section."""

    discount = NumberField(label=_("Discount"), required=False, least=Decimal(0), most=Decimal(100))  # type: ignore[assignment]
    section = forms.CharField(label=_("Section"), required=False, max_length=200)
    kind = forms.ChoiceField(label=_("Counts"), choices=KINDS, initial="fixed", required=False)
    choice_group = forms.CharField(label=_("Group"), required=False, max_length=100)
    is_chosen = forms.BooleanField(label=_("chosen beforehand"), required=False)

    def quote_entry(self) -> LineEntry:
        """Return the line for the quote."""
        known = self.cleaned_data
        return LineEntry(
            name=known["name"],
            description=known["details"],
            quantity=known["quantity"],
            unit_code=known["unit"],
            unit_price=known["unit_price"],
            item_id=uuid_in(known["item"]),
            supply=known["supply"] or "services",
            rate_class=known["tax"],
            allowance_percent=known["discount"] or Decimal(0),
            section=known["section"],
            kind=known["kind"] or "fixed",
            choice_group=known["choice_group"] if known["kind"] == "choice" else "",
            is_chosen=known["is_chosen"],
        )


if TYPE_CHECKING:
    _LineForms = forms.BaseFormSet[QuoteLineForm]
else:
    _LineForms = forms.BaseFormSet


class _Lines(_LineForms):
    def entries(self) -> list[LineEntry]:
        """Return the lines in their order, without those that were removed or left empty."""
        kept = [form for form in self.forms if form.has_changed() and not form.cleaned_data.get("DELETE")]
        kept.sort(key=lambda form: form.cleaned_data.get("ORDER") or 9999)
        return [form.quote_entry() for form in kept if form.cleaned_data.get("name")]


QuoteLineFormSet = forms.formset_factory(
    QuoteLineForm, formset=_Lines, extra=0, can_delete=True, can_order=True, max_num=500, absolute_max=500
)


def line_initials(lines: "Iterable[QuoteLine]") -> list[dict[str, Any]]:
    """Return stored lines as the editor shows them."""
    return [
        {
            "item": str(line.item_id or ""),
            "supply": line.supply,
            "discount": line.allowance_percent.normalize() if line.allowance_percent else None,
            "name": line.name,
            "details": line.description,
            "quantity": line.quantity.normalize(),
            "unit": line.unit_code,
            "unit_price": line.unit_price.normalize(),
            "tax": line.rate_class,
            "section": line.section,
            "kind": line.kind,
            "choice_group": line.choice_group,
            "is_chosen": line.is_chosen,
        }
        for line in lines
    ]


class HeadForm(forms.Form):
    """The head of a quote: what it is about, how long it holds, what it bills."""

    revision = forms.IntegerField(widget=forms.HiddenInput, required=False)
    title = forms.CharField(label=_("Title"), required=False, max_length=200)
    valid_until = DayField(label=_("Valid until"))
    discount_percent = NumberField(
        label=_("Discount on everything"), required=False, least=Decimal(0), most=Decimal(100)
    )
    price_mode = forms.ChoiceField(label=_("Prices"), choices=[("net", _("without tax")), ("gross", _("tax included"))])
    language = forms.ChoiceField(label=_("Language of the document"), choices=LANGUAGES)
    terms_days = forms.IntegerField(label=_("Payable within days"), min_value=0, max_value=365)
    billing_rule = forms.ChoiceField(label=_("Bills when accepted"), choices=RULES)
    deposit_percent = NumberField(label=_("Deposit"), required=False, least=Decimal(0), most=Decimal(100))
    milestones = forms.CharField(
        label=_("Milestones"),
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("One in each line, its percentage last: Start 30"),
    )
    issues_at_once = forms.BooleanField(label=_("Issue the invoice at once"), required=False)
    makes_contract = forms.BooleanField(
        label=_("It makes a contract"), required=False,
        help_text=_("With the prices that the customer chooses. The customer reads its terms before signing."),
    )  # fmt: skip
    contract_starts_on = DayField(
        label=_("It begins on"), required=False, help_text=_("Empty: on the day of acceptance.")
    )
    contract_months = forms.IntegerField(
        label=_("Term in months"), required=False, min_value=0, max_value=MOST_MONTHS,
        help_text=_("Empty, and it does not renew: without an end."),
    )  # fmt: skip
    contract_renewal = forms.ChoiceField(
        label=_("When a term is over"), choices=RENEWALS, required=False, initial=Renewal.NONE.value
    )
    contract_renewal_months = forms.IntegerField(
        label=_("Each further term in months"), required=False, min_value=0, max_value=MOST_MONTHS,
        help_text=_("Empty: as long as the first."),
    )  # fmt: skip
    contract_notice_days = forms.IntegerField(
        label=_("Days of notice"), required=False, min_value=0, max_value=MOST_NOTICE_DAYS
    )
    introduction = forms.CharField(
        label=_("Words above the lines"), required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
    terms = forms.CharField(label=_("Terms"), required=False, widget=forms.Textarea(attrs={"rows": 3}))

    def clean_milestones(self) -> list[dict[str, str]]:
        """Read milestones from lines of words that end with a percentage."""
        steps = []
        for row in str(self.cleaned_data["milestones"]).splitlines():
            name, _space, percent = row.strip().rstrip("%").strip().rpartition(" ")
            if not row.strip():
                continue
            try:
                value = Decimal(percent.replace(",", "."))
            except ArithmeticError:
                raise forms.ValidationError(_("Write each milestone like: Start 30")) from None
            if not name or not value.is_finite() or not 0 < value <= 100:
                raise forms.ValidationError(_("Write each milestone like: Start 30"))
            steps.append({"name": name[:100], "percent": str(value)})
        return steps

    def changes(self) -> dict[str, Any]:
        """Return what the quote stores."""
        own = {"revision", "makes_contract", *_OF_CONTRACT}
        known = {name: value for name, value in self.cleaned_data.items() if name not in own}
        for name in ("discount_percent", "deposit_percent"):
            known[name] = known[name] or Decimal(0)
        return {**known, "contract_terms": self._offer()}

    def clean(self) -> dict[str, Any]:
        """Ask for the length of a term where the contract renews by terms."""
        known = self.cleaned_data
        renews = known.get("contract_renewal") in {Renewal.AUTO.value, Renewal.ASK.value}
        if known.get("makes_contract") and renews and not known.get("contract_months"):
            self.add_error("contract_months", _("A contract that renews has a term of at least a month."))
        return known

    def _offer(self) -> ContractOffer | None:
        known = self.cleaned_data
        if not known["makes_contract"]:
            return None
        return ContractOffer(
            known["contract_starts_on"],
            known["contract_months"] or 0,
            Renewal(known["contract_renewal"] or Renewal.NONE),
            known["contract_renewal_months"] or 0,
            known["contract_notice_days"] or 0,
        )


def head_initial(quote: "Quote") -> dict[str, Any]:
    """Return the head of a quote as the form shows it."""
    own = {"makes_contract", *_OF_CONTRACT}
    known = {name: getattr(quote, name) for name in HeadForm.base_fields if name not in own}
    offer = read_offer(quote.contract_terms)
    if offer is not None:
        known |= {name: getattr(offer, part) or None for name, part in _OF_CONTRACT.items()}
        known |= {"makes_contract": True, "contract_renewal": offer.renewal.value}
    for name in ("discount_percent", "deposit_percent"):
        known[name] = known[name].normalize() if known[name] else None
    known["milestones"] = "\n".join(f"{step['name']} {step['percent']}" for step in quote.milestones)
    return known


class RulesForm(forms.Form):
    """How quotes are made."""

    valid_days = forms.IntegerField(label=_("A quote holds for days"), min_value=1, max_value=730)
    discount_limit_percent = NumberField(
        label=_("Discounts above need an approval"),
        required=False,
        least=Decimal(0),
        most=Decimal(100),
        help_text=_("Empty: nobody has to approve. Counted by line, all discounts together."),
    )
    terms = forms.CharField(label=_("Usual terms"), required=False, widget=forms.Textarea(attrs={"rows": 4}))
    renewal_days = forms.IntegerField(
        label=_("Days before its end that the renewal of an agreement is worked on"),
        min_value=0, max_value=MOST_DAYS,
        help_text=_("A deal with the same items at today's prices and a task for who looks after it. 0: never."),
    )  # fmt: skip
    renewal_mails = forms.BooleanField(
        label=_("Remind the customer by mail then"), required=False,
        help_text=_("In their language, once for each end; not who gets their invoices on paper."),
    )  # fmt: skip
