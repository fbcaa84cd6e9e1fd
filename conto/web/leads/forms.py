"""What is typed about leads."""

from datetime import date, datetime, time
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from conto.apps.leads.entry import LONGEST_MESSAGE, NewLead
from conto.web.controls import DayField, MoneyField
from conto.web.customers.choices import LANGUAGES, countries
from conto.web.deals.forms import Choices, RefusableForm
from conto.web.reading import uuid_in

_MORNING = time(9)


def moment_of(day: date | None) -> datetime | None:
    """Return the morning of a day, when what is to be done on it is due."""
    return timezone.make_aware(datetime.combine(day, _MORNING)) if day else None


class LeadForm(RefusableForm):
    """Who may buy one day, how they are reached, and what is to be done next."""

    NAMES = {"next_step_at": "step_on", "owner_id": "owner"}
    version = forms.IntegerField(required=False, widget=forms.HiddenInput)
    name = forms.CharField(label=_("Name"), max_length=200)
    company = forms.CharField(label=_("Company"), max_length=200, required=False)
    email = forms.CharField(label=_("Mail"), max_length=254, required=False)
    phone = forms.CharField(label=_("Phone"), max_length=60, required=False)
    country = forms.ChoiceField(label=_("Country"), required=False)
    language = forms.ChoiceField(label=_("Language"), choices=LANGUAGES)
    source = forms.CharField(
        label=_("Source"), max_length=40, required=False, help_text=_("Where it came from: a fair, the web, a friend.")
    )
    owner = forms.ChoiceField(label=_("Owner"), required=False)
    next_step = forms.CharField(label=_("Next step"), max_length=200, required=False)
    step_on = DayField(label=_("Due on"), required=False)
    message = forms.CharField(
        label=_("What they want"), required=False, max_length=LONGEST_MESSAGE, widget=forms.Textarea(attrs={"rows": 4})
    )

    def __init__(self, data: Any = None, *, owners: Choices, **more: Any) -> None:
        super().__init__(data, **more)
        self.fields["country"].choices = [("", "–"), *countries()]  # type: ignore[attr-defined]
        self.fields["owner"].choices = [("", _("as the rules say")), *owners]  # type: ignore[attr-defined]

    def given(self) -> dict[str, Any]:
        """Return what was typed, as the area of leads names it."""
        values = self.cleaned_data
        same = ("name", "company", "email", "phone", "country", "language", "source", "next_step", "message")
        return {name: values[name] for name in same} | {
            "owner_id": uuid_in(values["owner"]),
            "next_step_at": moment_of(values["step_on"]),
        }

    def lead(self) -> NewLead:
        """Return the lead for the book."""
        return NewLead(**self.given())


class StepForm(RefusableForm):
    """What is to be done next with a lead."""

    NAMES = {"next_step_at": "step_on"}
    next_step = forms.CharField(label=_("Next step"), max_length=200, required=False)
    step_on = DayField(label=_("Due on"), required=False)


class ConvertForm(RefusableForm):
    """What a lead is to become."""

    NAMES = {"owner_id": "owner"}
    version = forms.IntegerField(required=False, widget=forms.HiddenInput)
    customer = forms.ChoiceField(label=_("Customer"), widget=forms.RadioSelect, required=False)
    with_deal = forms.BooleanField(label=_("Begin a deal"), required=False, initial=True)
    deal_name = forms.CharField(label=_("What is it about?"), max_length=200, required=False)
    stage = forms.ChoiceField(label=_("Stage"), required=False)
    owner = forms.ChoiceField(label=_("Owner"))

    def __init__(
        self, data: Any = None, *, customers: Choices, stages: Choices, owners: Choices, currency: str, **more: Any
    ) -> None:
        super().__init__(data, **more)
        self.fields["customer"].choices = list(customers)  # type: ignore[attr-defined]
        self.fields["stage"].choices = list(stages)  # type: ignore[attr-defined]
        self.fields["owner"].choices = list(owners)  # type: ignore[attr-defined]
        self.fields["value"] = MoneyField(currency, label=_("Value"), required=False, least_minor=0)
