"""The words of targets."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from conto.apps.quotas.queries import TargetRow
from conto.domain.quota import Measure, Pace
from conto.web.formats import money_text
from conto.web.ledger.reading import Span

MEASURES = [
    (Measure.WON.value, _("Deals won")),
    (Measure.INVOICED.value, _("Invoiced")),
    (Measure.COLLECTED.value, _("Collected")),
]
MEASURE_WORDS = dict(MEASURES)
PACE_WORDS = {
    Pace.TO_COME: _("to come"),
    Pace.REACHED: _("reached"),
    Pace.AHEAD: _("ahead of the days"),
    Pace.BEHIND: _("behind the days"),
    Pace.MISSED: _("missed"),
}
PACE_TONES = {
    Pace.TO_COME: "draft",
    Pace.REACHED: "settled",
    Pace.AHEAD: "settled",
    Pace.BEHIND: "soon",
    Pace.MISSED: "late",
}


def period_words(row: TargetRow) -> str:
    """Name the month, quarter or year of a target."""
    return str(Span(row.period, row.starts_on, row.last_day).words)


def days_words(row: TargetRow) -> str:
    """Say how many days are gone, and what they ask for."""
    standing = row.standing
    words = ngettext(
        "%(gone)d of %(days)d day gone: %(amount)s by now",
        "%(gone)d of %(days)d days gone: %(amount)s by now",
        standing.days,
    )
    amount = money_text(standing.expected_minor, row.currency)
    return words % {"gone": standing.days_gone, "days": standing.days, "amount": amount}
