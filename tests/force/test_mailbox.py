"""Five hundred mails in forty conversations, over a real SMTP and a real IMAP server and a wire that breaks.

Dovecot is Debian's; `./test` installs it where it may.
"""

import random
import smtplib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from imapclient import IMAPClient

from conto.apps.audit.models import Fact
from conto.apps.correspondence import actions, queries
from conto.apps.correspondence.actions import MailboxEntry
from conto.apps.correspondence.models import Letter, LetterLedger, Mailbox, Thread
from conto.apps.crm import actions as crm
from conto.apps.crm.entry import NewCustomer
from conto.apps.crm.models import Customer
from conto.apps.messaging import actions as messaging
from conto.domain.facts import SYSTEM, Actor
from conto.flows import deliver_mail, fetch_mail, send_letter
from conto.flows.send_letter import LetterEntry
from conto.gateways.mail.imap import ImapServer, NoMailbox, open_mailbox
from tests.gateways.mail.cutting import open_cutter
from tests.gateways.mail.dovecot import PASSWORD, MailServer, make_certificate, open_mail_server
from tests.house import FreshBook
from tests.jobs.postbox import Postbox, open_postbox
from tests.scene import set_scene

BOX = "post@berg.example"
THREADS, MAILS = 40, 500
SUBJECTS = ("Question", "Délai de livraison", "Rückfrage")
BEGAN = datetime.now(UTC).replace(microsecond=0) - timedelta(days=20)


@pytest.fixture
def dovecot() -> Iterator[MailServer]:
    with open_mail_server() as server:
        yield server


@dataclass
class World:
    """All that was ever written, and to which conversation it belongs."""

    lmtp: smtplib.LMTP
    ids: dict[str, int] = field(default_factory=dict)  # message id → number of its conversation
    last: dict[int, list[str]] = field(default_factory=dict)  # the ids of a conversation, the oldest first
    subjects: dict[int, str] = field(default_factory=dict)
    reply_to: dict[int, str] = field(default_factory=dict)
    n: int = 0

    def note(self, thread: int, message_id: str) -> None:
        self.ids[message_id] = thread
        self.last.setdefault(thread, []).append(message_id)

    def write(self, thread: int, sender: str, to: str, **more: Any) -> bytes:
        """Write the next mail of a conversation; it answers the latest one unless it is the first."""
        self.n += 1
        message_id = more.pop("message_id", f"m{self.n}@customers.example")
        mail = EmailMessage()
        mail["From"], mail["To"], mail["Message-ID"] = sender, to, f"<{message_id}>"
        mail["Date"] = format_datetime(BEGAN + timedelta(minutes=self.n))
        earlier = self.last.get(thread, [])
        mail["Subject"] = more.pop("subject", ("Re: " if earlier else "") + self.subjects[thread])
        for name, value in more.items():
            mail[name] = value
        if earlier and "In-Reply-To" not in mail:
            mail["In-Reply-To"] = f"<{earlier[-1]}>"
            if self.n % 3:
                mail["References"] = " ".join(f"<{each}>" for each in earlier[-10:])
        mail.set_content(f"Words number {self.n} of conversation {thread}.\n\n> earlier\n")
        if self.n % 7 == 0:
            mail.add_alternative(
                f"<p>Words <b>number {self.n}</b><img src='https://spy.example/x'></p>", subtype="html"
            )
        if self.n % 11 == 0:
            mail.add_attachment(b"%PDF-1.7 ...", maintype="application", subtype="pdf", filename="sketch.pdf")
        self.note(thread, message_id)
        return mail.as_bytes()

    def deliver(self, mail: bytes, to: str = BOX) -> None:
        self.lmtp.sendmail("envelope@example.net", [to], mail)


def person(thread: int) -> str:
    return f"Eva Kupfer <eva@kupfer{thread % 8}.example>"


def add_people() -> list[Customer]:
    made = []
    for n in range(8):
        new = NewCustomer(name=f"Kupfer {n} GmbH", email=f"office@kupfer{n}.example", currency="EUR")
        customer = crm.add_customer(new=new, actor=SYSTEM, at=BEGAN)
        given = {"name": "Eva Kupfer", "email": f"eva@kupfer{n}.example"}
        crm.add_contact(customer=customer, given=given, actor=SYSTEM, at=BEGAN)
        made.append(customer)
    return made


def add_box(port: int, security: str = "none") -> Mailbox:
    entry = MailboxEntry(
        name="Post", address=BOX, host="127.0.0.1", port=port, security=security, username=BOX, password=PASSWORD,
        folders=("INBOX", "Archive"), read_since=BEGAN.date(),
    )  # fmt: skip
    return actions.add_mailbox(new=entry, actor=SYSTEM, at=BEGAN)


