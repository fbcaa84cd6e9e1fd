"""Every operation × every role × nobody × a revoked key × a key without the scope, generated from the declarations."""

import re
from collections.abc import Iterator

import pytest

from conto.api.described import document
from conto.api.operations import RULES
from conto.apps.integrations import actions
from conto.domain.facts import SYSTEM
from conto.domain.ids import new_id
from conto.domain.permissions import Permission, Role, is_granted
from tests.api.programs import Program, key_for, of
from tests.web.living import Living

CHOICES = {"kind": "billing", "language": "de", "name": "studio"}


def operations() -> Iterator[tuple[str, str, str]]:
    """Give each operation as its name, method and an address in which every id is one that nobody has."""
    for path, methods in document()["paths"].items():
        address = re.sub(r"{(\w+)}", lambda found: CHOICES.get(found[1], str(new_id())), path)
        for method, operation in methods.items():
            yield operation["operationId"], method.upper(), address


def test_every_declared_operation_is_swept() -> None:
    assert {name for name, _, _ in operations()} == set(RULES)


@pytest.mark.parametrize("role", list(Role))
def test_a_role_may_what_the_operation_says(book: Living, role: Role, settings: object) -> None:
    settings.API_REQUESTS_OF_KEY = settings.API_REQUESTS_OF_ADDRESS = 10_000  # type: ignore[attr-defined]
    program, wrong = of(book.members[role]), []
    for name, method, address in operations():
        needs = RULES[name].needs
        if name == "check_book" and is_granted(role, needs or ""):  # type: ignore[arg-type]
            continue  # it wants a transaction of its own: test_at_once asks it
        answer = program.ask(method, address)
        is_in = needs is None or is_granted(role, needs)
        is_right = answer.status_code not in {401, 403, 500} if is_in else answer.status_code == 403
        if not is_right or (not is_in and answer.json()["code"] != "permission.missing"):
            wrong.append(f"{name} {method} {address}: {answer.status_code} {answer.content[:200]!r}")
        if "Kupfer" in answer.content.decode("utf-8", "replace") and not is_in:
            wrong.append(f"{name} tells of a customer")
    assert wrong == []


def test_nobody_a_revoked_key_and_a_key_without_the_scope_get_in_nowhere(book: Living, settings: object) -> None:
    settings.API_REQUESTS_OF_KEY = settings.API_REQUESTS_OF_ADDRESS = 10_000  # type: ignore[attr-defined]
    owner = book.members[Role.OWNER]
    revoked = key_for(owner)
    actions.revoke_key(key=revoked.key, actor=SYSTEM, at=revoked.key.made_at, now=revoked.key.made_at)
    wrong = []
    for name, method, address in operations():
        needs = RULES[name].needs
        for who, program, status in (
            ("nobody", Program(), 401),
            ("revoked", Program(revoked.token), 401),
            ("without the scope", of(owner, set(Permission) - {needs}) if needs else None, 403),
        ):
            if program is None:
                continue
            answer = program.ask(method, address, {"name": "canary"})
            if answer.status_code != status or b"Kupfer" in answer.content or b"canary" in answer.content:
                wrong.append(f"{who} {name} {method} {address}: {answer.status_code}")
    assert wrong == []


def test_a_record_that_is_not_there_is_not_found(book: Living, settings: object) -> None:
    settings.API_REQUESTS_OF_KEY = settings.API_REQUESTS_OF_ADDRESS = 10_000  # type: ignore[attr-defined]
    program, wrong = of(book.members[Role.OWNER]), []
    for path, methods in document()["paths"].items():
        for method, operation in methods.items():
            if "_id}" not in path:
                continue
            address = re.sub(r"{(\w+)}", lambda found: CHOICES.get(found[1], str(new_id())), path)
            body = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("example")
            answer = program.ask(method.upper(), address, body)
            is_choice = "{kind}" in path and answer.status_code == 422
            if answer.status_code != 404 and not is_choice:
                wrong.append(f"{method} {address}: {answer.status_code} {answer.content[:300]!r}")
    assert wrong == []
