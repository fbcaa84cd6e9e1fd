"""How facts of subscriptions read on the folio: a title and a note."""

from datetime import date
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _g

from conto.web.formats import day_text

_CHANGES: dict[str, str | Promise] = {
    "price": _g("another price"),
    "quantity": _g("another quantity"),
    "add": _g("an item added"),
    "remove": _g("an item taken away"),
    "pause": _g("paused"),
    "resume": _g("resumed"),
    "cancel": _g("cancelled"),
    "renew": _g("renewed"),
    "interval": _g("another rhythm"),
    "zone": _g("another time zone"),
}


def subscription_changed(body: dict[str, Any]) -> tuple[str, str]:
    """Say what changed in a subscription, and from when."""
    word = str(_CHANGES.get(body.get("change", ""), body.get("change", "")))
    title = _("Subscription %(number)s: %(change)s") % {"number": body.get("number", ""), "change": word}
    taken = body.get("takes_on", "")
    return title, _("from %(day)s") % {"day": day_text(date.fromisoformat(taken))} if taken else ""
