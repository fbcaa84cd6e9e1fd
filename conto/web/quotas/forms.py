"""What is typed about targets."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from conto.domain.period import add_months, named_period
from conto.domain.quota import Span as Length
from conto.domain.quota import begins_on, period_name
from conto.web.controls import MoneyField
from conto.web.ledger.reading import Span
from conto.web.quotas.words import MEASURES

_AHEAD = ((Length.MONTH, 1, 13), (Length.QUARTER, 3, 5), (Length.YEAR, 12, 2))


class TargetForm(forms.Form):
    """A target: whose, over which days, in what, how much."""

    whose = forms.ChoiceField(label=_("Whose"))
    period = forms.ChoiceField(label=_("Over which days"))
    measure = forms.ChoiceField(label=_("Measured in"), choices=MEASURES)
    currency = forms.CharField(label=_("Currency"), max_length=3, min_length=3)

    def __init__(
        self, data: Any = None, *, currency: str, whose: Sequence[tuple[str, Any]], today: date, **more: Any
    ) -> None:
        super().__init__(data, **more)
        self.fields["amount"] = MoneyField(currency, label=_("Target"), least_minor=1)
        self.fields["whose"].choices = whose  # type: ignore[attr-defined]
        self.fields["period"].choices = period_choices(today)  # type: ignore[attr-defined]


class AmountForm(forms.Form):
    """How much a target is."""

    def __init__(self, data: Any = None, *, currency: str, **more: Any) -> None:
        super().__init__(data, **more)
        self.fields["amount"] = MoneyField(currency, label=_("Target"), least_minor=1)


def period_choices(today: date) -> list[tuple[Any, list[tuple[str, str]]]]:
    """Return the months, quarters and years for which a target is mostly set, from this one on."""
    groups = []
    for (length, months, count), heading in zip(_AHEAD, (_("Months"), _("Quarters"), _("Years")), strict=True):
        first = begins_on(length, today)
        names = [period_name(length, add_months(first, months * n)) for n in range(count)]
        groups.append((heading, [(name, _words(name)) for name in names]))
    return groups


def _words(name: str) -> str:
    period = named_period(name)
    return str(Span(name, period.start, period.last_day).words)
