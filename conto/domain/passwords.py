"""What makes a password easy to guess for whoever knows the person."""

from __future__ import annotations

import re

from conto.domain.contact import fold

LEAST_BESIDE_NAMES = 6  # characters that a password needs beside what everybody knows of its owner
_PARTS = re.compile(r"[^\W_]+")
_SHORTEST_NAME = 3


def is_like_names(password: str, names: list[str]) -> bool:
    """Tell whether little of a password is left when names, addresses and what separates their parts are taken out."""
    folded = fold(password)
    known = {part for name in names for part in _PARTS.findall(fold(name)) if len(part) >= _SHORTEST_NAME}
    rest = folded
    for part in sorted(known, key=len, reverse=True):
        rest = rest.replace(part, " ")
    return rest != folded and len("".join(_PARTS.findall(rest))) < LEAST_BESIDE_NAMES
