"""The outbox page: what waits, what came back, and sending again."""

from datetime import UTC, datetime

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from conto.apps.accounts import actions as accounts
from conto.apps.accounts.models import Member
from conto.apps.accounts.queries import SellerDetails
from conto.apps.messaging import actions
from conto.apps.messaging.models import Mail
from conto.domain.facts import SYSTEM
from conto.domain.permissions import Role

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
PASSWORD = "correct-horse-battery"

pytestmark = pytest.mark.django_db


@pytest.fixture
def olga(client: Client) -> Member:
    member = accounts.add_first_owner(email="olga@example.com", name="Olga", password=PASSWORD, at=NOW)
    seller = SellerDetails(name="Kestrel", country="DE", currency="EUR", zone="Europe/Berlin")
    accounts.set_up_business(seller=seller, bank_account=None, actor=SYSTEM, at=NOW)
    client.force_login(member)
    return member


def write(subject: str = "Invoice 1") -> Mail:
    return actions.write_mail(
        customer=None,
        purpose="test",
        subject_id=None,
        to_address="ada@example.com",
        subject=subject,
        text="<script>alert(1)</script> Hello",
        language="en",
        actor=SYSTEM,
        at=NOW,
    )


def test_waiting_mails_are_seen_with_the_reason(client: Client, olga: Member) -> None:
    mail = write()
    assert "Mails wait for a mail server" in client.get("/outbox/").content.decode()
    page = client.get(f"/outbox/{mail.id}").content.decode()
    assert "It waits for a mail server" in page
    assert "<script>alert" not in page


def test_a_bounced_mail_shows_the_servers_words_and_leaves_again(client: Client, olga: Member) -> None:
    mail = write()
    actions.mark_bounced(mail_id=mail.id, reason="550 no such user", at=NOW)
    assert "550 no such user" in client.get("/outbox/").content.decode(), "what came back is shown first"
    assert client.post(f"/outbox/{mail.id}/again", {"to_address": "nobody"}).status_code == 422
    assert client.post(f"/outbox/{mail.id}/again", {"to_address": "ada@example.org"}).status_code == 303
    mail.refresh_from_db()
    assert (mail.state, mail.to_address) == ("waiting", "ada@example.org")


def test_the_list_asks_the_same_number_of_questions_for_one_mail_and_three(client: Client, olga: Member) -> None:
    write()
    client.get("/outbox/")
    with CaptureQueriesContext(connection) as one:
        client.get("/outbox/")
    write("Invoice 2")
    write("Invoice 3")
    with CaptureQueriesContext(connection) as three:
        client.get("/outbox/")
    assert len(three) == len(one) <= 8


def test_who_may_not_send_cannot_send_again(client: Client, olga: Member) -> None:
    mail = write()
    anna = accounts.add_member(
        email="a@example.com", name="Anna", role=Role.AUDITOR, password=PASSWORD, actor=SYSTEM, at=NOW
    )
    client.force_login(anna)
    assert client.get(f"/outbox/{mail.id}").status_code == 200
    assert client.post(f"/outbox/{mail.id}/again", {"to_address": "x@example.com"}).status_code == 403


@pytest.mark.parametrize("purpose", ["alert", "invitation", "password", "security"])
def test_what_is_written_to_members_is_for_those_who_read_the_record(
    client: Client, olga: Member, purpose: str
) -> None:
    """Such mails tell of log-ins, of bank details changed, of whose password is set anew."""
    own = actions.write_mail(
        customer=None, purpose=purpose, subject_id=None, to_address="olga@example.com", subject="For Olga",
        text="From where: 192.0.2.7", language="en", actor=SYSTEM, at=NOW,
    )  # fmt: skip
    assert "For Olga" in client.get("/outbox/").content.decode()
    sam = accounts.add_member(
        email="s@example.com", name="Sam", role=Role.SUPPORT, password=PASSWORD, actor=SYSTEM, at=NOW
    )
    client.force_login(sam)
    assert "For Olga" not in client.get("/outbox/").content.decode()
    assert client.get(f"/outbox/{own.id}").status_code == 404
    assert client.post(f"/outbox/{own.id}/again", {"to_address": "s@example.com"}).status_code == 404
