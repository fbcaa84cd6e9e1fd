"""Letters are kept once, in the conversation that they belong to, and what is missed is said."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from conto.apps.audit.models import Fact
from conto.apps.correspondence import actions, queries
from conto.apps.correspondence.actions import MailboxEntry, Spot
from conto.apps.correspondence.models import Letter, LetterLedger, Mailbox, Thread
from conto.apps.crm import actions as crm
from conto.apps.crm.entry import NewCustomer
from conto.apps.crm.models import Customer
from conto.apps.messaging import actions as messaging
from conto.domain.errors import RuleBroken
from conto.domain.facts import SYSTEM
from conto.domain.letters import Person, ReadLetter
from conto.flows import send_letter
from conto.flows.send_letter import LetterEntry

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
ENTRY = MailboxEntry(
    name="Post", address="post@berg.example", host="imap.berg.example", username="post", password="secret",
    read_since=NOW.date(),
)  # fmt: skip


@pytest.fixture
def box() -> Mailbox:
    return actions.add_mailbox(new=ENTRY, actor=SYSTEM, at=NOW)


def customer(name: str = "kupfer") -> Customer:
    new = NewCustomer(name=f"{name} GmbH", email=f"office@{name}.example", currency="EUR")
    return crm.add_customer(new=new, actor=SYSTEM, at=NOW)


def mail(n: int = 1, **more: Any) -> ReadLetter:
    given = {
        "message_id": f"{n}@kupfer.example", "references": (), "sender": Person("office@kupfer.example"),
        "to": (Person("post@berg.example"),), "cc": (), "delivered_to": (), "subject": "Hours", "text": f"Words {n}",
        "sent_at": NOW + timedelta(minutes=n), "received_at": NOW + timedelta(minutes=n), **more,
    }  # fmt: skip
    return ReadLetter(**given)


def keep(box: Mailbox, read: ReadLetter, uid: int, folder: str = "INBOX") -> LetterLedger:
    return actions.keep_message(spot=Spot(box, folder, 1, uid), read=read, at=NOW)


def test_e4_a_message_is_kept_once_however_often_it_is_read(box: Mailbox) -> None:
    customer()
    first = keep(box, mail(), 1)
    assert (first.state, keep(box, mail(), 1).id) == ("kept", first.id)
    moved = keep(box, mail(), 9, "Archive")
    assert (moved.state, moved.letter_id) == ("repeated", first.letter_id)
    assert Letter.objects.count() == 1


def test_e4_a_stranger_who_uses_the_id_of_a_letter_hides_nothing(box: Mailbox) -> None:
    customer()
    keep(box, mail(text="Buy nothing", sender=Person("mallory@kupfer.example"), references=("x@y",)), 1)
    kept = keep(box, mail(text="Please deliver"), 2)
    assert kept.state == "kept"
    assert list(Letter.objects.values_list("text", flat=True)) == ["Please deliver"]


def test_e4_a_copy_of_what_left_by_conto_is_that_letter(box: Mailbox) -> None:
    messaging.set_mail_server(
        host="smtp.berg.example", port=587, security="tls", username="", password=None,
        from_address="sales@berg.example", from_name="Berg", actor=SYSTEM, at=NOW,
    )  # fmt: skip
    entry = LetterEntry(to_address="office@kupfer.example", subject="Hours", text="How many?")
    written = send_letter.send(customer=customer(), entry=entry, actor=SYSTEM, at=NOW)
    copy = mail(
        message_id=written.message_id, sender=Person("sales@berg.example"), to=(Person("office@kupfer.example"),),
        text="How many? -- footer",
    )  # fmt: skip
    row = keep(box, copy, 1)
    assert (row.state, row.letter_id) == ("repeated", written.id)


def test_e2_an_answer_to_an_invoice_s_mail_begins_a_conversation_with_that_mail(box: Mailbox) -> None:
    buyer = customer()
    invoice = messaging.write_mail(
        customer=buyer, purpose="document", subject_id=None, to_address="eva@home.example", subject="Invoice 1",
        text="See the invoice.", language="en", actor=SYSTEM, at=NOW,
    )  # fmt: skip
    answer = mail(
        sender=Person("eva@home.example"), references=(invoice.message_id.strip("<>"),), subject="Re: Invoice 1"
    )
    thread = Thread.objects.get(letters=keep(box, answer, 1).letter)
    assert (thread.customer, thread.letter_count) == (buyer, 2)
    assert [letter.direction for letter in queries.letters_of(thread)] == ["out", "in"]


def test_e2_conversations_that_turn_out_to_be_one_are_joined_and_their_addresses_lead_there(box: Mailbox) -> None:
    customer()
    first, third = keep(box, mail(1), 1), keep(box, mail(3, references=("2@kupfer.example",)), 2)
    lost = Thread.objects.get(letters=third.letter)
    keep(box, mail(2, references=("1@kupfer.example",)), 3)
    thread = Thread.objects.get(letters=first.letter)
    assert (thread.letter_count, Letter.objects.filter(thread=thread).count()) == (3, 3)
    to = (Person(f"post+{lost.token}@berg.example"),)
    assert keep(box, mail(4, subject="Other", to=to), 4).letter.thread == thread  # type: ignore[union-attr]
    assert Thread.objects.get(id=lost.id).merged_into_id == thread.id


def test_e2_who_only_knows_the_id_of_a_letter_to_another_customer_does_not_come_into_that_conversation(
    box: Mailbox,
) -> None:
    customer()
    other = customer("zinn")
    theirs = keep(box, mail(1), 1).letter
    foreign = keep(box, mail(2, sender=Person("office@zinn.example"), references=("1@kupfer.example",)), 2).letter
    assert theirs is not None
    assert foreign is not None
    assert (foreign.thread_id == theirs.thread_id, foreign.customer) == (False, other)


def test_e3_only_an_answer_that_names_nothing_goes_by_its_subject_and_says_so(box: Mailbox) -> None:
    customer()
    first = keep(box, mail(1), 1).letter
    guessed = keep(box, mail(2, subject="AW: Hours"), 2).letter
    fresh = keep(box, mail(3), 3).letter
    assert first is not None
    assert guessed is not None
    assert fresh is not None
    assert (guessed.thread_id, guessed.is_guessed) == (first.thread_id, True)
    assert (fresh.thread_id == first.thread_id, fresh.is_guessed) == (False, False)
    thread = actions.assign_thread(thread=guessed.thread, customer=guessed.customer, deal_id=None, actor=SYSTEM, at=NOW)
    assert thread.is_guessed is False


def test_e5_letters_of_nobody_known_are_passed_over_and_read_again_when_asked(box: Mailbox) -> None:
    row = keep(box, mail(), 1)
    assert (row.state, Letter.objects.count(), Fact.objects.filter(kind="letter_received").count()) == (
        "passed_over",
        0,
        0,
    )
    customer()
    assert queries.uids_due(box.id, "INBOX", 1) == []
    assert actions.read_again(mailbox_id=box.id, actor=SYSTEM, at=NOW) == 1
    assert queries.uids_due(box.id, "INBOX", 1) == [1]
    assert keep(box, mail(), 1).state == "kept"
    keeping = replace(ENTRY, keeps_unknown=True)
    box = actions.change_mailbox(mailbox_id=box.id, entry=keeping, actor=SYSTEM, at=NOW)
    assert keep(box, mail(5, sender=Person("new@home.example")), 5).state == "kept"


def test_e5_what_a_member_passes_on_is_the_letter_that_it_carries(box: Mailbox) -> None:
    buyer = customer()
    text = "---------- Forwarded message ---------\nFrom: Eva <office@kupfer.example>\nSubject: Plan\n\nHere it is."
    row = keep(box, mail(sender=Person("post@berg.example"), subject="Fwd: Plan", text=text), 1)
    letter = Letter.objects.get(id=row.letter_id)
    assert (letter.from_address, letter.subject, letter.direction) == ("office@kupfer.example", "Plan", "in")
    assert (letter.customer, letter.is_forwarded) == (buyer, True)


def test_e5_a_blind_copy_is_a_letter_that_went_out(box: Mailbox) -> None:
    copies = (queries.copy_address(),)
    sent = mail(sender=Person("post@berg.example"), to=(Person("lead@home.example"),), delivered_to=copies)
    letter = Letter.objects.get(id=keep(box, sent, 1).letter_id)
    assert (letter.direction, letter.thread.people, letter.customer) == ("out", ["lead@home.example"], None)


def test_e6_a_mailbox_is_complete_until_a_round_without_gaps_began(box: Mailbox) -> None:
    actions.note_round(mailbox=box, began_at=NOW, error="", at=NOW)
    actions.note_missing(mailbox=box, folder="INBOX", uidvalidity=1, gaps=[(4, 6)], reason="gone", at=NOW)
    later = NOW + timedelta(hours=1)
    actions.note_round(mailbox=box, began_at=later, error="", at=later)
    box.refresh_from_db()
    assert (box.complete_until, queries.gap_counts()) == (NOW, {box.id: 3})
    assert actions.settle_gaps(mailbox_id=box.id, actor=SYSTEM, at=later) == 3
    actions.note_round(mailbox=box, began_at=later, error="", at=later)
    box.refresh_from_db()
    assert box.complete_until == later
    told = Fact.objects.filter(kind__in=["mailbox_gap_found", "mailbox_gap_settled"]).order_by("id")
    assert [fact.payload.body["count"] for fact in told] == [3, 3]


def test_a_reader_takes_a_mailbox_alone_until_its_claim_runs_out(box: Mailbox) -> None:
    mine = actions.claim_mailbox(now=NOW)
    assert mine is not None
    assert actions.claim_mailbox(now=NOW, mailbox_id=box.id, is_due=False) is None
    later = NOW + timedelta(minutes=6)
    assert actions.claim_mailbox(now=later) is not None
    assert actions.hold_claim(mailbox=mine, now=later) is False


def test_a_mailbox_is_read_with_a_password_that_is_sealed_and_gone_with_it(box: Mailbox) -> None:
    assert "secret" not in box.password_sealed
    assert queries.details_of(box).password == "secret"
    with pytest.raises(RuleBroken):
        actions.add_mailbox(new=ENTRY, actor=SYSTEM, at=NOW)
    actions.remove_mailbox(mailbox_id=box.id, actor=SYSTEM, at=NOW)
    assert (Mailbox.objects.get().password_sealed, queries.mailbox(box.id)) == ("", None)
