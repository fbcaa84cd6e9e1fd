"""The words by which a customer is found, and how what a reader types is read."""

import re
from collections.abc import Iterable, Iterator

import phonenumbers

from conto.domain.contact import fold, phone_search_key

LONGEST = 80
BACKWARDS = "~"  # marks the digits of a phone from its end
_WORD = re.compile(r"[^\W_]+")
_SPELLED_OUT = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "å": "aa", "Ä": "ae", "Ö": "oe", "Ü": "ue", "Å": "aa"})
_FEWEST_DIGITS = 3


def words_of(text: str) -> Iterator[str]:
    """Give the folded words of a name, also as spelled without umlauts (Müller, Mueller)."""
    for spelling in (text,) if text.isascii() else {text, text.translate(_SPELLED_OUT)}:
        folded = fold(spelling)
        for word in _WORD.findall(folded):
            yield word[:LONGEST]
        if "'" in folded or "." in folded:
            for word in _WORD.findall(folded.replace("'", "").replace(".", "")):
                yield word[:LONGEST]


def words_of_email(email: str) -> Iterator[str]:
    """Give a mail address whole, and its words on either side of the @."""
    folded = fold(email)
    yield folded[:LONGEST]
    yield from (word[:LONGEST] for word in _WORD.findall(folded))


def words_of_phone(phone: str) -> Iterator[str]:
    """Give the digits of a phone: international, national, and backwards for the last ones."""
    digits = phone.removeprefix("+")
    if not digits:
        return
    yield digits[:LONGEST]
    yield BACKWARDS + digits[::-1][:LONGEST]
    try:
        national = str(phonenumbers.parse(phone, None).national_number)
    except phonenumbers.NumberParseException:
        return
    yield national


def words_of_number(number: str) -> Iterator[str]:
    """Give a tax or reference number without its spaces and marks."""
    joined = "".join(_WORD.findall(fold(number)))
    if joined:
        yield joined[:LONGEST]


def words_of_record(
    *, names: Iterable[str] = (), email: str = "", phone: str = "", numbers: Iterable[str] = ()
) -> set[str]:
    """Give every word by which a record with these details is found."""
    found: set[str] = set()
    for name in names:
        found.update(words_of(name))
    if email:
        found.update(words_of_email(email))
    if phone:
        found.update(words_of_phone(phone))
    for number in numbers:
        found.update(words_of_number(number))
    return found


def read_search(text: str) -> list[list[str]]:
    """Read a search as terms that must all match; each is a list of beginnings, one of which must.

    Digits with the marks of a phone are one term: from the start, without the dialed prefix, or from the end.
    """
    typed = text.strip()[:LONGEST]
    digits = "".join(c for c in typed if c.isdecimal())
    if len(digits) >= _FEWEST_DIGITS and not any(c.isalpha() or c in "@_" for c in typed):
        return [_beginnings_of_digits(typed, digits)]
    if "@" in typed and " " not in typed:
        beginning = fold(typed).lstrip("@")
        return [[beginning]] if beginning else []
    return [list(spellings) for spellings in _spellings(typed)]


def like_beginning(text: str) -> str:
    """Return the pattern of words that begin so."""
    escaped = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"{escaped}%"


def read_number(text: str) -> str:
    """Read a search as one tax or reference number that was typed with spaces and marks."""
    joined = "".join(_WORD.findall(fold(text)))[:LONGEST]
    return joined if sum(c.isdecimal() for c in joined) >= _FEWEST_DIGITS else ""


def _beginnings_of_digits(typed: str, digits: str) -> list[str]:
    found = {digits, phone_search_key(typed), BACKWARDS + digits[::-1], "".join(_WORD.findall(typed))}
    return sorted(beginning for beginning in found if beginning)


def _spellings(typed: str) -> Iterator[set[str]]:
    for part in typed.split():
        plain = _WORD.findall(fold(part).replace("'", ""))
        spelled = _WORD.findall(fold(part.translate(_SPELLED_OUT)).replace("'", ""))
        if len(plain) != len(spelled):
            spelled = plain
        yield from ({one, other} for one, other in zip(plain, spelled, strict=True))
