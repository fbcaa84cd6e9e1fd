"""What a line says of what it charges for, in the language of the paper."""

from decimal import Decimal

from babel.dates import format_date
from babel.numbers import format_currency, format_decimal
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from conto.apps.late.entries import InvoiceCharge
from conto.domain.late import OpenDays
from conto.domain.money import to_major

_LONGEST_DETAILS = 5000


def fee_name(charge: InvoiceCharge, language: str) -> str:
    """Name the line of a fee.

    Source: LF-8.
    """
    with translation.override(language):
        return _("Late fee for %(number)s") % {"number": charge.invoice.number}


def interest_name(charge: InvoiceCharge, language: str) -> str:
    """Name the line of interest.

    Source: LF-8.
    """
    with translation.override(language):
        return _("Late interest for %(number)s") % {"number": charge.invoice.number}


def due_words(charge: InvoiceCharge, language: str) -> str:
    """Say when an invoice was due."""
    with translation.override(language):
        on = format_date(charge.invoice.late.due_on, "medium", locale=_locale(language))
        return _("Due on %(day)s.") % {"day": on}


def interest_words(charge: InvoiceCharge, yearly_percent: Decimal, language: str) -> str:
    """Say for which days, on what amount and at which percentage interest is charged.

    Source: LF-8.
    """
    currency, wanted = charge.invoice.currency, charge.wanted
    with translation.override(language):
        said = [due_words(charge, language)]
        said += [_piece(piece, currency, yearly_percent, language) for piece in wanted.pieces]
        if wanted.earlier_minor:
            amount = _amount(wanted.earlier_minor, currency, language)
            said.append(_("Less %(amount)s that were charged too much before.") % {"amount": amount})
        if wanted.capped_minor:
            amount = _amount(wanted.capped_minor, currency, language)
            said.append(_("Limited: %(amount)s are not charged.") % {"amount": amount})
    return "\n".join(said)[:_LONGEST_DETAILS]


def _piece(piece: OpenDays, currency: str, yearly_percent: Decimal, language: str) -> str:
    known = {
        "n": piece.days,
        "since": format_date(piece.first_on, "medium", locale=_locale(language)),
        "until": format_date(piece.last_on, "medium", locale=_locale(language)),
        "amount": _amount(piece.open_minor, currency, language),
        "percent": format_decimal(yearly_percent.normalize(), locale=_locale(language)),
    }
    return (
        ngettext(
            "%(since)s to %(until)s: %(n)s day on %(amount)s at %(percent)s %% a year.",
            "%(since)s to %(until)s: %(n)s days on %(amount)s at %(percent)s %% a year.",
            piece.days,
        )
        % known
    )


def _amount(amount_minor: int, currency: str, language: str) -> str:
    return format_currency(to_major(amount_minor, currency), currency, locale=_locale(language))


def _locale(language: str) -> str:
    return translation.to_locale(language or "en")
