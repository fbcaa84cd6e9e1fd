"""The words of repeating invoices."""

from django.utils.translation import gettext_lazy as _

from conto.domain.repeat import PLACEHOLDERS

VIEWS = [
    ("all", _("All")),
    ("active", _("Running")),
    ("held", _("Held")),
    ("paused", _("Paused")),
    ("ended", _("Over")),
]
INTERVALS = [("week", _("weeks")), ("month", _("months")), ("year", _("years"))]
ENDS = [("never", _("never")), ("day", _("on a day")), ("count", _("after so many invoices"))]
COVERS = [
    ("ahead", _("the days from its own to the next one")),
    ("behind", _("the days since the one before")),
    ("calendar", _("the calendar’s week, month or year of its day")),
]
DOES = [
    ("draft", _("Draft it, and somebody looks at it")),
    ("issue", _("Issue it at once")),
    ("send", _("Issue it and send it at once")),
]
DOES_SHORT = {"draft": _("is drafted"), "issue": _("is issued"), "send": _("is issued and sent")}
WORDS_IN_BRACES = " ".join(f"{{{each}}}" for each in PLACEHOLDERS)
