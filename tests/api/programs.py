"""A program that uses the API with a key."""

import json
from collections.abc import Collection
from datetime import UTC, datetime
from typing import Any

from django.test import Client

from conto.apps.accounts.models import Member
from conto.apps.integrations import actions
from conto.domain.facts import SYSTEM
from conto.domain.permissions import GRANTS, Permission, Role

ROOT = "/api/v1"


def key_for(member: Member, scopes: Collection[Permission] | None = None, **more: Any) -> actions.MadeKey:
    """Make a key for a member, with all that the role has or with these scopes."""
    now = datetime.now(UTC)
    return actions.make_key(
        member=member,
        name="Shop",
        scopes=GRANTS[Role(member.role)] if scopes is None else scopes,
        lasts_days=more.pop("lasts_days", None),
        actor=SYSTEM,
        at=now,
        now=now,
    )


class Program:
    """Sends requests with one key."""

    def __init__(self, token: str = "", **headers: str) -> None:
        self.client = Client(SERVER_NAME="localhost", raise_request_exception=False)
        self.headers = {"Authorization": f"Bearer {token}", **headers} if token else dict(headers)

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """Send a request; names of headers are written with underscores."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        address = path if path.startswith("/") and path.startswith(ROOT) else f"{ROOT}{path}"
        content = b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
        return self.client.generic(
            method, address, content, content_type="application/json", headers={**self.headers, **named}
        )

    def get(self, path: str, **headers: str) -> Any:
        """Read."""
        return self.ask("GET", path, **headers)

    def post(self, path: str, body: Any = None, **headers: str) -> Any:
        """Write."""
        return self.ask("POST", path, body, **headers)


def of(member: Member, scopes: Collection[Permission] | None = None) -> Program:
    """Return a program that acts for a member."""
    return Program(key_for(member, scopes).token)