def begin_ours(world: World, thread: int, customer: Customer, post: Postbox, actor: Actor) -> None:
    """Begin a conversation from the record: it leaves by SMTP, and says where answers go."""
    entry = LetterEntry(to_address=f"eva@kupfer{thread % 8}.example", subject=world.subjects[thread], text="Hello Eva")
    send_letter.send(customer=customer, entry=entry, actor=actor, at=datetime.now(UTC))
    while deliver_mail.deliver_next(at=datetime.now(UTC)):
        pass
    taken = post.taken[-1]
    world.note(thread, taken["Message-ID"].strip("<>"))
    world.reply_to[thread] = taken["Reply-To"]


def write_all(world: World, token: str, ada: str) -> list[tuple[bytes, str]]:
    """Write the rest: answers, copies of what was written elsewhere, forwarded mails, answers that name nothing."""
    made = [(world.write(n, person(n), BOX), BOX) for n in range(THREADS) if n not in world.last]
    copies = f"post+{token}@berg.example"
    for n in range(MAILS - 20 - len(world.ids)):
        thread = n % THREADS
        to = world.reply_to.get(thread, BOX)
        if n % 9 == 4:  # somebody of us, with another program and a blind copy
            made.append((world.write(thread, "Sales <sales@berg.example>", person(thread)), copies))
        elif (
            n % 13 == 5 and thread in world.reply_to
        ):  # a program that names nothing: the address says where it belongs
            made.append((world.write(thread, person(thread), to, **{"In-Reply-To": "", "subject": "Hm"}), to))
        else:
            made.append((world.write(thread, person(thread), to), to))
    for thread in range(20):  # a member passes a mail on as a whole
        outer = EmailMessage()
        outer["From"], outer["To"], outer["Subject"], outer["Message-ID"] = ada, BOX, "Fwd: look", f"<f{thread}@me>"
        outer.set_content("For the record.")
        outer.add_attachment(message_from_bytes(world.write(thread, person(thread), ada), policy=policy.default))
        made.append((outer.as_bytes(), copies))
    return made


def fetch(mailbox: Mailbox) -> fetch_mail.Round:
    def clock() -> datetime:
        return datetime.now(UTC)

    done = fetch_mail.fetch(mailbox.id, book_clock=clock, world_clock=clock)
    assert done is not None
    return done


def conversations() -> set[frozenset[str]]:
    found: dict[Any, set[str]] = {}
    for thread_id, message_id in Letter.objects.values_list("thread_id", "message_id"):
        found.setdefault(thread_id, set()).add(message_id)
    return {frozenset(each) for each in found.values()}


def tidy_up(client: IMAPClient, world: World, mails: list[tuple[bytes, str]]) -> None:
    """Move or delete some that were read while more come, and delete three that nobody has read."""
    client.select_folder("INBOX")
    client.move([1, 2, 3, 4, 5], "Archive")
    client.delete_messages([6, 7])
    client.expunge([6, 7])
    for mail, to in mails:
        world.deliver(mail, to)
    n = client.select_folder("INBOX")[b"UIDNEXT"]
    for lost in range(3):
        extra = EmailMessage()
        extra["From"], extra["To"], extra["Subject"] = person(lost), BOX, "Never read"
        world.deliver(extra.as_bytes())
    client.select_folder("INBOX")
    client.delete_messages([n, n + 1, n + 2])
    client.expunge([n, n + 1, n + 2])


def check_places(world: World) -> None:
    """Every message once, all of a conversation together and with its customer."""
    expected: dict[int, set[str]] = {}
    for message_id, thread in world.ids.items():
        expected.setdefault(thread, set()).add(message_id)
    kept = Counter(Letter.objects.values_list("message_id", flat=True))
    assert (len(world.ids), set(kept.values()), kept.keys()) == (MAILS, {1}, world.ids.keys())
    assert conversations() == {frozenset(each) for each in expected.values()}
    threads = Thread.objects.filter(merged_into=None)
    assert threads.count() == THREADS
    assert sorted(thread.customer.name for thread in threads if thread.customer) == sorted(
        f"Kupfer {n % 8} GmbH" for n in range(THREADS)
    )
    assert sum(thread.letter_count for thread in threads) == MAILS
    assert Fact.objects.filter(kind__in=["letter_received", "letter_copied", "letter_written"]).count() == MAILS


