"""The forms of late charges: the rule with amounts by currency, and reasons."""

from collections.abc import Iterable, Iterator
from dataclasses import fields
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from conto.apps.late.actions import LONGEST_REASON
from conto.domain.late import BOUNDS, LARGEST_MINOR, LateAmounts, LateRule, Preset
from conto.web.controls import MoneyField

_AMOUNTS = {
    "fee_minor": _("Fee, once for each invoice"),
    "least_minor": _("Smallest amount charged at a time"),
    "cap_minor": _("At most for one invoice"),
}


def _whole(name: str, label: Any, help_text: Any = "") -> forms.IntegerField:
    low, high = BOUNDS[name]
    return forms.IntegerField(
        label=label, help_text=help_text, min_value=low, max_value=high, widget=forms.NumberInput({"step": 1})
    )


def _percent(name: str, label: Any, help_text: Any) -> forms.DecimalField:
    low, high = BOUNDS[name]
    return forms.DecimalField(
        label=label, help_text=help_text, min_value=low, max_value=high, max_digits=7, decimal_places=4, localize=True
    )


class RuleForm(forms.Form):
    """What is charged for paying late, in plain words."""

    is_on = forms.BooleanField(label=_("Charge for paying late"), required=False)
    counts_from = forms.DateField(
        label=_("Invoices due from"),
        help_text=_("Invoices that fell due before this day are charged nothing."),
        widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"),
        required=False,
    )
    grace_days = _whole(
        "grace_days", _("Grace days"), _("After the due date. Who pays within them is charged nothing.")
    )
    yearly_percent = _percent(
        "yearly_percent", _("Interest a year"), _("By the day, on what is open. 0: no interest. Never on interest.")
    )
    cap_percent = _percent(
        "cap_percent", _("At most, of the invoice"), _("Fee and interest together. 0: no such limit.")
    )
    companies_only = forms.BooleanField(
        label=_("Only companies"), required=False, help_text=_("Off: people are charged too.")
    )
    charge_day = _whole("charge_day", _("Day of the month"), _("On which charges are made. 0: every night."))
    terms_days = _whole("terms_days", _("Days to pay the charge"))
    issues_itself = forms.BooleanField(
        label=_("Issue and send by itself"), required=False, help_text=_("Off: charges are drafts that you look at.")
    )

    def __init__(self, *args: Any, currencies: Iterable[str] = (), **more: Any) -> None:
        super().__init__(*args, **more)
        self.currencies = tuple(currencies)
        for currency in self.currencies:
            for name, label in _AMOUNTS.items():
                self.fields[f"{currency}_{name}"] = MoneyField(currency, label=label, least_minor=0, required=False)

    def of_currencies(self) -> Iterator[tuple[str, list[forms.BoundField]]]:
        """Give the fields of amounts, currency by currency."""
        for currency in self.currencies:
            yield currency, [self[f"{currency}_{name}"] for name in _AMOUNTS]

    def rule(self) -> LateRule:
        """Return what was typed."""
        data = self.cleaned_data
        plain = {each.name: data[each.name] for each in fields(LateRule) if each.name != "amounts"}
        amounts = {
            currency: LateAmounts(**{name: min(data[f"{currency}_{name}"] or 0, LARGEST_MINOR) for name in _AMOUNTS})
            for currency in self.currencies
        }
        return LateRule(**plain, amounts=amounts)


def typed(rule: LateRule, currencies: Iterable[str]) -> dict[str, Any]:
    """Return a rule as the form shows it."""
    initial = {each.name: getattr(rule, each.name) for each in fields(rule) if each.name != "amounts"}
    for currency in currencies:
        initial |= {f"{currency}_{name}": getattr(rule.of(currency), name) or None for name in _AMOUNTS}
    for name in ("yearly_percent", "cap_percent"):
        initial[name] = initial[name].normalize() if initial[name] else 0
    return initial


def filled(initial: dict[str, Any], preset: Preset) -> dict[str, Any]:
    """Return what the form shows once a preset has filled it; what changes by law is left to be looked up."""
    with_it = {**initial, "yearly_percent": preset.yearly_percent, "companies_only": True}
    return with_it | {f"{currency}_fee_minor": minor for currency, minor in preset.fee.items()}


class ReasonForm(forms.Form):
    """Why something is waived or left out."""

    reason = forms.CharField(label=_("Reason"), max_length=LONGEST_REASON, help_text=_("Kept with your name."))
