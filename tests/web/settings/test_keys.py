"""Keys of programs: made on a page, shown once, listed, revoked; and the reference that says what they open."""

import re

import pytest
from django.test import Client

from conto.api.described import document
from conto.apps.integrations.models import ApiKey
from conto.domain.permissions import Role
from conto.web.freshness import _PROVED
from tests.api.programs import Program
from tests.web.living import Living


@pytest.fixture
def book(living_book: Living) -> Living:
    return living_book


def browser(book: Living, role: Role) -> Client:
    client = Client(SERVER_NAME="localhost")
    client.force_login(book.members[role])
    return client


def test_a_key_is_made_shown_once_used_and_revoked(book: Living) -> None:
    client = browser(book, Role.FINANCE)
    page = client.post("/settings/keys/new", {"name": "Shop", "lasts": "30", "scopes": ["customer:view"]})
    token = re.search(rb"conto_[0-9a-f]{12}_[A-Za-z0-9_-]{43}", page.content)
    assert token, page.content[-2000:]
    program = Program(token[0].decode())
    assert program.get("/customers").status_code == 200
    assert program.get("/documents").status_code == 403
    listed = client.get("/settings/keys")
    assert token[0] not in listed.content
    assert b"Shop" in listed.content
    key = ApiKey.objects.get()
    assert key.expires_at is not None
    assert (key.expires_at - key.made_at).days == 30
    client.post(f"/settings/keys/{key.id}/revoke")
    assert program.get("/customers").status_code == 401


def test_a_key_of_another_member_is_not_found_but_by_those_who_keep_members(book: Living) -> None:
    browser(book, Role.FINANCE).post("/settings/keys/new", {"name": "Shop", "lasts": "", "scopes": ["customer:view"]})
    key = ApiKey.objects.get()
    assert browser(book, Role.AUDITOR).post(f"/settings/keys/{key.id}/revoke").status_code == 404
    assert browser(book, Role.OWNER).post(f"/settings/keys/{key.id}/revoke").status_code in {200, 302, 303}
    assert ApiKey.objects.get().revoked_at


def test_a_scope_beyond_the_role_cannot_be_chosen(book: Living) -> None:
    page = browser(book, Role.FINANCE).post("/settings/keys/new", {"name": "Shop", "scopes": ["member:edit"]})
    assert page.status_code == 422
    assert not ApiKey.objects.exists()


def test_a_key_is_made_only_by_who_has_just_shown_who_they_are(book: Living) -> None:
    client = browser(book, Role.OWNER)
    session = client.session
    session[_PROVED] = 1
    session.save()
    answer = client.post("/settings/keys/new", {"name": "Shop", "scopes": ["customer:view"]})
    assert answer.status_code in {302, 303}
    assert not ApiKey.objects.exists()


def test_the_reference_shows_every_noun(book: Living) -> None:
    client = browser(book, Role.SALES)
    first = client.get("/api/docs")
    slugs = set(re.findall(rb'href="/api/docs/([a-z-]+)"', first.content))
    nouns = {noun for methods in document()["paths"].values() for one in methods.values() for noun in one["tags"]}
    assert len(slugs) == len(nouns) > 10
    for slug in slugs:
        page = client.get(f"/api/docs/{slug.decode()}")
        assert page.status_code == 200
        assert b"curl -X" in page.content
    assert client.get("/api/docs/nothing").status_code == 404
