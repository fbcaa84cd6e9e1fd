"""What is typed about projects and work."""

import re
from collections.abc import Iterable
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from conto.domain.project import MOST_MARKUP_PERCENT
from conto.web.catalog.choices import RATE_CLASSES
from conto.web.controls import DayField, MoneyField, NumberField
from conto.web.projects.words import GROUPINGS, hours_text, step_words
from conto.web.reading import uuid_in

if TYPE_CHECKING:
    from conto.apps.projects.models import Project, WorkEntry

_MOST_RATE = Decimal(10) ** 9 - 1


class HoursField(forms.CharField):
    """Hours as 1:30 or 1.5; cleans to whole minutes."""

    default_error_messages = {"invalid": _("Write hours, such as 1:30 or 1.5.")}

    def __init__(self, *, digits: int = 2, **more: Any) -> None:
        super().__init__(max_length=8, widget=forms.TextInput(attrs={"autocomplete": "off"}), **more)
        self.clock = re.compile(rf"(\d{{1,{digits}}}):([0-5]\d)")
        self.hours = re.compile(rf"(\d{{1,{digits}}})(?:[.,](\d{{1,4}}))?")

    def clean(self, value: Any) -> Any:
        """Read the text as minutes."""
        text = super().clean(value)
        if not text:
            return None
        if clock := self.clock.fullmatch(text):
            return int(clock[1]) * 60 + int(clock[2])
        if hours := self.hours.fullmatch(text):
            minutes = Decimal(f"{hours[1]}.{hours[2] or 0}") * 60
            if minutes == int(minutes):
                return int(minutes)
        raise ValidationError(self.error_messages["invalid"], code="invalid")


class ProjectForm(forms.Form):
    """A project: what it is called, and how it is billed."""

    version = forms.IntegerField(required=False, widget=forms.HiddenInput)
    name = forms.CharField(label=_("Name"), max_length=200)
    currency = forms.CharField(label=_("Currency"), max_length=3, min_length=3)
    rate = NumberField(
        label=_("An hour costs"), places=4, least=Decimal(0), most=_MOST_RATE, required=False,
        help_text=_("Before tax. Empty: each person’s own rate counts, or the price of the item."),
    )  # fmt: skip
    item = forms.ChoiceField(
        label=_("Item of an hour"), required=False,
        help_text=_("Its price counts where there is no rate, and its tax class is that of the time."),
    )  # fmt: skip
    step_minutes = forms.ChoiceField(label=_("Time is rounded"), choices=step_words)
    budget = MoneyField(label=_("Budget"), least_minor=1, required=False)
    owner = forms.ChoiceField(label=_("Who looks after it"), required=False)

    def __init__(
        self,
        *args: Any,
        owners: Iterable[tuple[str, str]],
        items: Iterable[tuple[str, str]],
        currency: str,
        of: "Project | None" = None,
        **more: Any,
    ) -> None:
        super().__init__(*args, **more)
        self.fields["owner"].choices = [("", _("Nobody")), *owners]  # type: ignore[attr-defined]
        self.fields["item"].choices = [("", _("None")), *items]  # type: ignore[attr-defined]
        self.fields["budget"] = MoneyField(currency, label=_("Budget"), least_minor=1, required=False)
        if of is not None:
            for name in ("currency", "rate"):
                del self.fields[name]

    def contents(self) -> dict[str, Any]:
        """Return what the project says, in the words of its actions."""
        known = self.cleaned_data
        return {
            "name": known["name"],
            "item_id": uuid_in(known["item"]),
            "owner_id": uuid_in(known["owner"]),
            "step_minutes": int(known["step_minutes"]),
            "budget_minor": known["budget"],
        }


def project_initial(project: "Project") -> dict[str, Any]:
    """Return a project as the form shows it."""
    return {
        "version": project.version,
        "name": project.name,
        "item": str(project.item_id or ""),
        "owner": str(project.owner_id or ""),
        "step_minutes": str(project.step_minutes),
        "budget": project.budget_minor,
    }