@pytest.mark.force
def test_e2_500_mails_in_40_conversations_are_kept_once_each_in_its_place(
    fresh_book: FreshBook, dovecot: MailServer
) -> None:
    scene = set_scene()
    actor = Actor(scene.owner.id, "member", scene.owner.name)
    customers = add_people()
    messaging.set_mail_server(
        host="127.0.0.1", port=1, security="none", username="", password=None, from_address="sales@berg.example",
        from_name="Berg", actor=SYSTEM, at=BEGAN,
    )  # fmt: skip
    client = IMAPClient("127.0.0.1", dovecot.imap_port, ssl=False)
    client.login(BOX, PASSWORD)
    client.create_folder("Archive")
    with (
        smtplib.LMTP("127.0.0.1", dovecot.lmtp_port) as lmtp,
        open_cutter(dovecot.imap_port, []) as wire,
        open_postbox() as post,
    ):
        world = World(lmtp, subjects={n: SUBJECTS[n // 8 % len(SUBJECTS)] for n in range(THREADS)})
        mailbox = add_box(wire.port)
        messaging.set_mail_server(
            host="127.0.0.1", port=post.port, security="none", username="", password=None,
            from_address="sales@berg.example", from_name="Berg", actor=SYSTEM, at=BEGAN,
        )  # fmt: skip
        for n in range(10):
            begin_ours(world, n, customers[n % 8], post, actor)
        assert fetch(mailbox).error == ""
        mails = write_all(world, mailbox.token, scene.owner.email)
        random.Random(4).shuffle(mails)  # an answer may come before what it answers
        for mail, to in mails[:300]:
            world.deliver(mail, to)

        # The wire breaks in four connections, one after the other: then the round gives up, and says so.
        wire.cuts = [3000, 30_000, 60_000, 90_000]
        broken = fetch(mailbox)
        assert "broke off" in broken.error
        assert 0 < broken.kept < 300
        before = queries.mailbox(mailbox.id)
        assert before is not None
        assert (before.complete_until or BEGAN) < (before.failing_since or BEGAN)

        tidy_up(client, world, mails[300:])
        wire.cuts = [50_000]
        done = fetch(mailbox)
        client.logout()
        again = fetch(mailbox)
    assert (done.error, done.failed, done.repeated, done.missing) == ("", 0, 5, 3)
    assert broken.kept + done.kept == MAILS - 10
    assert again.seen == 0

    check_places(world)
    # What was lost is said, and the book does not call itself complete until somebody has looked after it.
    gaps = list(queries.gaps(mailbox.id))
    assert [(gap.folder, gap.state, gap.last_uid - gap.uid + 1) for gap in gaps] == [("INBOX", "missing", 3)]
    assert LetterLedger.objects.filter(folder="INBOX", gone_at__isnull=False).count() == 7
    lacking = queries.mailbox(mailbox.id)
    assert lacking is not None
    assert lacking.complete_until == before.complete_until
    connection.close()


@pytest.mark.force
@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_a_mailbox_is_read_by_tls_and_a_wrong_certificate_is_refused_in_plain_words(
    fresh_book: FreshBook, security: str, tmp_path: Path, settings: Any
) -> None:
    set_scene()
    tmp_path.chmod(0o755)
    with open_mail_server(make_certificate(tmp_path)) as server:
        mail = World(smtplib.LMTP("127.0.0.1", server.lmtp_port), subjects={0: "Chairs"})
        add_people()
        mail.deliver(mail.write(0, person(0), BOX))
        box = add_box(server.imaps_port if security == "tls" else server.imap_port, security)
        unknown = fetch_mail.fetch(box.id, book_clock=now, world_clock=now)
        assert unknown
        assert "The certificate of 127.0.0.1 is not to be trusted: " in unknown.error
        assert not Letter.objects.exists()
        box.refresh_from_db()
        assert box.complete_until is None
        Mailbox.objects.filter(id=box.id).update(folders=["INBOX"])
        settings.MAIL_AUTHORITIES = str(tmp_path / "authority.pem")
        read = fetch_mail.fetch(box.id, book_clock=now, world_clock=now)
        assert read
        assert (read.error, read.kept) == ("", 1)
    connection.close()


@pytest.mark.force
def test_a_certificate_for_another_name_is_refused_although_its_authority_is_trusted(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    made = make_certificate(tmp_path, name="127.0.0.9")
    with open_mail_server(made) as server:
        asked = ImapServer("127.0.0.1", server.imaps_port, "tls", BOX, PASSWORD, authorities=str(made.authority))
        with pytest.raises(NoMailbox, match=r"not to be trusted: .*127\.0\.0\.1"), open_mailbox(asked):
            pass


def now() -> datetime:
    return datetime.now(UTC)
