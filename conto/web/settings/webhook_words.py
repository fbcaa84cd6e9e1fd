"""What came of a try to tell an endpoint something, in words."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

_WORDS: dict[str, str | Promise] = {
    "taken": _("Taken (%(status)s)"),
    "redirected": _("It redirects (%(status)s). Redirects are not followed: give the address where it leads."),
    "gone": _("Gone for good (410): it asks not to be told anything any more."),
    "busy": _("Busy (%(status)s)"),
    "turned_away": _("Turned away (%(status)s)"),
    "address": _("This address is not asked: it lies in a private network."),
    "name": _("The name of the host is not known."),
    "refused": _("No connection"),
    "late": _("It did not answer within five seconds."),
    "unsafe": _("No safe connection: the certificate is not in order."),
    "broken": _("It broke off, or does not speak HTTP."),
    "cut_off": _("Our sender was cut off; the message may have arrived."),
}


def outcome_words(outcome: str, status: int | None) -> str:
    """Return what came of a try, in the reader's language."""
    words = str(_WORDS.get(outcome, outcome))
    return words % {"status": status} if "%(" in words else words


def outcome_tone(outcome: str) -> str:
    """Return the tone in which an outcome is shown."""
    if outcome == "taken":
        return "settled"
    return "soon" if outcome in {"busy", "cut_off"} else "late"
