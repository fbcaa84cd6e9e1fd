"""Every operation of the API is declared: its permission, its words, its name; and the description is the one kept."""

import sys
from pathlib import Path

from conto.api import described
from conto.api.api import api
from conto.api.described import NOUNS, document
from conto.api.operations import RULES
from conto.domain.permissions import Permission

KEPT = Path(described.__file__).parent / "openapi.json"
# What every key may ask, with the reason.
OPEN_TO_EVERY_KEY = {"get_key": "a program must be able to see who it is"}


def test_every_operation_declares_what_it_needs() -> None:
    for router in api._get_bound_routers():
        for view in router.path_operations.values():
            for operation in view.operations:
                rule = RULES[str(operation.operation_id)]
                needs = operation.view_func.needs  # type: ignore[attr-defined]
                assert isinstance(needs, Permission) or rule.name in OPEN_TO_EVERY_KEY
                assert [door.needs for door in operation.auth_callbacks] == [rule.needs]  # type: ignore[attr-defined]


def test_every_operation_and_schema_has_words_and_examples() -> None:
    wanting = []
    for path, operations in document()["paths"].items():
        for method, operation in operations.items():
            assert len(operation["tags"]) == 1
            assert operation["tags"][0] in NOUNS
            contents = [*operation.get("requestBody", {}).get("content", {}).values()]
            contents += [
                content
                for status, answer in operation["responses"].items()
                if status.startswith("2")
                for kind, content in answer.get("content", {}).items()
                if kind == "application/json"
            ]
            is_described = len(operation["summary"].split()) > 1 and operation["description"]
            if not is_described or not all("example" in content for content in contents):
                wanting.append(f"{method} {path}")
    for name, schema in document()["components"]["schemas"].items():
        if not schema.get("description") or "examples" not in schema:
            wanting.append(name)
    assert wanting == []


def test_the_description_in_the_repository_is_that_of_the_code() -> None:
    """When this fails and the change is meant: python -m conto.config.api_description."""
    assert KEPT.read_text() == described.text()


def test_every_shape_has_a_name_of_its_own() -> None:
    """Of two shapes with one name the description shows only one, and for the operations of both."""
    homes: dict[str, set[str]] = {}
    for module in (sys.modules[name] for name in sys.modules if name.startswith("conto.api.nouns.")):
        for name, kind in vars(module).items():
            if isinstance(kind, type) and kind.__module__ == module.__name__:
                homes.setdefault(name, set()).add(module.__name__)
    assert {name: places for name, places in homes.items() if len(places) > 1} == {}
