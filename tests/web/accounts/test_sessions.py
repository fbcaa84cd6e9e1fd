"""Where members are signed in: seen, and ended at once."""

import pytest
from django.contrib.sessions.models import Session
from django.test import Client

from conto.apps.accounts import actions, queries
from conto.apps.accounts.models import Member, MemberSession
from conto.apps.audit.models import Fact
from conto.domain.errors import NotAllowed
from conto.domain.facts import SYSTEM, Actor
from conto.web.accounts.presence import device
from tests.web.accounts.test_door import NOW, PASSWORD, enter, olga

__all__ = ["olga"]
pytestmark = pytest.mark.django_db
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0"


def browsers(count: int) -> list[Client]:
    clients = [Client(HTTP_USER_AGENT=FIREFOX) for _ in range(count)]
    for client in clients:
        enter(client)
    return clients


def is_in(client: Client) -> bool:
    return client.get("/profile").status_code == 200


def test_a_sign_in_is_noted_with_device_and_address_and_never_its_key(olga: Member) -> None:
    (client,) = browsers(1)
    (session,) = queries.sessions_of(olga.id)
    key = client.session.session_key
    assert key is not None
    assert bytes(session.key_sha256) == queries.digest_of(key)
    page = client.get("/profile").content.decode()
    assert "Firefox · Linux" in page
    assert "127.0.0.1" in page
    assert "this browser" in page
    assert MemberSession.objects.count() == 1, "one session is noted once"


def test_one_session_is_ended_and_the_others_stay(olga: Member) -> None:
    here, there, third = browsers(3)
    key = there.session.session_key
    assert key is not None
    session = MemberSession.objects.get(key_sha256=queries.digest_of(key))
    assert here.post(f"/profile/sessions/{session.id}/end").status_code == 303
    assert (is_in(here), is_in(there), is_in(third)) == (True, False, True)
    assert here.post(f"/profile/sessions/{session.id}/end").status_code == 404
    assert Fact.objects.filter(kind="session_ended").count() == 1


def test_all_other_sessions_are_ended(olga: Member) -> None:
    here, there, third = browsers(3)
    assert here.post("/profile/sessions/end-others").status_code == 303
    assert (is_in(here), is_in(there), is_in(third)) == (True, False, False)
    assert Session.objects.count() == 1


def test_ending_the_session_of_this_browser_signs_out(olga: Member) -> None:
    (here,) = browsers(1)
    (session,) = queries.sessions_of(olga.id)
    assert here.post(f"/profile/sessions/{session.id}/end").headers["Location"] == "/sign-in"
    assert not is_in(here)
    assert MemberSession.objects.count() == 0


def test_nobody_ends_the_session_of_somebody_else_without_the_right(client: Client, olga: Member) -> None:
    browsers(1)
    (session,) = queries.sessions_of(olga.id)
    sam = actions.add_member(email="s@example.com", name="Sam", role="sales", password=PASSWORD, actor=SYSTEM, at=NOW)
    client.force_login(sam)
    assert client.post(f"/profile/sessions/{session.id}/end").status_code == 404
    assert client.post(f"/settings/members/{olga.id}/sessions/{session.id}/end").status_code == 403
    with pytest.raises(NotAllowed):
        actions.end_session(session_id=session.id, actor=Actor(sam.id, "member", "Sam"), at=NOW)
    admin = actions.add_member(email="ad@example.com", name="Ad", role="admin", password=PASSWORD, actor=SYSTEM, at=NOW)
    client.force_login(admin)
    assert client.post(f"/settings/members/{olga.id}/sessions/end").status_code == 403, "an owner is an owner's affair"


def test_an_owner_ends_a_members_sessions_and_a_deactivated_member_has_none(client: Client, olga: Member) -> None:
    sam = actions.add_member(email="s@example.com", name="Sam", role="sales", password=PASSWORD, actor=SYSTEM, at=NOW)
    sams = Client()
    enter(sams, email="s@example.com")
    client.force_login(olga)
    assert client.post(f"/settings/members/{sam.id}/sessions/end").status_code == 303
    assert not is_in(sams)
    enter(sams, email="s@example.com")
    client.post(f"/settings/members/{sam.id}/active")
    assert not is_in(sams)
    client.post(f"/settings/members/{sam.id}/active")
    assert not is_in(sams), "what ended does not come back with the member"


def test_a_new_password_keeps_this_browser_under_its_new_key(olga: Member) -> None:
    here, there = browsers(2)
    begun = MemberSession.objects.get(key_sha256=queries.digest_of(here.session.session_key or "")).started_at
    here.post("/profile/password", {"old": PASSWORD, "new": "another-long-one"})
    assert (is_in(here), is_in(there)) == (True, False)
    (session,) = queries.sessions_of(olga.id)
    assert session.started_at == begun
    assert Fact.objects.filter(kind="session_ended").count() == 1


def test_sessions_that_ran_out_are_forgotten(olga: Member) -> None:
    browsers(2)
    Session.objects.all()[0].delete()
    assert actions.forget_old_sessions(now=NOW) == 1
    assert MemberSession.objects.count() == 1


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        (FIREFOX, "Firefox · Linux"),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) Version/17.0 Mobile/15E148 Safari/604.1",
            "Safari · iPhone",
        ),
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/130.0 Safari/537.36 Edg/130.0", "Edge · Windows"),
        ("something odd", "something odd"),
        ("", ""),
    ],
)
def test_a_device_is_named_as_people_call_it(agent: str, words: str) -> None:
    assert device(agent) == words
