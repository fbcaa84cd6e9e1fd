"""Sending from the outbox to a real SMTP server: once, in order, and again after a kill."""

import signal
import socket
import time
from datetime import UTC, datetime, timedelta

import pytest

from conto.apps.audit.models import Fact
from conto.apps.messaging import actions
from conto.apps.messaging.models import Mail
from conto.apps.messaging.queries import MailFile
from conto.domain.facts import SYSTEM
from conto.flows import deliver_mail
from tests.house import FreshBook
from tests.jobs.postbox import open_postbox
from tests.waiting import PATIENCE_SECONDS, wait_until

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)


def write(to_address: str = "ada@example.com") -> Mail:
    return actions.write_mail(
        customer=None,
        purpose="test",
        subject_id=None,
        to_address=to_address,
        subject="Invoice",
        text="Hello",
        language="en",
        attachments=[MailFile("a.txt", "text/plain", b"file")],
        actor=SYSTEM,
        at=NOW,
    )


def use_server(port: int) -> None:
    actions.set_mail_server(
        host="127.0.0.1",
        port=port,
        security="none",
        username="",
        password=None,
        from_address="billing@kestrel.example",
        from_name="",
        actor=SYSTEM,
        at=NOW,
    )


@pytest.mark.django_db
def test_waiting_mails_leave_one_after_the_other_when_a_server_is_there() -> None:
    first, second = write(), write("gone@example.com")
    assert not deliver_mail.deliver_next(at=NOW), "without a server they wait"
    with open_postbox() as postbox:
        use_server(postbox.port)
        while deliver_mail.deliver_next(at=NOW):
            pass
    first.refresh_from_db()
    second.refresh_from_db()
    assert [message["Message-ID"] for message in postbox.taken] == [first.message_id]
    assert (first.state, second.state) == ("sent", "bounced")
    assert second.error == "550 5.1.1 No such user here"
    kinds = set(Fact.objects.filter(subject_id__in=[first.id, second.id]).values_list("kind", flat=True))
    assert kinds == {"mail_delivered", "mail_bounced"}


@pytest.mark.django_db
def test_a_server_that_is_away_costs_a_try_and_the_mail_leaves_later() -> None:
    mail = write()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        use_server(probe.getsockname()[1])
    assert deliver_mail.deliver_next(at=NOW)
    mail.refresh_from_db()
    assert (mail.state, mail.attempts, mail.next_attempt_at) == ("waiting", 1, NOW + timedelta(minutes=1))
    assert "cannot be reached" in mail.error
    with open_postbox() as postbox:
        actions.set_mail_server(
            host="127.0.0.1",
            port=postbox.port,
            security="none",
            username="",
            password=None,
            from_address="billing@kestrel.example",
            from_name="",
            actor=SYSTEM,
            at=NOW,
        )
        assert deliver_mail.deliver_next(at=NOW)
    assert len(postbox.taken) == 1


# A worker that never looks for jobs by itself: it hears of them, or finds them when the next minute begins.
WORK = """
import django; django.setup()
from procrastinate.contrib.django import app
from conto.jobs.worker import run
app.worker_defaults["fetch_job_polling_interval"] = 3600
run()
"""
TRIES = 5


@pytest.mark.force
def test_the_worker_sends_at_once_and_takes_up_what_a_killed_one_left(fresh_book: FreshBook) -> None:
    with open_postbox() as postbox:
        use_server(postbox.port)
        stale = write("left@example.com")
        # What a sender leaves that was killed between claim and note, ten minutes ago.
        Mail.objects.filter(id=stale.id).update(
            state="sending", attempts=1, next_attempt_at=datetime.now(UTC) - timedelta(minutes=5)
        )
        worker = fresh_book.start("-c", WORK)
        try:
            wait_until(lambda: len(postbox.taken) == 1)
            minutes = set()
            for sent in range(TRIES):
                minute = int(time.time() // 60)
                write()
                wait_until(lambda before=sent + 1: len(postbox.taken) > before)  # type: ignore[misc]
                minutes.add(int(time.time() // 60) - minute)
                if 0 in minutes:
                    break
            assert 0 in minutes, "the worker hears of it and does not wait for the next minute"
        finally:
            worker.send_signal(signal.SIGTERM)
            worker.wait(PATIENCE_SECONDS)
    assert {mail.state for mail in Mail.objects.all()} == {"sent"}
    assert postbox.taken[0]["Message-ID"] == stale.message_id
