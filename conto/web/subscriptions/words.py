"""The words of subscriptions: what happened to them, what may be done, and why one was set aside."""

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from conto.apps.plans.words import rhythm_words
from conto.domain.errors import RuleBroken
from conto.domain.price import Speech, describe
from conto.domain.subscription import Change, ChangeKind, SubscriptionState, When
from conto.web.formats import day_text, number_text
from conto.web.reading import words_of

VIEWS = [
    ("all", gettext_lazy("All")),
    ("running", gettext_lazy("Running")),
    ("scheduled", gettext_lazy("To come")),
    ("ended", gettext_lazy("Over")),
    ("set_aside", gettext_lazy("Set aside")),
]
# What may be done, in the order of the buttons: kind, word, icon.
CHANGES = {
    "quantity": (gettext_lazy("Change a quantity"), "pencil"),
    "price": (gettext_lazy("Change a price"), "pencil"),
    "add": (gettext_lazy("Add an item"), "plus"),
    "remove": (gettext_lazy("Take an item away"), "trash-2"),
    "interval": (gettext_lazy("Bill in another rhythm"), "refresh-cw"),
    "pause": (gettext_lazy("Pause"), "pause"),
    "resume": (gettext_lazy("Resume"), "refresh-cw"),
    "renew": (gettext_lazy("Renew"), "refresh-cw"),
    "cancel": (gettext_lazy("Cancel the subscription"), "circle-x"),
}
WHENS = [
    ("", gettext_lazy("as it was agreed")),
    ("now", gettext_lazy("at once, with a credit for what is left")),
    ("period_end", gettext_lazy("at the end of the period")),
    ("now_without_credit", gettext_lazy("at once, without a credit")),
]
_WHEN_WORDS = dict(WHENS)
_S = SubscriptionState
_RUNNING = ("quantity", "price", "add", "remove", "interval", "pause", "cancel")
_OFFERED: dict[SubscriptionState, tuple[str, ...]] = {
    _S.SCHEDULED: ("cancel",),
    _S.TRIAL: _RUNNING,
    _S.ACTIVE: _RUNNING,
    _S.PAUSED: ("resume", "cancel"),
    _S.ENDING: ("quantity", "price", "add", "remove", "renew"),
    _S.ENDED: ("renew",),
}


def offered_changes(
    state: SubscriptionState, *, ends: bool, items: int, is_counted: bool
) -> list[tuple[str, Any, str]]:
    """Return what may be done as a subscription stands: kind, word and icon."""
    senseless = {kind for kind, makes_sense in (("remove", items > 1), ("quantity", is_counted)) if not makes_sense}
    kinds = [kind for kind in _OFFERED[state] if kind not in senseless]
    if ends and "renew" not in kinds and state is not SubscriptionState.SCHEDULED:
        kinds.append("renew")
    return [(kind, *CHANGES[kind]) for kind in kinds]


def change_words(change: Change, names: Mapping[str, str], speech: Speech) -> str:
    """Say what a change does, and when it counts where that was said."""
    words = str(_SAID[change.kind](change, names, speech))
    if change.when in {None, When.NOW} or change.kind is ChangeKind.RENEW:
        return words
    return f"{words}, {_WHEN_WORDS[str(change.when)]}"


def _added(change: Change, names: Mapping[str, str], _speech: Speech) -> str:
    key = change.added.key if change.added else ""
    return _("Added: %(name)s") % {"name": names.get(key, key)}


def _renewed(change: Change, _names: Mapping[str, str], _speech: Speech) -> str:
    if change.ends_on is None:
        return _("Renewed")
    return _("Renewed until %(day)s") % {"day": day_text(change.ends_on - timedelta(days=1))}


def _rhythm(change: Change, names: Mapping[str, str], speech: Speech) -> str:
    words = _("Billed %(rhythm)s") % {"rhythm": rhythm_words(change.interval.value, change.count)}
    return f"{words} · {_prices(change, names, speech)}" if change.prices else words


_SAID: dict[ChangeKind, Callable[[Change, Mapping[str, str], Speech], str]] = {
    ChangeKind.QUANTITY: lambda change, names, _speech: (
        f"{names.get(change.item, change.item)}: {number_text(change.quantity.normalize())}"
    ),
    ChangeKind.PRICE: lambda change, names, speech: (
        _("New price: %(prices)s") % {"prices": _prices(change, names, speech)}
    ),
    ChangeKind.ADD: _added,
    ChangeKind.REMOVE: lambda change, names, _speech: (
        _("Taken away: %(name)s") % {"name": names.get(change.item, change.item)}
    ),
    ChangeKind.PAUSE: lambda _change, _names, _speech: _("Paused"),
    ChangeKind.RESUME: lambda _change, _names, _speech: _("Resumed"),
    ChangeKind.CANCEL: lambda _change, _names, _speech: _("Cancelled"),
    ChangeKind.RENEW: _renewed,
    ChangeKind.INTERVAL: _rhythm,
    ChangeKind.ZONE: lambda change, _names, _speech: _("Time zone: %(zone)s") % {"zone": change.zone},
}


def _prices(change: Change, names: Mapping[str, str], speech: Speech) -> str:
    return "; ".join(f"{names.get(key, key)}: {describe(price, speech)}" for key, price in change.prices)


def aside_words(row: Any) -> str:
    """Say in the reader's language why a subscription could not be billed."""
    return words_of(RuleBroken(row.code, row.reason, **row.params))


def day_before(day: date | None) -> date | None:
    """Return the last day of what ends before a day."""
    return None if day is None else day - timedelta(days=1)
