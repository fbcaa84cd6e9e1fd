"""What a quote says of the contract that it makes, in plain sentences for its customer."""

from babel.dates import format_date
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from conto.domain.contract import Renewal
from conto.domain.quote import ContractOffer


def contract_words(offer: ContractOffer | None, language: str = "") -> list[str]:
    """Say when the contract begins, how long it runs, how it goes on and how it ends; nothing for no contract.

    It speaks the given language, or the reader's.
    """
    if offer is None:
        return []
    spoken = language or translation.get_language() or "en"
    with translation.override(spoken):
        return [_begins(offer, spoken), *_runs(offer), _("The prices above hold as long as the contract runs.")]


def _begins(offer: ContractOffer, language: str) -> str:
    if offer.starts_on is None:
        return _("With the acceptance a contract begins, on the same day.")
    day = format_date(offer.starts_on, format="long", locale=translation.to_locale(language))
    return _("With the acceptance a contract is made that begins on %(day)s.") % {"day": day}


def _runs(offer: ContractOffer) -> list[str]:
    months = {"n": offer.months}
    further = {"n": offer.renewal_months or offer.months}
    if offer.renewal is Renewal.NONE and offer.months:
        return [
            ngettext("It runs for %(n)d month and then ends.", "It runs for %(n)d months and then ends.", months["n"])
            % months
        ]
    if offer.renewal is Renewal.NONE:
        return [_("It has no fixed end."), _notice_at_any_time(offer.notice_days)]
    first = ngettext("It first runs for %(n)d month.", "It first runs for %(n)d months.", months["n"]) % months
    if offer.renewal is Renewal.ASK:
        then = ngettext(
            "Then it ends, unless both sides renew it for another %(n)d month.",
            "Then it ends, unless both sides renew it for another %(n)d months.",
            further["n"],
        )
        return [first, then % further]
    then = ngettext(
        "Then it goes on by %(n)d month at a time, until one side gives notice.",
        "Then it goes on by %(n)d months at a time, until one side gives notice.",
        further["n"],
    )
    return [first, then % further, _notice_before_term(offer.notice_days)]


def _notice_at_any_time(days: int) -> str:
    if not days:
        return _("Either side can end it at any time.")
    words = ngettext(
        "Either side can end it with %(n)d day of notice.", "Either side can end it with %(n)d days of notice.", days
    )
    return words % {"n": days}


def _notice_before_term(days: int) -> str:
    if not days:
        return _("Notice is given before the next term begins.")
    words = ngettext(
        "Notice is given at least %(n)d day before the next term.",
        "Notice is given at least %(n)d days before the next term.",
        days,
    )
    return words % {"n": days}
