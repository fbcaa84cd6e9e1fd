"""A second step that a role requires, help for who lost theirs, and what a change brings with it."""

import json
import time
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client

from conto.apps.accounts import actions as accounts
from conto.apps.accounts.models import Business
from conto.apps.audit.models import Fact
from conto.apps.factors import actions as factors
from conto.apps.factors.adapter import secrets_of
from conto.apps.messaging.models import Mail
from conto.domain.errors import NotAllowed, RuleBroken
from conto.domain.facts import SYSTEM, Actor
from conto.domain.permissions import Role
from tests.apps.factors.virtual import Device, code_of
from tests.web.safety.people import NOW, People, grow_stale, inside, meet
from tests.web.safety.test_second_step import add_app, add_passkey, give_password, is_in

pytestmark = pytest.mark.django_db
SECURITY = "/profile/security"


@pytest.fixture
def people() -> People:
    return meet()


def latest(kind: str) -> Any:
    fact = Fact.objects.filter(kind=kind).order_by("id").last()
    assert fact is not None
    return fact


def test_an_owner_decides_which_roles_need_a_second_step(people: People) -> None:
    client = inside(people.olga)
    assert client.post("/settings/security/roles", {"roles": ["sales"]}).status_code == 303
    assert Business.objects.get().second_step_roles == ["sales"]
    assert latest("settings_changed").payload.body["changes"] == {"second_step_roles": [[], ["sales"]]}
    assert "required, still missing" in client.get("/settings/security").content.decode()


def test_who_is_no_owner_decides_nothing(people: People) -> None:
    assert inside(people.sven).post("/settings/security/roles", {"roles": []}).status_code == 403
    sven = Actor(people.sven.id, "member", "Sven")
    with pytest.raises(NotAllowed):
        accounts.require_second_step(roles=[], actor=sven, at=NOW)
    with pytest.raises(NotAllowed):
        factors.reset_factors(member_id=people.olga.id, actor=sven, at=NOW)


def test_a_member_who_owes_a_second_step_is_led_to_it_before_any_page(people: People) -> None:
    client = inside(people.sven)
    assert client.get("/customers/").status_code == 200
    accounts.require_second_step(roles=[Role.SALES], actor=SYSTEM, at=NOW)
    for page in ("/", "/customers/", "/profile", "/settings/"):
        assert client.get(page).headers.get("Location") == SECURITY, page
    part = client.get("/customers/", headers={"HX-Request": "true"})
    assert part.headers["HX-Redirect"] == SECURITY
    assert "Your role needs a second step" in client.get(SECURITY).content.decode()
    add_app(client)
    assert client.get("/customers/").status_code == 200
    assert client.post("/sign-out").status_code == 303


def test_other_roles_go_on_as_before(people: People) -> None:
    accounts.require_second_step(roles=[Role.SALES], actor=SYSTEM, at=NOW)
    assert inside(people.olga).get("/customers/").status_code == 200


def test_who_removes_a_required_second_step_owes_it_again(people: People) -> None:
    client = inside(people.sven)
    add_app(client)
    accounts.require_second_step(roles=[Role.SALES], actor=SYSTEM, at=NOW)
    assert client.get("/customers/").status_code == 200
    client.post(f"{SECURITY}/app/remove")
    assert client.get("/customers/").headers["Location"] == SECURITY


def test_an_owner_resets_what_a_member_has_lost(people: People) -> None:
    theirs = inside(people.sven)
    add_app(theirs)
    add_passkey(theirs, Device())
    answer = inside(people.olga).post(f"/settings/security/{people.sven.id}/reset")
    assert answer.headers["Location"] == "/settings/security"
    assert not Authenticator.objects.exists()
    assert latest("mfa_reset").payload.body == {"had_app": True, "passkeys": 1}
    mail = Mail.objects.filter(to_address="sven@example.com").order_by("id").last()
    assert mail is not None
    assert "Olga has removed your app" in mail.text
    client, _answer = give_password("sven@example.com")
    assert is_in(client)


def test_a_change_is_a_fact_and_a_mail_in_the_language_of_its_member(people: People) -> None:
    people.sven.language = "de"
    people.sven.save()
    client = inside(people.sven)
    add_app(client)
    assert latest("mfa_added").actor_id == people.sven.id
    assert latest("recovery_codes_made").payload.body == {"count": 10}
    mail = Mail.objects.get(to_address="sven@example.com")
    assert mail.subject == "Ihre Anmeldung hat sich geändert"


