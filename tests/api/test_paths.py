"""Addresses: one path is written with one set of names, else half of its methods would not be found."""

import re

from conto.api.described import document


def test_a_path_is_written_in_one_way() -> None:
    seen: dict[str, str] = {}
    for path in document()["paths"]:
        bare = re.sub(r"{\w+}", "{}", path)
        assert seen.setdefault(bare, path) == path
