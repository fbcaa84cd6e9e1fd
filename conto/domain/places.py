"""Places in texts that people write once and that are filled in for each customer: words in braces."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

_PLACE = re.compile(r"\{([^{}\n]{0,40})\}")


def unknown_places(text: str, places: Collection[str]) -> tuple[str, ...]:
    """List what stands in braces but is none of the places, each once.

    Source: E-7, IW-3.
    """
    return tuple(dict.fromkeys(name for name in _PLACE.findall(text) if name not in places))


def filled(text: str, values: Mapping[str, str], places: Collection[str]) -> str:
    """Fill in the places; a value that holds braces is not read again, and a place without a value is left empty.

    Source: E-7, IW-3.
    """
    return _PLACE.sub(lambda found: values.get(found[1], "") if found[1] in places else found[0], text)
