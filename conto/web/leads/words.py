"""Why a lead has the score that it has, in words."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from conto.web.customers.choices import country_name

if TYPE_CHECKING:
    from conto.apps.leads.queries import Alike


def alike_words(other: "Alike") -> str:
    """Return who somebody looks like, and by what."""
    what = {
        "email": _("has this mail address"),
        "phone": _("has this phone"),
        "company": _("is of this company"),
    }.get(other.why, _("has this name"))
    kind = _("a lead") if other.kind == "lead" else _("a customer")
    return _("%(name)s, %(kind)s, %(what)s") % {"name": other.name, "kind": kind, "what": what}


def reason_words(reason: Mapping[str, Any]) -> str:
    """Return one reason of a score as a sentence, with the counts behind it."""
    code, good, every = reason["code"], reason["good"], reason["all"]
    counts = {"good": good, "all": every, "needed": reason["value"]}
    if code == "too_little":
        words = _("Too little history: %(all)s finished, %(good)s of them well; %(needed)s are needed, 5 of each kind.")
        return f"{words % counts} {_('So the score only counts how much is known.')}"
    if code == "base":
        return _("Of %(all)s finished deals and leads, %(good)s became customers who pay.") % counts
    what = _what(code, reason["value"])
    if not every:
        return what
    words = ngettext(
        "%(good)s of %(all)s became a customer who pays.", "%(good)s of %(all)s became customers who pay.", good
    )
    return f"{what}: {words % counts}"


def _what(code: str, value: str) -> str:
    if code == "source":
        return _("Source “%(source)s”") % {"source": value}
    if code == "country":
        return country_name(value)
    said = {
        ("company", "yes"): _("A company"),
        ("company", "no"): _("A person, not a company"),
        ("mail", "own"): _("A mail address of their own domain"),
        ("mail", "free"): _("A mail address of a free service"),
        ("mail", "none"): _("No mail address"),
        ("phone", "yes"): _("A phone number"),
        ("phone", "no"): _("No phone number"),
        ("message", "long"): _("A long message"),
        ("message", "short"): _("A short message"),
        ("message", "none"): _("No message"),
    }
    return said.get((code, value), f"{code}: {value}")
