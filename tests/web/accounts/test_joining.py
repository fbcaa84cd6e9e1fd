"""Invitations and forgotten passwords in the browser's words: a link that is shown once and works once."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from conto.apps.accounts import actions, queries
from conto.apps.accounts.models import Member
from conto.apps.audit.models import Fact
from conto.apps.messaging import actions as messaging
from conto.apps.messaging import queries as mails
from conto.apps.messaging.models import Mail
from conto.domain.facts import SYSTEM
from conto.flows import forgotten_password
from tests.web.accounts.test_door import NOW, PASSWORD, enter, olga

__all__ = ["olga"]
pytestmark = pytest.mark.django_db
SAM = {"name": "Sam", "email": "sam@example.com", "role": "sales", "language": "de"}
NEW = "a-long-new-phrase"


def set_mail_server() -> None:
    messaging.set_mail_server(
        host="localhost", port=2525, security="none", username="", password=None, from_address="post@example.com",
        from_name="", actor=SYSTEM, at=NOW,
    )  # fmt: skip


def invite(client: Client, **more: str) -> str:
    answer = client.post("/settings/members/new", {**SAM, **more})
    assert answer.status_code == 200, answer.content.decode()
    return str(answer.context["invited"].link).removeprefix("http://localhost:8000")


def join(address: str, **more: str) -> Any:
    given = {"name": "Sam Spring", "password": NEW, "language": "de", "zone": "Europe/Vienna", **more}
    return Client().post(address, given)


def test_an_invited_person_joins_by_the_link_and_only_once(client: Client, olga: Member) -> None:
    client.force_login(olga)
    address = invite(client)
    assert "works until" in client.get("/settings/members").content.decode()
    page = Client().get(address)
    assert "Willkommen" in page.content.decode() or "Kestrel" in page.content.decode()
    assert page.headers["Cache-Control"] == "no-store, private"
    assert join(address, password="short").status_code == 422
    assert join(address, zone="Europe/Nowhere").status_code == 422
    assert join(address).headers["Location"] == "/"
    sam = queries.member_by_email("sam@example.com")
    assert sam is not None
    assert (sam.role, sam.language, sam.zone, sam.name) == ("sales", "de", "Europe/Vienna", "Sam Spring")
    assert join(address).status_code == 404, "a link works once"
    assert queries.open_invitations().count() == 0
    told = list(Fact.objects.filter(subject_id=sam.id).order_by("id").values_list("kind", flat=True))
    assert told[:3] == ["member_invited", "member_added", "invitation_accepted"]


def test_the_link_is_kept_nowhere_and_no_mail_in_the_outbox_shows_it(client: Client, olga: Member) -> None:
    set_mail_server()
    client.force_login(olga)
    address = invite(client)
    token = address.rpartition("/")[2]
    mail = Mail.objects.get(purpose="invitation")
    assert token not in mail.text + mail.secret_sealed
    assert token not in client.get(f"/outbox/{mail.id}").content.decode()
    assert token in mails.text_to_send(mail)
    assert client.post(f"/outbox/{mail.id}/again", {"to_address": "eve@example.com"}).status_code == 422
    messaging.claim_due_mails(at=NOW + timedelta(days=400))
    sent = messaging.mark_sent(mail_id=mail.id, attempt=1, at=NOW)
    assert not sent.secret_sealed, "what has left is forgotten"


def test_an_invitation_gets_a_new_link_and_is_taken_back(client: Client, olga: Member) -> None:
    client.force_login(olga)
    first = invite(client)
    assert client.post("/settings/members/new", SAM).status_code == 422, "one open invitation for an address"
    invitation = queries.open_invitations().get()
    second = client.post(f"/settings/invitations/{invitation.id}/again").context["invited"].link
    assert join(first).status_code == 404, "the newer link takes the place of the older"
    assert client.post(f"/settings/invitations/{invitation.id}/cancel").status_code == 303
    assert join(second.removeprefix("http://localhost:8000")).status_code == 404
    assert client.post(f"/settings/invitations/{invitation.id}/cancel").status_code == 404


def test_an_administrator_is_offered_the_roles_within_reach_and_refused_the_others(
    client: Client, olga: Member
) -> None:
    admin = actions.add_member(email="ad@example.com", name="Ad", role="admin", password=PASSWORD, actor=SYSTEM, at=NOW)
    client.force_login(admin)
    offered = dict(client.get("/settings/members/new").context["form"].fields["role"].choices)
    assert set(offered) == {"admin", "sales", "support", "marketing", "auditor"}
    assert client.post("/settings/members/new", {**SAM, "role": "finance"}).status_code == 422
    assert client.post(f"/settings/members/{olga.id}/password").status_code == 403
    invite(client, role="auditor")


def test_asking_for_a_password_gets_the_same_answer_whoever_has_the_address(client: Client, olga: Member) -> None:
    set_mail_server()
    pages = [
        re.sub(
            r"[\w.]+@example\.com|csrf-token.*|value=\S+",
            "",
            client.post("/forgot-password", {"email": who}).content.decode(),
        )
        for who in ("olga@example.com", "eve@example.com")
    ]
    assert pages[0] == pages[1]
    assert forgotten_password.mail_link(email="eve@example.com", at=NOW) is False
    assert forgotten_password.mail_link(email="olga@example.com", at=NOW) is True
    mail = Mail.objects.get(purpose="password")
    assert mail.to_address == "olga@example.com"


def test_a_forgotten_password_is_set_anew_by_the_mailed_link(client: Client, olga: Member) -> None:
    set_mail_server()
    enter(client)
    assert client.get("/profile").status_code == 200
    forgotten_password.mail_link(email="olga@example.com", at=client.get("/profile").wsgi_request.at)
    text = mails.text_to_send(Mail.objects.get(purpose="password"))
    address = re.search(r"/new-password/\S+", text)
    assert address is not None
    assert Client().get(address.group()).status_code == 200
    weak = Client().post(address.group(), {"password": "Olga-olga-olga"})
    assert weak.status_code == 422
    assert Client().post(address.group(), {"password": NEW}).headers["Location"] == "/sign-in"
    assert client.get("/profile").status_code == 302, "all sessions end"
    assert Client().get(address.group()).status_code == 404
    assert enter(Client(), NEW).status_code == 303


def test_without_mail_a_member_who_forgot_hears_whom_to_ask(client: Client, olga: Member) -> None:
    answer = client.post("/forgot-password", {"email": "olga@example.com"}).content.decode()
    assert "ask an owner or administrator" in answer
    assert not Mail.objects.exists()


def test_an_owner_hands_a_link_over_and_deactivating_kills_it(client: Client, olga: Member) -> None:
    sam = actions.add_member(email="s@example.com", name="Sam", role="sales", password=PASSWORD, actor=SYSTEM, at=NOW)
    client.force_login(olga)
    link = client.post(f"/settings/members/{sam.id}/password").context["link"].removeprefix("http://localhost:8000")
    assert Client().get(link).status_code == 200
    client.post(f"/settings/members/{sam.id}/active")
    assert Client().get(link).status_code == 404
    client.post(f"/settings/members/{sam.id}/active")
    assert Client().get(link).status_code == 404, "a dead link stays dead"
    assert enter(Client(), email="s@example.com").status_code == 303, "the old password still holds"


@pytest.mark.usefixtures("still_clock")
def test_too_many_wrong_passwords_from_one_network_have_to_wait(client: Client, olga: Member) -> None:
    for n in range(30):
        assert client.post("/sign-in", {"email": f"nobody{n}@example.com", "password": "x"}).status_code == 422
    assert client.post("/sign-in", {"email": "olga@example.com", "password": PASSWORD}).status_code == 429
    elsewhere = Client(REMOTE_ADDR="192.0.2.7")
    assert enter(elsewhere).status_code == 303


def test_a_locked_member_is_shown_and_unlocked(client: Client, olga: Member) -> None:
    sam = actions.add_member(email="s@example.com", name="Sam", role="sales", password=PASSWORD, actor=SYSTEM, at=NOW)
    for _ in range(5):
        enter(Client(REMOTE_ADDR="192.0.2.8"), "wrong", email="s@example.com")
    assert enter(Client(), email="s@example.com").status_code == 422
    client.force_login(olga)
    assert "Locked" in client.get("/settings/members").content.decode()
    assert "Unlock now" in client.get(f"/settings/members/{sam.id}").content.decode()
    assert client.post(f"/settings/members/{sam.id}/unlock").status_code == 303
    assert enter(Client(), email="s@example.com").status_code == 303
    assert {"member_locked", "member_unlocked"} <= set(Fact.objects.values_list("kind", flat=True))
