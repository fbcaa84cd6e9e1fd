"""Every operation × every role × nobody × a revoked key × a key without the scope × another book's records and keys.

It is generated from the declarations. A role reads of the book's canaries (tests/canaries.py) what tests/classified.py
says, whatever it asks; of another book's none.
"""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from pytest_django.plugin import DjangoDbBlocker

from conto.api.described import document
from conto.api.operations import RULES
from conto.apps.integrations import actions
from conto.apps.integrations.models import ApiKey
from conto.domain.facts import SYSTEM
from conto.domain.ids import new_id
from conto.domain.permissions import Permission, Role, is_granted
from tests.api.programs import ROOT, Program, key_for
from tests.canaries import Place, told
from tests.classified import readers_of
from tests.sweeping import SweptBook
from tests.web.heads import kind_of, wrong_in
from tests.web.living import Living

CHOICES = {
    "kind": "billing",
    "language": "de",
    "name": "studio",
    "job_id": "4000000000",
    "event": "key_made",
    "rule": "I30",
}
# Where a path has a choice of its own.
OWN_CHOICES = {
    "set_tax_number": {"kind": "vat"},
    "get_paper": {"kind": "cii.xml"},
    "get_project_price": {"project_id": "priced_id"},  # the other project has none
    "get_retainer": {"project_id": "retained_id"},
}


# What is asked besides the bare address, so that lists show what they find.
ASKED = {
    "search": ["?q=kupfer", "?q=INV-2026", "?q=berg"],
    "list_customers": ["?q=kupfer"],
    "list_documents": ["?state=open", "?state=paid"],
}


# With canaries in its addresses and numbers a paper breaks rules of its format, and is not made.
NOT_VALID = {"get_paper": 422, "preview_draft": 422, "get_pro_forma": 422}
# Where nothing is asked, or nothing is set up.
NOT_VALID |= {"search": 422, "list_tax_entries": 422, "get_mail_server": 404}


@pytest.fixture(autouse=True)
def no_limits(settings: pytest.FixtureRequest) -> None:
    settings.API_REQUESTS_OF_KEY = settings.API_REQUESTS_OF_ADDRESS = 100_000  # type: ignore[attr-defined]


@pytest.fixture
def swept(made_plain: SweptBook, django_db_blocker: DjangoDbBlocker) -> Iterator[SweptBook]:
    with django_db_blocker.unblock(), made_plain.opened() as book:
        yield book


@pytest.fixture
def canary(made_canary: SweptBook, django_db_blocker: DjangoDbBlocker) -> Iterator[SweptBook]:
    with django_db_blocker.unblock(), made_canary.opened() as book:
        yield book


def operations(book: Living) -> Iterator[tuple[str, str, str, object]]:
    """Give each operation: its name, its method, its address with the ids of a book, and the example of its body."""
    ids = {**book.ids, **CHOICES, "link_id": new_id()}
    for path, methods in document()["paths"].items():
        for method, operation in methods.items():
            own = OWN_CHOICES.get(operation["operationId"], {})
            known = ids | {name: ids.get(value, value) for name, value in own.items()}
            address = re.sub(r"{(\w+)}", lambda found, known=known: str(known[found[1]]), path)
            body = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("example")
            yield operation["operationId"], method.upper(), address, body


def test_every_declared_operation_is_swept(swept: SweptBook) -> None:
    assert {name for name, _, _, _ in operations(swept.living)} == set(RULES)
    assert set(ASKED) <= set(RULES)


