"""Words of deals: activities, what stages ask for, refusals with everything that is missing."""

from collections.abc import Sequence

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from conto.domain.errors import Finding, RuleBroken
from conto.web.reading import words_of

KIND_WORDS: dict[str, str | Promise] = {
    "task": _("Task"),
    "call": _("Call"),
    "meeting": _("Meeting"),
    "note": _("Note"),
}
KIND_ICONS = {"task": "circle-check", "call": "phone", "meeting": "users", "note": "notebook-pen"}
FIELD_WORDS: dict[str, str | Promise] = {
    "value": _("Value"),
    "contact": _("Contact"),
    "expected_close_on": _("Expected close"),
    "products": _("Products"),
    "next_step": _("Next step"),
    "source": _("Source"),
}


def findings_of(refusal: RuleBroken) -> list[str]:
    """Return everything that a stage asks for and a deal lacks, in the reader's language."""
    found: Sequence[object] = refusal.params.get("findings", ())
    return [words_of(each) for each in found if isinstance(each, Finding)]


def told(refusal: RuleBroken) -> str:
    """Return a refusal with everything that is missing, in one text."""
    return " ".join([words_of(refusal), *findings_of(refusal)])
