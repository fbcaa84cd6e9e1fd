"""The form of what the guardian looks at."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from conto.domain.guardian import BOUNDS, GuardianRules


def _number(name: str, label: Any, help_text: Any) -> forms.IntegerField:
    low, high = BOUNDS[name]
    return forms.IntegerField(
        label=label, help_text=help_text, min_value=low, max_value=high, widget=forms.NumberInput({"step": 1})
    )


class GuardianForm(forms.Form):
    """Switches and thresholds, in plain words."""

    watches_amounts = forms.BooleanField(
        label=_("Hold unusual amounts"),
        required=False,
        help_text=_("Higher or lower than the customer’s own invoices used to be."),
    )
    amount_percent = _number(
        "amount_percent",
        _("May differ by"),
        _("From the middle of the customer’s last invoices. Who is billed very different amounts may differ by more."),
    )
    watches_rhythm = forms.BooleanField(
        label=_("Hold what comes much too early"),
        required=False,
        help_text=_("Before half of the usual time between two invoices is over."),
    )
    rhythm_days = _number(
        "rhythm_days", _("May come early or late by"), _("In any case. The list of the rhythm goes by it too.")
    )
    rhythm_percent = _number(
        "rhythm_percent", _("Or by this part of the usual time"), _("Whichever of the two is more.")
    )
    watches_duplicates = forms.BooleanField(
        label=_("Hold what was billed already"),
        required=False,
        help_text=_("The same lines, or the same order number, over the same amount and period."),
    )
    duplicate_days = _number(
        "duplicate_days", _("Compared with invoices of the last"), _("And of as many days to come.")
    )
    least_documents = _number(
        "least_documents", _("Earlier invoices needed"), _("With fewer, amounts and rhythm say nothing.")
    )
    review_hours = _number(
        "review_hours",
        _("Let billing runs wait"),
        _("So long you can look at what a run has made and stop it; then it is issued by itself. 0: at once."),
    )

    def rules(self) -> GuardianRules:
        """Return what was typed."""
        return GuardianRules(**self.cleaned_data)