@pytest.mark.parametrize("role", list(Role))
def test_a_role_may_what_the_operation_says_and_is_told_no_more(canary: SweptBook, role: Role) -> None:
    program, wrong, seen = Program(canary.tokens[role]), [], set()
    member = canary.living.members[role]
    own = {member.id, *ApiKey.objects.filter(member=member).values_list("id", flat=True)}
    for name, method, address, _ in operations(canary.living):
        needs = RULES[name].needs
        is_in = needs is None or is_granted(role, needs)
        if method != "GET" and is_in:
            continue  # what it does is seen elsewhere: in test_journey.py
        for asked in ("", *(ASKED.get(name, []) if is_in else [])):
            answer = program.ask(method, address + asked)
            is_right = answer.status_code in {200, NOT_VALID.get(name)} if is_in else answer.status_code == 403
            if not is_right or (not is_in and answer.json()["code"] != "permission.missing"):
                wrong.append(f"{name} {method} {address}{asked}: {answer.status_code} {answer.content[:200]!r}")
            places = canary.canaries.seen_in(answer)
            wrong += [f"{name}: {one}" for one in wrong_in(answer, kind_of(ROOT + address, answer))]
            seen |= {place.column for place in places}
            too_much = {place for place in places if not may_read(role, place, own)}
            wrong += [f"{name} tells {role} of {column}" for column in told(too_much)]
    assert wrong == []
    assert len(seen) > (60 if role is Role.OWNER else 15)  # else canaries have no voice


def may_read(role: Role, place: Place, own: set[Any]) -> bool:
    readers = readers_of(place.column)
    assert readers is not None, place.column
    return place.row in own or any(is_granted(role, permission) for permission in readers)


def test_nobody_a_revoked_key_and_a_key_without_the_scope_get_in_nowhere(canary: SweptBook) -> None:
    owner = canary.living.members[Role.OWNER]
    revoked = key_for(owner)
    actions.revoke_key(key=revoked.key, actor=SYSTEM, at=revoked.key.made_at, now=revoked.key.made_at)
    without = {needs: key_for(owner, set(Permission) - {needs}).token for needs in Permission}
    wrong = []
    for name, method, address, _ in operations(canary.living):
        needs = RULES[name].needs
        for who, token, status in (
            ("nobody", "", 401),
            ("revoked", revoked.token, 401),
            ("without the scope", without[needs] if needs else None, 403),
        ):
            if token is None:
                continue
            answer = Program(token).ask(method, address, {"name": "canary"})
            wrong += [f"{name}: {one}" for one in wrong_in(answer, kind_of(ROOT + address, answer))]
            if answer.status_code != status or canary.canaries.seen_in(answer) or b"canary" in answer.content:
                wrong.append(f"{who} {name} {method} {address}: {answer.status_code}")
    assert wrong == []


def test_nothing_of_another_book_is_found_or_told(
    made_canary: SweptBook, made_plain: SweptBook, django_db_blocker: DjangoDbBlocker
) -> None:
    """Where a record is named, it is not found here; a key of there opens nothing; no answer tells of it."""
    with django_db_blocker.unblock():
        with made_canary.opened() as other:
            foreign = list(operations(other.living))
            program = Program(other.tokens[Role.OWNER])
            # What a process keeps in mind, it keeps from here on.
            shown = [program.get(address) for _, method, address, _ in foreign if method == "GET"]
            assert [answer.status_code for answer in shown if answer.status_code not in {200, 422}] == []
        with made_plain.opened() as here:
            wrong = [line for role in Role for line in found_by(here.tokens[role], role, foreign, other)]
            wrong += found_by(other.tokens[Role.OWNER], None, foreign, other)
    assert wrong == []


def found_by(
    token: str, role: Role | None, foreign: list[tuple[str, str, str, object]], other: SweptBook
) -> Iterator[str]:
    """Give what is wrong with how each operation on records of another book answers here."""
    program, ids = Program(token), {str(value) for name, value in other.living.ids.items() if name.endswith("_id")}
    for name, method, address, body in foreign:
        needs = RULES[name].needs
        is_in = role is not None and (needs is None or is_granted(role, needs))
        names_record = not ids.isdisjoint(address.removeprefix(ROOT).split("/"))
        if (role is not None and not is_in) or (is_in and not names_record and method != "GET"):
            continue  # refused before anything is looked for; about no record, and it would write
        answer = program.ask(method, address, body)
        status = 401 if role is None else 404 if names_record else 200
        is_unasked = is_in and not names_record and answer.status_code == NOT_VALID.get(name)
        if answer.status_code != status and not is_unasked:
            yield f"{role} {method} {address}: {answer.status_code} {answer.content[:200]!r}"
        if places := other.canaries.seen_in(answer):
            yield f"{role} {method} {address} tells of {told(places)}"