def test_passkeys_are_named_and_removed_by_whom_they_belong_to(people: People) -> None:
    client = inside(people.sven)
    add_passkey(client, Device(), "Laptop")
    number = Authenticator.objects.get(type="webauthn").pk
    assert client.post(f"{SECURITY}/passkeys/{number}/name", {"name": "Old laptop"}).status_code == 303
    assert latest("passkey_changed").payload.body["changes"] == {"name": ["Laptop", "Old laptop"]}
    stranger = inside(people.olga)
    assert stranger.post(f"{SECURITY}/passkeys/{number}/name", {"name": "Mine"}).status_code == 409
    assert stranger.post(f"{SECURITY}/passkeys/{number}/remove").status_code == 409
    assert client.post(f"{SECURITY}/passkeys/{number}/remove").status_code == 303
    assert latest("passkey_removed").payload.body == {"name": "Old laptop"}
    assert not Authenticator.objects.exists()  # the recovery codes went with it


def test_a_wrong_first_code_adds_no_app(people: People) -> None:
    client = inside(people.sven)
    client.get(f"{SECURITY}/app")
    assert client.post(f"{SECURITY}/app", {"code": "123"}).status_code == 422
    assert not Authenticator.objects.exists()


@pytest.mark.parametrize("path", ["app", "passkeys/new"])
def test_a_change_asks_who_sits_there(people: People, path: str) -> None:
    client = inside(people.sven)
    grow_stale(client)
    assert client.get(f"{SECURITY}/{path}").headers["Location"].startswith("/prove?")
    assert client.post(f"{SECURITY}/codes").headers["Location"].startswith("/prove?")


def test_a_code_or_a_passkey_shows_who_sits_there(people: People) -> None:
    client, device = inside(people.sven), Device()
    secret, _codes = add_app(client)
    add_passkey(client, device)
    grow_stale(client)
    assert client.post("/prove", {"code": "000000"}).status_code == 422
    answer = client.post("/prove", {"code": code_of(secret, steps_ahead=1), "next": SECURITY})
    assert answer.headers["Location"] == SECURITY
    grow_stale(client)
    question = client.post("/prove/passkey/question").json()
    answer = client.post("/prove/passkey", {"credential": json.dumps(device.show(question)), "next": "/customers/"})
    assert answer.headers["Location"] == "/customers/"
    assert time.time() - client.session["proved_at"] < 60
    assert client.post("/prove/passkey", {"credential": "{}"}).status_code == 422


def test_secrets_lie_sealed_and_open_for_their_member_and_kind_only(people: People) -> None:
    secret, _codes = add_app(inside(people.sven))
    row = Authenticator.objects.get(type="totp")
    assert secret not in json.dumps(row.data)
    from allauth.mfa.utils import decrypt  # noqa: PLC0415 -- needs the apps

    with secrets_of(people.sven.id, "totp"):
        assert decrypt(row.data["secret"]) == secret
    for member_id, kind in ((people.olga.id, "totp"), (people.sven.id, "recovery_codes")):
        with secrets_of(member_id, kind), pytest.raises(RuleBroken):
            decrypt(row.data["secret"])
    with pytest.raises(LookupError):
        decrypt(row.data["secret"])


def test_a_secret_that_waits_in_the_session_lies_sealed(people: People) -> None:
    client = inside(people.sven)
    shown = client.get(f"{SECURITY}/app").content.decode()
    secret = shown.split("secret=")[1][:32]
    assert secret not in json.dumps(dict(client.session))
    assert client.get(f"{SECURITY}/app").content.decode().count(secret) >= 1  # the same one until it is added


def test_a_change_ends_the_other_sessions_and_not_this_one(people: People) -> None:
    here, elsewhere = inside(people.sven), inside(people.sven)
    for client in (here, elsewhere):
        key = client.session.session_key
        assert key is not None
        accounts.note_session(member_id=people.sven.id, key=key, was="", address="", agent="", at=NOW)
    add_app(here)
    assert is_in(here)
    assert not is_in(elsewhere)


def test_no_page_of_allauth_is_reachable() -> None:
    for path in ("/accounts/login/", "/accounts/2fa/", "/accounts/signup/", "/accounts/"):
        assert Client(SERVER_NAME="localhost").get(path).status_code in {302, 404}
