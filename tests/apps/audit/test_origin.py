"""From where something was done is kept with the fact, proven by its hash, and can be forgotten with its payload."""

from datetime import UTC, datetime
from uuid import UUID

import pytest
from django.conf import LazySettings
from django.test import Client, RequestFactory

from conto.apps.accounts import actions as accounts
from conto.apps.audit import actions, queries
from conto.apps.audit.models import Fact
from conto.apps.audit.origin import working_from
from conto.config.settings import _networks
from conto.domain import facts
from conto.domain.facts import SYSTEM, Actor, Origin
from conto.domain.ids import new_id
from conto.web.reading import origin_of

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
DESK = Origin("web", "192.0.2.7", "Firefox")
ADA = Actor(None, "member", "Ada", DESK)

pytestmark = pytest.mark.django_db


def told_by(actor: Actor) -> dict[str, str]:
    """Return the origin that the fact of an actor keeps."""
    return noted(actor).payload.origin or {}


def noted(actor: Actor) -> Fact:
    fact_id = actions.record(facts.NoteAdded(subject_id=new_id(), text="Hello"), actor=actor, at=NOW)
    return queries.latest_facts().get(id=fact_id)


def test_a_fact_tells_from_where_its_actor_acted() -> None:
    assert noted(ADA).payload.origin == {"channel": "web", "address": "192.0.2.7", "agent": "Firefox"}
    key = UUID(int=7)
    by_key = Actor(None, "member", "Ada", Origin("api", "192.0.2.7", "curl", key))
    assert told_by(by_key)["key_id"] == str(key)


def test_facts_of_the_system_tell_the_entrance_that_they_came_through() -> None:
    with working_from(Origin("job", agent="worker")):
        assert noted(SYSTEM).payload.origin == {"channel": "job", "agent": "worker"}
        assert told_by(ADA)["channel"] == "web"
    assert noted(SYSTEM).payload.origin is None


def test_facts_recorded_by_the_hundred_tell_it_too() -> None:
    many = [(facts.NoteAdded(subject_id=new_id(), text=str(n)), NOW) for n in range(3)]
    actions.record_many(many, actor=ADA)
    assert [fact.payload.origin for fact in queries.latest_facts()] == [DESK.body()] * 3
    assert not queries.payloads_are_kept().violated


def test_i20_the_hash_covers_the_origin_and_facts_without_one_stay_as_they_were() -> None:
    body = {"text": "Hello"}
    bare, told = queries.digest_of(body, None), queries.digest_of(body, DESK.body())
    assert len({bare, told, queries.digest_of(body, {}), queries.digest_of(body, {"channel": "web"})}) == 4
    noted(ADA)
    noted(SYSTEM)
    assert not queries.payloads_are_kept().violated


def test_a_sign_in_tells_address_and_browser() -> None:
    accounts.add_first_owner(email="olga@example.com", name="Olga", password="correct-horse-battery", at=NOW)
    given = {"email": "olga@example.com", "password": "correct-horse-battery"}
    Client(SERVER_NAME="localhost").post("/sign-in", given, REMOTE_ADDR="192.0.2.9", headers={"user-agent": "Lynx\n2"})
    fact = queries.latest_facts().get(kind="member_signed_in")
    assert fact.payload.origin == {"channel": "web", "address": "192.0.2.9", "agent": "Lynx2"}


def test_what_a_stranger_says_of_his_address_does_not_count(settings: LazySettings) -> None:
    asked = RequestFactory().get("/i/x", REMOTE_ADDR="10.0.0.2", headers={"x-forwarded-for": "1.1.1.1, 192.0.2.4"})
    assert origin_of(asked) == Origin("portal", "10.0.0.2", "")
    settings.PROXIES = _networks("CONTO_NO_SUCH_VARIABLE")
    assert origin_of(asked).address == "10.0.0.2"


def test_our_own_proxies_are_believed(settings: LazySettings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONTO_PROXIES", "10.0.0.0/24, 192.0.2.4")
    settings.PROXIES = _networks("CONTO_PROXIES")
    via = {"x-forwarded-for": "203.0.113.9, 1.1.1.1, 192.0.2.4"}
    assert origin_of(RequestFactory().get("/", REMOTE_ADDR="10.0.0.2", headers=via)).address == "1.1.1.1"
