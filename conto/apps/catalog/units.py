"""The units in which things are sold, and their words."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Words = list[tuple[str, str | Promise]]

# Source: UN/ECE Recommendation 20, the units of daily trade.
UNITS: Words = [
    ("C62", _("piece")),
    ("HUR", _("hour")),
    ("DAY", _("day")),
    ("WEE", _("week")),
    ("MON", _("month")),
    ("ANN", _("year")),
    ("MIN", _("minute")),
    ("LS", _("flat rate")),
    ("KGM", _("kilogram")),
    ("GRM", _("gram")),
    ("TNE", _("tonne")),
    ("LTR", _("liter")),
    ("MTR", _("meter")),
    ("KMT", _("kilometer")),
    ("MTK", _("square meter")),
    ("MTQ", _("cubic meter")),
    ("KWH", _("kilowatt hour")),
    ("SET", _("set")),
    ("PR", _("pair")),
    ("XPK", _("package")),
    ("P1", _("percent")),
]
_UNIT_WORDS = dict(UNITS)


def unit_word(code: str) -> str:
    """Give the word for a unit; an unusual one is named by its code."""
    return str(_UNIT_WORDS.get(code, code))
