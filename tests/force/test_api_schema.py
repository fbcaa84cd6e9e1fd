"""schemathesis asks every operation what its description allows and what it does not: no 5xx, no breach.

Two examples of each operation are asked always, the same ones each time. More of them, and histories of several
operations, take minutes and are a command of their own: CONTO_SCHEMA_EXAMPLES=20 pytest tests/force/test_api_schema.py,
where the number says how many examples each operation gets, and how many histories are lived.
"""

import os
from collections.abc import Iterator

import pytest
import schemathesis
from django.db import connection
from django.test import override_settings
from hypothesis import HealthCheck, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from conto.api.described import document
from conto.config.wsgi import application
from conto.domain.permissions import Role
from tests.api.programs import key_for
from tests.house import FreshBook
from tests.web.living import Living, live

EXAMPLES = int(os.environ.get("CONTO_SCHEMA_EXAMPLES", "2"))
CHECKS = (not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance)
# These would ask somebody outside: they are only asked about records that are not there.
OUTSIDE = {"test_webhook", "test_mail_server", "try_backup_place"}


@pytest.fixture
def book(fresh_book: FreshBook) -> Iterator[Living]:
    with override_settings(
        PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
        API_REQUESTS_OF_KEY=10_000_000,
        API_REQUESTS_OF_ADDRESS=10_000_000,
        ALLOWED_HOSTS=["*"],
    ):
        yield live()
    connection.close()


@pytest.mark.force
def test_the_description_is_kept_by_every_operation(book: Living) -> None:
    schema = schemathesis.openapi.from_dict(document())
    schema.config.generation.update(allow_x00=False)
    token = key_for(book.members[Role.OWNER]).token
    broken: list[str] = []
    for result in schema.get_all_operations():
        operation = result.ok()

        @settings(
            max_examples=EXAMPLES,
            deadline=None,
            database=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        )
        def ask(case: schemathesis.Case) -> None:
            is_inside = case.operation.definition.raw["operationId"] not in OUTSIDE
            for name, value in book.ids.items():
                if name in (case.path_parameters or {}) and is_inside:
                    case.path_parameters[name] = str(value)
            headers = {"Authorization": f"Bearer {token}"}
            case.headers = {
                name: value
                for name, value in (case.headers or {}).items()
                if name not in {"If-Match", "Idempotency-Key", "Authorization"}
            }
            response = case.call(app=application, base_url="http://localhost", headers=headers)
            case.validate_response(response, checks=CHECKS)

        try:
            schemathesis_given(operation, ask)
        except (Exception, BaseExceptionGroup) as error:  # noqa: BLE001 -- all breaches are told together
            broken.append(f"{operation.method} {operation.path}: {str(error)[:1200]}")
    assert broken == []


@pytest.mark.force
@pytest.mark.skipif("CONTO_SCHEMA_EXAMPLES" not in os.environ, reason="a long run of its own")
def test_histories_of_operations_keep_the_description(book: Living) -> None:
    """What one operation made, the next ones read, change and act on."""
    schema = schemathesis.openapi.from_dict(document())
    schema.config.generation.update(allow_x00=False)
    token = key_for(book.members[Role.OWNER]).token

    class History(schema.as_state_machine()):  # type: ignore[misc]
        def get_call_kwargs(self, case: schemathesis.Case) -> dict[str, object]:
            case.headers = {}
            return {"app": application, "base_url": "http://localhost", "headers": {"Authorization": f"Bearer {token}"}}

        def validate_response(self, response: object, case: schemathesis.Case, **_: object) -> None:
            case.validate_response(response, checks=CHECKS)

    assert schema.statistic.transitions.total > 100  # else nothing leads from one operation to another
    History.run(
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=20,
            deadline=None,
            database=None,
            print_blob=True,
            suppress_health_check=list(HealthCheck),
        )
    )


def schemathesis_given(operation: object, ask: object) -> None:
    from hypothesis import given  # noqa: PLC0415

    given(case=operation.as_strategy())(ask)()  # type: ignore[attr-defined]
