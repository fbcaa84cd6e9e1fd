"""The outbox: written with its cause, claimed by one sender, tried again, never lost."""

from datetime import UTC, datetime, timedelta

import pytest
from procrastinate.contrib.django.models import ProcrastinateJob

from conto.apps.messaging import actions, queries
from conto.apps.messaging.models import Mail, MailServer
from conto.apps.messaging.queries import MailFile
from conto.domain.errors import Conflict, RuleBroken
from conto.domain.facts import SYSTEM

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)

pytestmark = pytest.mark.django_db


def write(**more: object) -> Mail:
    asked = {"to_address": "ada@example.com", "subject": "Invoice", "attachments": [], **more}
    return actions.write_mail(
        customer=None, purpose="test", subject_id=None, text="Hello", language="en", actor=SYSTEM, at=NOW, **asked
    )


def with_server(password: str | None = "secret") -> MailServer:
    return actions.set_mail_server(
        host="mail.example.com",
        port=587,
        security="starttls",
        username="conto",
        password=password,
        from_address="billing@example.com",
        from_name="Kestrel",
        actor=SYSTEM,
        at=NOW,
    )


def claim(at: datetime = NOW) -> list[Mail]:
    return actions.claim_due_mails(at=at)


def test_a_mail_waits_visibly_while_there_is_no_mail_server() -> None:
    write()
    assert claim() == []
    assert queries.mail_counts() == {"waiting": 1, "bounced": 0, "failed": 0}


def test_writing_a_mail_wakes_the_sender_in_the_same_transaction() -> None:
    write()
    assert list(ProcrastinateJob.objects.values_list("task_name", flat=True)) == [actions.SENDING_TASK]


def test_a_mail_is_claimed_once_and_again_when_the_claim_has_run_out() -> None:
    with_server()
    mail = write()
    assert [each.id for each in claim()] == [mail.id]
    assert claim(NOW + timedelta(minutes=4)) == []
    again = claim(NOW + timedelta(minutes=6))
    assert [(each.message_id, each.attempts) for each in again] == [(mail.message_id, 2)]
    with pytest.raises(Conflict):
        actions.mark_sent(mail_id=mail.id, attempt=1, at=NOW)
    assert actions.mark_sent(mail_id=mail.id, attempt=2, at=NOW).state == "sent"
    assert claim(NOW + timedelta(days=1)) == []


def test_mails_of_one_moment_leave_in_the_order_in_which_they_were_written() -> None:
    with_server()
    written = [write() for _ in range(4)]
    for moment in (NOW - timedelta(hours=1), NOW):
        for mail in reversed(written):  # a row that is put off and back stands behind the others, in table and index
            mail.next_attempt_at = moment
            mail.save(update_fields=["next_attempt_at"])
    assert [claim()[0].id for _ in written] == [mail.id for mail in written]


def test_a_failed_mail_is_tried_again_later_and_later_and_then_gives_up() -> None:
    with_server()
    mail, at, pauses = write(), NOW, []
    while claim(at):
        mail.refresh_from_db()
        mail = actions.mark_failed(mail_id=mail.id, attempt=mail.attempts, reason="no answer", at=at)
        if mail.next_attempt_at is None:
            break
        pauses.append(mail.next_attempt_at - at)
        at = mail.next_attempt_at
    assert pauses == actions.PAUSES
    assert (mail.state, mail.error) == ("failed", "no answer")


def test_a_bounced_mail_leaves_again_for_a_corrected_address_with_its_message_id() -> None:
    with_server()
    mail = write()
    claim()
    actions.mark_bounced(mail_id=mail.id, reason="550 no such user", at=NOW)
    again = actions.send_again(mail_id=mail.id, to_address="ada@example.org", actor=SYSTEM, at=NOW)
    assert (again.id, again.state, again.to_address) == (mail.id, "waiting", "ada@example.org")
    assert len(claim()) == 1


def test_a_sent_mail_leaves_again_as_a_new_one_with_the_same_files() -> None:
    with_server()
    mail = write(attachments=[MailFile("a.pdf", "application/pdf", b"%PDF")])
    claim()
    actions.mark_sent(mail_id=mail.id, attempt=1, at=NOW)
    again = actions.send_again(mail_id=mail.id, to_address=mail.to_address, actor=SYSTEM, at=NOW)
    assert again.id != mail.id
    assert again.message_id != mail.message_id
    assert queries.mail_files(again.id) == [MailFile("a.pdf", "application/pdf", b"%PDF")]


def test_a_line_break_in_a_subject_cannot_start_a_header() -> None:
    assert write(subject="Hello\r\nBcc: eve@example.com").subject == "Hello Bcc: eve@example.com"


def test_an_address_that_is_none_is_refused() -> None:
    with pytest.raises(RuleBroken):
        write(to_address="nobody")


def test_the_password_of_the_mail_server_is_sealed_and_kept() -> None:
    assert "secret" not in with_server().password_sealed
    with_server(password=None)
    details = queries.mail_server_details()
    assert details is not None
    assert details.password == "secret"
    with_server(password="")
    details = queries.mail_server_details()
    assert details is not None
    assert details.password == ""
