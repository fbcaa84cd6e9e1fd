"""What is typed about repeating invoices."""

from collections.abc import Collection, Iterable, Mapping
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from conto.apps.invoicing.entries import AllowanceEntry, LineEntry
from conto.apps.repeats.entries import HEAD, Agreed
from conto.domain.period import Interval
from conto.domain.repeat import MOST_EVERY, MOST_INVOICES, Covers, Does
from conto.web.controls import DayField
from conto.web.invoices.forms import HeadForm, LineFormSet, line_initials
from conto.web.repeats.words import COVERS, DOES, ENDS, INTERVALS, WORDS_IN_BRACES

_NO_HEAD = frozenset({"currency", "contract_reference"})  # what the form does not show


class RepeatForm(HeadForm):
    """A repeating invoice: when it comes, what happens with it, and what stands on it beside its lines."""

    title = forms.CharField(label=_("What is it?"), max_length=200, help_text=_("For you; it is not on the invoice."))
    next_on = DayField(label=_("Next invoice on"))
    every = forms.IntegerField(label=_("Every"), min_value=1, max_value=MOST_EVERY, initial=1)
    interval = forms.ChoiceField(label=_("Weeks, months or years"), choices=INTERVALS, initial="month")
    is_month_end = forms.BooleanField(
        label=_("Always on the last day of the month"), required=False, help_text=_("When it begins on such a day.")
    )
    ends = forms.ChoiceField(label=_("It ends"), choices=ENDS, initial="never")
    ends_on = DayField(label=_("Last day"), required=False)
    most_invoices = forms.IntegerField(
        label=_("So many invoices"), required=False, min_value=1, max_value=MOST_INVOICES
    )
    covers = forms.ChoiceField(label=_("It is about"), choices=COVERS, initial="ahead")
    does = forms.ChoiceField(label=_("When its day has come"), choices=DOES, initial="draft")

    def __init__(self, *args: Any, allowed: Collection[str], **more: Any) -> None:
        super().__init__(*args, **more)
        for name in ("delivered_on", "period_start_on", "period_end_on"):  # each invoice has days of its own
            del self.fields[name]
        self.fields["does"].choices = [each for each in DOES if each[0] in allowed]  # type: ignore[attr-defined]
        if Does.ISSUE.value not in allowed:
            self.fields["does"].help_text = _("Drafts only: you may not issue invoices. Who may can change this.")
        for name in ("intro", "notes"):
            self.fields[name].help_text = _("These words change: %(words)s") % {"words": WORDS_IN_BRACES}

    def clean(self) -> dict[str, Any]:
        """Hold the end together."""
        known = super().clean()
        for ends, name in (("day", "ends_on"), ("count", "most_invoices")):
            if known.get("ends") != ends:
                known[name] = None
            elif known.get(name) is None and name not in self.errors:
                self.add_error(name, _("Say when it ends."))
        return known

    def agreed(self, lines: Iterable[LineEntry], *, head: Mapping[str, Any], kept: Iterable[AllowanceEntry]) -> Agreed:
        """Return what is agreed; `head` is what the form does not show, `kept` what is taken off besides."""
        known = self.cleaned_data
        return Agreed(
            title=known["title"],
            lines=tuple(lines),
            next_on=known["next_on"],
            interval=Interval(known["interval"]),
            every=known["every"],
            is_month_end=known["is_month_end"],
            ends_on=known["ends_on"],
            most_invoices=known["most_invoices"],
            covers=Covers(known["covers"]),
            does=Does(known["does"]),
            head={**head, **{name: known[name] for name in HEAD if name not in _NO_HEAD}},
            allowances=(*_discount(known["discount_percent"]), *kept),
        )


def _discount(percent: Decimal | None) -> list[AllowanceEntry]:
    return [AllowanceEntry(reason=str(_("Discount")), percent=percent)] if percent else []


def other_allowances(allowances: Iterable[AllowanceEntry]) -> list[AllowanceEntry]:
    """Return what is taken off or added that the form does not show: all but the first discount in percent."""
    shown = _shown_discount(allowances := list(allowances))
    return [each for each in allowances if each is not shown]


def _shown_discount(allowances: Iterable[AllowanceEntry]) -> AllowanceEntry | None:
    return next((each for each in allowances if each.percent and not each.is_charge), None)


def head_initial(head: Mapping[str, Any], allowances: Iterable[AllowanceEntry] = ()) -> dict[str, Any]:
    """Return what stands on an invoice beside its lines as the form shows it."""
    known = {name: value for name, value in head.items() if name not in _NO_HEAD}
    shown = _shown_discount(allowances)
    return {**known, "discount_percent": shown.percent.normalize() if shown and shown.percent else None}


def repeat_initial(agreed: Agreed, version: int) -> dict[str, Any]:
    """Return what is agreed as the form shows it."""
    names = ("title", "next_on", "every", "ends_on", "most_invoices")
    ends = "day" if agreed.ends_on else "count" if agreed.most_invoices else "never"
    return {
        **head_initial(agreed.head, agreed.allowances),
        **{name: getattr(agreed, name) for name in names},
        "interval": agreed.interval.value,
        "covers": agreed.covers.value,
        "does": agreed.does.value,
        "ends": ends,
        "version": version,
    }


def lines_of(lines: Iterable[LineEntry], *, more: int = 0) -> Any:
    """Return the line editor with lines, and some empty ones."""
    initials = line_initials(lines)
    formset = LineFormSet(initial=initials, prefix="lines")
    formset.extra = more or (0 if initials else 1)
    return formset
