"""What the item forms offer: kinds, units, rate classes."""

from django.utils.translation import gettext_lazy as _

from conto.apps.catalog.units import UNITS, Words, unit_word

__all__ = ["KINDS", "PRICE_MODES", "RATE_CLASSES", "SUPPLIES", "UNITS", "class_word", "unit_word"]

KINDS: Words = [("service", _("Service")), ("product", _("Product"))]
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
_CLASS_WORDS = dict(RATE_CLASSES)


def class_word(rate_class: str) -> str:
    """Give the word for a class of tax rates."""
    return str(_CLASS_WORDS.get(rate_class, rate_class))
