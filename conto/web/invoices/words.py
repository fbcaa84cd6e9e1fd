"""Why drafts are held, in a few words."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

HELD_WORDS = {
    "check.amount_unusual": gettext_lazy("Unusual amount"),
    "check.too_early": gettext_lazy("Much too early"),
    "check.duplicate": gettext_lazy("Billed already?"),
    "check.similar_document": gettext_lazy("Billed already?"),
    "check.off_contract": gettext_lazy("Off contract"),
    "check.price_differs": gettext_lazy("Off the price list"),
}


def held_words(codes: tuple[str, ...]) -> str:
    """Say why a draft is held; what is no matter of being unusual is something missing."""
    said = [str(HELD_WORDS.get(code, _("Something is missing"))) for code in codes]
    return ", ".join(dict.fromkeys(said))
