"""A form with every kind of field, for the gallery."""

from __future__ import annotations

from django import forms

from conto.web.controls import DayField, MoneyField, NumberField


class SampleForm(forms.Form):
    """Every kind of field once."""

    name = forms.CharField(label="Name", help_text="As it stands on documents.")
    email = forms.EmailField(label="Mail", required=False)
    amount = MoneyField("EUR", label="Amount", least_minor=1)
    discount = NumberField(label="Discount", required=False)
    due_on = DayField(label="Due", required=False)
    terms = forms.ChoiceField(label="Terms", choices=[("14", "14 days"), ("30", "30 days"), ("0", "At once")])
    note = forms.CharField(label="Note", required=False, widget=forms.Textarea(attrs={"rows": 3}))
    sends = forms.BooleanField(label="Send reminders", required=False, help_text="Three days after the due day.")
    keeps = forms.BooleanField(label="Keep as default", required=False)
    kind = forms.ChoiceField(
        label="Kind", widget=forms.RadioSelect, choices=[("company", "Company"), ("person", "Person")]
    )


class LineForm(forms.Form):
    """One line of the sample invoice."""

    name = forms.CharField(label="What")
    quantity = NumberField(label="Quantity")
    unit = forms.ChoiceField(label="Unit", choices=[("C62", "piece"), ("HUR", "hour"), ("DAY", "day")])
    unit_price = MoneyField("EUR", label="Price")
    tax = forms.ChoiceField(
        label="Tax", choices=[("S19", "19 % standard"), ("S7", "7 % reduced"), ("AE", "Reverse charge")]
    )


SampleLines = forms.formset_factory(LineForm, extra=0, can_delete=True, can_order=True)
