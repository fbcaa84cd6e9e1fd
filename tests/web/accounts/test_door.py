"""The door in the browser's words: let in, refused, locked, out again."""

from datetime import UTC, datetime

import pytest
from django.test import Client

from conto.apps.accounts import actions
from conto.apps.accounts.models import Member
from conto.apps.accounts.queries import SellerDetails
from conto.domain.facts import SYSTEM

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
PASSWORD = "correct-horse-battery"

pytestmark = pytest.mark.django_db


@pytest.fixture
def olga() -> Member:
    member = actions.add_first_owner(email="olga@example.com", name="Olga", password=PASSWORD, at=NOW)
    seller = SellerDetails(name="Kestrel", country="DE", currency="EUR", zone="Europe/Berlin")
    actions.set_up_business(seller=seller, bank_account=None, actor=SYSTEM, at=NOW)
    return member


def enter(client: Client, password: str = PASSWORD, **more: str) -> object:
    return client.post("/sign-in", {"email": "Olga@example.com", "password": password, **more})


def test_a_member_signs_in_and_goes_where_they_wanted(client: Client, olga: Member) -> None:
    assert client.get("/profile").headers["Location"] == "/sign-in?next=%2Fprofile"
    assert enter(client, next="/profile").headers["Location"] == "/profile"
    assert client.get("/profile").status_code == 200


def test_nobody_is_sent_to_another_site(client: Client, olga: Member) -> None:
    assert enter(client, next="https://evil.example/").headers["Location"] == "/"


def test_a_wrong_password_and_an_unknown_address_get_the_same_words(client: Client, olga: Member) -> None:
    wrong = enter(client, "nope")
    assert wrong.status_code == 422
    unknown = client.post("/sign-in", {"email": "eve@example.com", "password": "nope"})
    words = "do not go together"
    assert words in wrong.content.decode()
    assert words in unknown.content.decode()
    assert "nope" not in wrong.content.decode()


def test_signing_out_needs_a_post_and_ends_the_session(client: Client, olga: Member) -> None:
    enter(client)
    assert client.get("/sign-out").status_code == 405
    assert client.post("/sign-out").headers["Location"] == "/sign-in"
    assert client.get("/profile").status_code == 302


def test_the_profile_changes_language_zone_and_theme(client: Client, olga: Member) -> None:
    enter(client)
    profile = {"name": "Olga K.", "language": "de", "zone": "Europe/Vienna", "theme": "dark"}
    assert client.post("/profile", profile).status_code == 303
    olga.refresh_from_db()
    assert (olga.name, olga.language, olga.zone, olga.theme) == ("Olga K.", "de", "Europe/Vienna", "dark")
    assert client.post("/profile", {**profile, "zone": "Europe/Nowhere"}).status_code == 422


def test_a_new_password_ends_the_other_sessions_and_not_this_one(client: Client, olga: Member) -> None:
    enter(client)
    elsewhere = Client()
    enter(elsewhere)
    assert client.post("/profile/password", {"old": "wrong", "new": "another-long-one"}).status_code == 422
    assert client.post("/profile/password", {"old": PASSWORD, "new": "short"}).status_code == 422
    assert client.post("/profile/password", {"old": PASSWORD, "new": "another-long-one"}).status_code == 303
    assert client.get("/profile").status_code == 200
    assert elsewhere.get("/profile").status_code == 302


def test_a_deactivated_member_is_out_at_once(client: Client, olga: Member) -> None:
    enter(client)
    second = actions.add_member(
        email="otto@example.com", name="Otto", role="owner", password=PASSWORD, actor=SYSTEM, at=NOW
    )
    actions.change_member(member_id=olga.id, is_active=False, actor=SYSTEM, at=NOW)
    assert second.is_active
    assert client.get("/profile").status_code == 302
