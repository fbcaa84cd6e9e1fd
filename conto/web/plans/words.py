"""The words of plans: rhythms, kinds of prices, and what changes do."""

from typing import Any

from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from conto.domain.price import Speech
from conto.gateways.documents.speech import speech_of

KINDS = [
    ("flat", gettext_lazy("A fixed price")),
    ("per_unit", gettext_lazy("A price per unit")),
    ("graduated", gettext_lazy("In tiers, each unit at its tier")),
    ("volume", gettext_lazy("In tiers, all units at the tier reached")),
    ("stair_step", gettext_lazy("In tiers, a fee per tier")),
    ("package", gettext_lazy("By the package")),
    ("percentage", gettext_lazy("A percentage of transactions")),
]
INTERVALS = [
    ("day", gettext_lazy("day")),
    ("week", gettext_lazy("week")),
    ("month", gettext_lazy("month")),
    ("quarter", gettext_lazy("quarter")),
    ("half_year", gettext_lazy("half-year")),
    ("year", gettext_lazy("year")),
]
TIMINGS = [("advance", gettext_lazy("when its period begins")), ("arrears", gettext_lazy("when its period has ended"))]
AGGREGATES = [
    ("sum", gettext_lazy("the sum of the values")),
    ("count", gettext_lazy("how many events")),
    ("unique", gettext_lazy("how many different values")),
    ("max", gettext_lazy("the highest value")),
    ("last", gettext_lazy("the last value")),
    ("weighted", gettext_lazy("each value as long as it stood")),
]
PRORATIONS = [
    ("day", gettext_lazy("by the day")),
    ("second", gettext_lazy("by the second")),
    ("none", gettext_lazy("not at all: the whole period")),
]
DOWNGRADES = [
    ("period_end", gettext_lazy("at the end of the period")),
    ("now", gettext_lazy("at once, with a credit")),
    ("now_without_credit", gettext_lazy("at once, without a credit")),
]
_AGGREGATE_WORDS = dict(AGGREGATES)
_TIMING_WORDS = dict(TIMINGS)


def measure_words(measure: dict[str, Any] | None) -> str:
    """Say what an item measures."""
    if not measure:
        return ""
    aggregate = _AGGREGATE_WORDS.get(str(measure.get("aggregate", "sum")), "")
    return _("measured: %(metric)s, %(aggregate)s") % {"metric": measure["metric"], "aggregate": aggregate}


def timing_words(item: Any) -> str:
    """Say when an item is billed."""
    if item.is_once:
        return _("once")
    return str(_TIMING_WORDS["arrears" if item.measure else item.timing])


def speech_here(currency: str) -> Speech:
    """Give the reader's speech for prices of a currency."""
    return speech_of((get_language() or "en")[:2], currency)
