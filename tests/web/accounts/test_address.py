"""A member's own mail address: asked for after a proof, confirmed by a link, told to the address of before."""

import re
from typing import Any

import pytest
from django.test import Client

from conto.apps.accounts.models import Member
from conto.apps.audit.models import Fact
from conto.apps.messaging import queries as mails
from conto.apps.messaging.models import Mail
from tests.web.accounts.test_door import PASSWORD, enter, olga
from tests.web.accounts.test_joining import set_mail_server

__all__ = ["olga"]
pytestmark = pytest.mark.django_db
NEW = "olga.new@example.com"


def ask(client: Client, email: str = NEW) -> Any:
    return client.post("/profile/address", {"email": email})


def signed_in() -> Client:
    client = Client()
    enter(client)
    return client


def test_before_any_mail_is_set_up_the_link_is_copied_and_works_once(olga: Member) -> None:
    client, before = signed_in(), olga.email
    link = ask(client).context["asked"].link.removeprefix("http://localhost:8000")
    assert link.startswith("/new-address/")
    page = Client().get(link)
    assert (page.status_code, page.headers["Cache-Control"]) == (200, "no-store, private")
    olga.refresh_from_db()
    assert olga.email == before, "a look at the page changes nothing"
    assert Client().post(link).status_code == 303
    olga.refresh_from_db()
    assert olga.email == NEW
    assert client.get("/profile").status_code == 200, "whoever is signed in stays so"
    assert Client().post(link).status_code == Client().get(link).status_code == 404
    assert Client().post("/sign-in", {"email": NEW, "password": PASSWORD}).status_code == 303
    told = Fact.objects.get(kind="member_address_changed").payload.body
    assert told == {"changes": {"email": [before, NEW]}}


def test_with_mail_the_link_goes_to_the_new_address_only_and_the_old_one_is_told(olga: Member) -> None:
    set_mail_server()
    before = olga.email
    asked = ask(signed_in())
    assert asked.context["asked"].link == ""
    assert "/new-address/" not in asked.content.decode()
    mail = Mail.objects.get(to_address=NEW)
    assert "/new-address/" not in mail.text, "the link lies sealed"
    found = re.search(r"/new-address/\S+", mails.text_to_send(mail))
    assert found is not None
    assert Client().post(found.group()).status_code == 303
    assert NEW in Mail.objects.get(to_address=before).text


def test_a_newer_link_takes_the_place_of_the_one_before_and_a_taken_address_is_refused(olga: Member) -> None:
    client = signed_in()
    first = ask(client).context["asked"].link.removeprefix("http://localhost:8000")
    ask(client, "third@example.com")
    assert Client().get(first).status_code == 404
    refused = ask(client, olga.email.upper())
    assert refused.status_code == 422
    assert "is here already" in refused.content.decode()


def test_who_has_not_shown_lately_who_they_are_is_asked_first(olga: Member) -> None:
    client = signed_in()
    session = client.session
    session["proved_at"] = 0
    session.save()
    assert ask(client)["Location"].startswith("/prove")
    assert not Fact.objects.filter(kind="address_change_asked").exists()
