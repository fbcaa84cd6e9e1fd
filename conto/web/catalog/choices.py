"""What the item forms offer: kinds, units, rate classes."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Words = list[tuple[str, str | Promise]]

KINDS: Words = [("service", _("Service")), ("product", _("Product"))]
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
SUPPLIES: Words = [("services", _("Service")), ("goods", _("Goods")), ("digital", _("Digital service"))]
RATE_CLASSES: Words = [
    ("standard", _("Standard rate")),
    ("reduced", _("Reduced rate")),
    ("reduced2", _("Second reduced rate")),
    ("super_reduced", _("Super-reduced rate")),
    ("zero", _("Zero rate")),
    ("exempt", _("Exempt")),
]
PRICE_MODES: Words = [("net", _("without tax")), ("gross", _("with tax"))]
_UNIT_WORDS = dict(UNITS)
_CLASS_WORDS = dict(RATE_CLASSES)


def unit_word(code: str) -> str:
    """Give the word for a unit; an unusual one is named by its code."""
    return str(_UNIT_WORDS.get(code, code))


def class_word(rate_class: str) -> str:
    """Give the word for a class of tax rates."""
    return str(_CLASS_WORDS.get(rate_class, rate_class))