class RateForm(forms.Form):
    """What an hour costs from a day on."""

    member = forms.ChoiceField(label=_("Of"), required=False)
    amount = NumberField(label=_("An hour costs"), places=4, least=Decimal(0), most=_MOST_RATE)
    starts_on = DayField(label=_("From"))
    everywhere = forms.BooleanField(
        label=_("In all projects"), required=False, help_text=_("The person’s own rate, where no project says another.")
    )

    def __init__(self, *args: Any, people: Iterable[tuple[str, str]], **more: Any) -> None:
        super().__init__(*args, **more)
        self.fields["member"].choices = [("", _("Everybody")), *people]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Refuse a rate of nobody in no project."""
        known: dict[str, Any] = super().clean() or {}
        if known.get("everywhere") and not known.get("member"):
            self.add_error("member", _("Say whose rate it is in all projects."))
        return known


class WorkForm(forms.Form):
    """Time or an expense."""

    kind = forms.ChoiceField(label=_("What"), choices=[("time", _("Time")), ("expense", _("Expense"))])
    day = DayField(label=_("Day"))
    hours = HoursField(label=_("Hours"), required=False, help_text=_("Such as 1:30 or 1.5."))
    amount = MoneyField(label=_("Amount before tax"), least_minor=1, required=False)
    markup = NumberField(label=_("Markup %"), least=Decimal(0), most=MOST_MARKUP_PERCENT, places=4, required=False)
    rate_class = forms.ChoiceField(label=_("Tax"), choices=RATE_CLASSES, required=False)
    note = forms.CharField(
        label=_("Note"), required=False, max_length=1000, widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("It stands on the invoice."),
    )  # fmt: skip
    is_billable = forms.BooleanField(label=_("It is billed"), required=False, initial=True)

    def __init__(self, *args: Any, currency: str, **more: Any) -> None:
        super().__init__(*args, **more)
        self.fields["amount"] = MoneyField(currency, label=_("Amount before tax"), least_minor=1, required=False)

    def clean(self) -> dict[str, Any]:
        """Ask for hours of time, and for an amount of an expense."""
        known: dict[str, Any] = super().clean() or {}
        wanted = "hours" if known.get("kind") == "time" else "amount"
        if known.get(wanted) is None and wanted not in self.errors:
            self.add_error(wanted, _("This is needed."))
        return known

    def contents(self) -> dict[str, Any]:
        """Return the work in the words of its actions."""
        known = self.cleaned_data
        is_time = known["kind"] == "time"
        return {
            "day": known["day"],
            "minutes": known["hours"] if is_time else None,
            "amount_minor": None if is_time else known["amount"],
            "markup_percent": Decimal(0) if is_time else known["markup"] or Decimal(0),
            "rate_class": "standard" if is_time else known["rate_class"] or "standard",
            "note": known["note"],
            "is_billable": known["is_billable"],
        }


class OwnWorkForm(WorkForm):
    """One's own time or expense, in a project that is picked."""

    project = forms.ChoiceField(label=_("Project"))

    def __init__(self, *args: Any, projects: Iterable[tuple[str, str]], **more: Any) -> None:
        super().__init__(*args, **more)
        self.fields["project"].choices = list(projects)  # type: ignore[attr-defined]


def work_initial(work: "WorkEntry") -> dict[str, Any]:
    """Return work as the form shows it."""
    return {
        "kind": work.kind,
        "day": work.day,
        "hours": hours_text(work.minutes) if work.minutes else "",
        "amount": work.amount_minor,
        "markup": work.markup_percent or None,
        "rate_class": work.rate_class,
        "note": work.note,
        "is_billable": work.is_billable,
    }


class BillForm(forms.Form):
    """Up to which day a project is billed, and what stands on a line."""

    until = DayField(label=_("Up to and with"))
    grouping = forms.ChoiceField(label=_("Lines"), choices=GROUPINGS)
