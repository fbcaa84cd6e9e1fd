"""Names, phones, mails, bank and tax numbers: folded for search, checked at the door.

Each check gives back the normal form, or refuses with the reason in words.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from importlib import import_module
from types import ModuleType

import phonenumbers
from email_validator import EmailNotValidError, validate_email
from stdnum import bic as stdnum_bic
from stdnum import iban as stdnum_iban
from stdnum.eu import vat as eu_vat
from stdnum.exceptions import ValidationError

from conto.domain.errors import RuleBroken

# Letters that Unicode does not take apart, and spellings that people mix.
_LETTERS = str.maketrans({
    "ß": "ss", "ẞ": "ss", "æ": "ae", "Æ": "ae", "œ": "oe", "Œ": "oe", "ø": "o", "Ø": "o", "đ": "d", "Đ": "d",
    "ð": "d", "Ð": "d", "þ": "th", "Þ": "th", "ł": "l", "Ł": "l", "ı": "i", "İ": "i", "ŋ": "n", "ħ": "h", "ĸ": "k",
    "’": "'", "‘": "'", "ʼ": "'", "–": "-", "—": "-", "‐": "-",
})  # fmt: skip
_SPACE = re.compile(r"\s+")
_NOT_WORD = re.compile(r"[^\w\s]+")


def fold(text: str) -> str:
    """Give the search key of a text: no accents, no case, single spaces.

    Source: K-1.
    """
    if text.isascii():
        return _SPACE.sub(" ", text).strip().lower()
    parts = unicodedata.normalize("NFKD", text.translate(_LETTERS))
    bare = "".join([c for c in parts if not unicodedata.combining(c)])
    return _SPACE.sub(" ", bare).strip().casefold()


def sort_key(name: str) -> str:
    """Give the key that a list of names is sorted by: folded, and blind to punctuation.

    Source: K-1.
    """
    return _SPACE.sub(" ", _NOT_WORD.sub("", fold(name))).strip()


def normalize_phone(text: str, country: str = "") -> str:
    """Give a phone number in international form (E.164); national ones need the country.

    Raises: RuleBroken `contact.bad_phone`.
    Source: K-2.
    """
    try:
        number = phonenumbers.parse(text, country.upper() or None)
    except phonenumbers.NumberParseException:
        number = None
    if number is None or not phonenumbers.is_possible_number(number):
        raise RuleBroken("contact.bad_phone", "“%(phone)s” is not a phone number.", phone=text)
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def phone_search_key(text: str) -> str:
    """Give the digits of a typed phone number without the leading zeros of a dialed prefix.

    Source: K-2.
    """
    digits = "".join(c for c in unicodedata.normalize("NFKC", text).replace("(0)", "") if c.isdecimal())
    return digits.lstrip("0")


def check_email(text: str) -> str:
    """Give a mail address in its normal form, checked by its shape alone.

    Raises: RuleBroken `contact.bad_email`.
    Source: K-3.
    """
    try:
        return validate_email(text.strip(), check_deliverability=False, test_environment=True).normalized
    except EmailNotValidError as error:
        raise RuleBroken(
            "contact.bad_email", "“%(email)s” is not a mail address.", email=text, detail=str(error)
        ) from error


def check_iban(text: str) -> str:
    """Give an IBAN without spaces, its check digits and national form proven.

    Raises: RuleBroken `contact.bad_iban`.
    Source: K-4.
    """
    try:
        return str(stdnum_iban.validate(text.upper()))
    except ValidationError as error:
        raise RuleBroken("contact.bad_iban", "“%(iban)s” is not an IBAN.", iban=text, detail=str(error)) from error


def check_bic(text: str) -> str:
    """Give a BIC in capitals.

    Raises: RuleBroken `contact.bad_bic`.
    Source: K-4.
    """
    try:
        return str(stdnum_bic.validate(text))
    except ValidationError as error:
        raise RuleBroken("contact.bad_bic", "“%(bic)s” is not a BIC.", bic=text, detail=str(error)) from error


_EU_VAT = frozenset(
    "AT BE BG CY CZ DE DK EE EL ES FI FR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK".split()  # noqa: SIM905
)
# Outside the Union: the module of python-stdnum that knows the country's number for firms.
_TAX_ID_MODULES = {
    "GB": "stdnum.gb.vat", "CH": "stdnum.ch.vat", "NO": "stdnum.no.mva", "US": "stdnum.us.ein",
    "IN": "stdnum.in_.gstin", "AU": "stdnum.au.abn", "CA": "stdnum.ca.bn", "NZ": "stdnum.nz.ird",
    "IS": "stdnum.is_.vsk", "TR": "stdnum.tr.vkn", "RS": "stdnum.rs.pib", "JP": "stdnum.jp.cn",
    "KR": "stdnum.kr.brn", "SG": "stdnum.sg.uen", "MX": "stdnum.mx.rfc", "BR": "stdnum.br.cnpj",
    "ZA": "stdnum.za.tin", "IL": "stdnum.il.hp", "CL": "stdnum.cl.rut", "AR": "stdnum.ar.cuit",
    "CN": "stdnum.cn.uscc", "TH": "stdnum.th.pin", "ID": "stdnum.id.npwp", "UA": "stdnum.ua.edrpou",
}  # fmt: skip
_PLAIN_TAX_ID = re.compile(r"[0-9A-Za-z][0-9A-Za-z ./-]{2,29}")


def check_tax_id(country: str, value: str) -> str:
    """Give a VAT or tax number in its normal form, with its check digits proven where known.

    In the Union the number carries its country prefix (EL for Greece, XI for Northern Ireland).

    Raises: RuleBroken `contact.bad_tax_id`.
    Source: K-5.
    """
    code = country.upper()
    text = value.strip().upper()
    try:
        if code == "XI" or (code == "GB" and text.startswith("XI")):
            return "XI" + str(_module("stdnum.gb.vat").validate(text.removeprefix("XI")))
        code = "EL" if code == "GR" else code
        if code in _EU_VAT:
            return _eu_vat_number(code, text)
        if code in _TAX_ID_MODULES:
            return _foreign_tax_id(code, text)
    except ValidationError as error:
        raise _bad_tax_id(value, country, str(error)) from error
    if not _PLAIN_TAX_ID.fullmatch(text):
        raise _bad_tax_id(value, country, "")
    return text


def _eu_vat_number(code: str, text: str) -> str:
    compact = re.sub(r"[\s./-]", "", text)
    if code == "EL" and compact.startswith("GR"):
        compact = "EL" + compact[2:]
    if not compact.startswith(code):
        compact = code + compact
    return str(eu_vat.validate(compact))


def _foreign_tax_id(code: str, text: str) -> str:
    compact = str(_module(_TAX_ID_MODULES[code]).validate(text.removeprefix(code) if code in {"GB", "NO"} else text))
    return f"GB{compact}" if code == "GB" else compact


@cache
def _module(name: str) -> ModuleType:
    return import_module(name)


def _bad_tax_id(value: str, country: str, detail: str) -> RuleBroken:
    return RuleBroken(
        "contact.bad_tax_id",
        "“%(number)s” is not a tax number of %(country)s.",
        number=value,
        country=country,
        detail=detail,
    )


# N is a digit, A a letter, X either; several forms are separated by |. Source: UPU addressing systems.
_POSTCODES = {
    "AD": "ADNNN", "AR": "NNNN|ANNNNAAA", "AT": "NNNN", "AU": "NNNN", "BE": "NNNN", "BG": "NNNN",
    "BR": "NNNNN-NNN|NNNNNNNN", "CA": "ANA NAN|ANANAN", "CH": "NNNN", "CN": "NNNNNN", "CY": "NNNN",
    "CZ": "NNN NN|NNNNN", "DE": "NNNNN", "DK": "NNNN", "EE": "NNNNN", "ES": "NNNNN", "FI": "NNNNN",
    "FR": "NNNNN", "GR": "NNN NN|NNNNN", "HR": "NNNNN", "HU": "NNNN", "IE": "ANN XXXX|ANX XXXX|ANNXXXX|ANXXXXX",
    "IL": "NNNNNNN|NNNNN", "IN": "NNNNNN|NNN NNN", "IS": "NNN", "IT": "NNNNN", "JP": "NNN-NNNN|NNNNNNN",
    "KR": "NNNNN", "LI": "NNNN", "LT": "NNNNN|LT-NNNNN", "LU": "NNNN|L-NNNN", "LV": "LV-NNNN|NNNN",
    "MC": "NNNNN", "MT": "AAA NNNN|AAANNNN", "MX": "NNNNN", "NL": "NNNN AA|NNNNAA", "NO": "NNNN", "NZ": "NNNN",
    "PL": "NN-NNN|NNNNN", "PT": "NNNN-NNN|NNNN", "RO": "NNNNNN", "RS": "NNNNN", "SE": "NNN NN|NNNNN",
    "SG": "NNNNNN", "SI": "NNNN", "SK": "NNN NN|NNNNN", "TR": "NNNNN", "UA": "NNNNN", "US": "NNNNN|NNNNN-NNNN",
    "ZA": "NNNN",
    "GB": "AN NAA|ANN NAA|AAN NAA|AANN NAA|ANA NAA|AANA NAA|ANNAA|ANNNAA|AANNAA|AANNNAA|ANANAA|AANANAA",
}  # fmt: skip
# The form that paper shows: where the space or hyphen of the compact form belongs, counted from the end.
_POSTCODE_GAPS = {
    "GB": (3, " "), "CA": (3, " "), "IE": (4, " "), "NL": (2, " "), "SE": (2, " "), "CZ": (2, " "), "SK": (2, " "),
    "GR": (2, " "), "PL": (3, "-"), "JP": (4, "-"), "MT": (4, " "), "BR": (3, "-"),
}  # fmt: skip
_PATTERN_OF = {"N": "[0-9]", "A": "[A-Z]", "X": "[0-9A-Z]"}


@cache
def _postcode_pattern(country: str) -> re.Pattern[str] | None:
    forms = _POSTCODES.get(country)
    if forms is None:
        return None
    alternatives = []
    for form in forms.split("|"):
        prefix = {"AD": "AD", "LT": "LT-", "LU": "L-", "LV": "LV-"}.get(country, "")
        fixed = prefix if prefix and form.startswith(prefix) else ""
        alternatives.append(re.escape(fixed) + "".join(_PATTERN_OF.get(c, re.escape(c)) for c in form[len(fixed) :]))
    return re.compile("|".join(alternatives))


def check_postcode(country: str, text: str) -> str:
    """Give a postcode as the country writes it; countries without a known form take anything.

    Raises: RuleBroken `contact.bad_postcode`.
    Source: K-6.
    """
    code = country.upper()
    tidy = _SPACE.sub(" ", text).strip().upper()
    pattern = _postcode_pattern(code)
    if pattern is None:
        return tidy
    if not pattern.fullmatch(tidy):
        raise RuleBroken(
            "contact.bad_postcode", "“%(postcode)s” is not a postcode of %(country)s.", postcode=text, country=country
        )
    gap = _POSTCODE_GAPS.get(code)
    if gap is None:
        return tidy
    compact = tidy.replace(" ", "").replace("-", "")
    return f"{compact[: -gap[0]]}{gap[1]}{compact[-gap[0] :]}"
