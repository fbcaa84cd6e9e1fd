"""Addresses: one path is written with one set of names, else half of its methods would not be found."""

import re

from conto.api.api import api
from conto.api.described import document


def test_a_path_is_written_in_one_way() -> None:
    seen: dict[str, str] = {}
    for path in document()["paths"]:
        bare = re.sub(r"{\w+}", "{}", path)
        assert seen.setdefault(bare, path) == path


def test_operations_of_one_path_are_of_one_router() -> None:
    """The first router that knows a path answers, and refuses the methods that another one has."""
    seen: dict[str, object] = {}
    for router in api._get_bound_routers():
        for path in router.path_operations:
            assert seen.setdefault(path, router) is router, path
