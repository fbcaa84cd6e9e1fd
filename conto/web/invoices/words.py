"""Why drafts are held, and what customers’ history makes of an invoice, in a few words."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from conto.domain.invoice_words import Words

HELD_WORDS = {
    "check.amount_unusual": gettext_lazy("Unusual amount"),
    "check.too_early": gettext_lazy("Much too early"),
    "check.duplicate": gettext_lazy("Billed already?"),
    "check.similar_document": gettext_lazy("Billed already?"),
    "check.off_contract": gettext_lazy("Off contract"),
    "check.price_differs": gettext_lazy("Off the price list"),
}
OCCASION_WORDS = {
    "overdue": gettext_lazy("Something else is overdue"),
    "late": gettext_lazy("Paid too late last time"),
    "first": gettext_lazy("First invoice"),
    "returning": gettext_lazy("First in more than a year"),
    "reliable": gettext_lazy("Always paid in time"),
}


def held_words(codes: tuple[str, ...]) -> str:
    """Say why a draft is held; what is no matter of being unusual is something missing."""
    said = [str(HELD_WORDS.get(code, _("Something is missing"))) for code in codes]
    return ", ".join(dict.fromkeys(said))


def why_words(words: Words, customer: str) -> str:
    """Say for whom and when the words of a proposal are."""
    occasion = str(OCCASION_WORDS.get(words.occasion or "", _("Always")))
    if words.customer_id is not None:
        return _("Words for %(customer)s. %(occasion)s.") % {"customer": customer, "occasion": occasion}
    if words.tag:
        return _("Words for the tag “%(tag)s”. %(occasion)s.") % {"tag": words.tag, "occasion": occasion}
    return _("Words for all. %(occasion)s.") % {"occasion": occasion}
