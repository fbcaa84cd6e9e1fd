"""Letters on the pages: written, answered, put into place; mailboxes set up and looked after."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from conto.apps.correspondence.models import Letter, Mailbox, Thread
from conto.apps.deals import actions as deals
from conto.apps.deals.models import Activity, Deal
from conto.apps.messaging.models import Mail
from conto.apps.messaging.queries import mail_files
from conto.domain.facts import SYSTEM, Actor
from conto.domain.permissions import Role
from tests.web.living import NOW, Living, add_customer


@pytest.fixture
def owner(living_book: Living) -> Client:
    client = Client()
    client.force_login(living_book.members[Role.OWNER])
    return client


def test_a_letter_is_written_about_a_deal_from_a_template_and_stands_in_its_conversation(
    owner: Client, living_book: Living
) -> None:
    ids = living_book.ids
    page = owner.get(f"/letters/new?deal={ids['deal_id']}&template={ids['letter_template_id']}").content.decode()
    assert "Dear Eva Kupfer," in page
    typed = {
        "to_address": "eva@kupfer1.example",
        "cc_addresses": "a@b.example",
        "subject": "Hours",
        "text": "How many?",
    }
    answer = owner.post(f"/letters/new?deal={ids['deal_id']}", typed)
    letter = Letter.objects.get(subject="Hours")
    assert answer.headers["Location"] == f"/letters/{letter.thread_id}/"
    assert (letter.thread.deal_id, letter.mail) == (ids["deal_id"], Mail.objects.get(purpose="letter"))
    assert "How many?" in owner.get(f"/letters/{letter.thread_id}/").content.decode()
    assert f"/letters/{letter.thread_id}/" in owner.get(f"/deals/{ids['deal_id']}/").content.decode()
    assert "Hours" in owner.get(f"/customers/{ids['customer_id']}/").content.decode()


def test_e9_files_go_along_are_kept_and_given_back_to_be_saved_and_the_deal_is_not_silent(
    owner: Client, living_book: Living
) -> None:
    deal_id = living_book.ids["deal_id"]
    Deal.objects.filter(id=deal_id).update(last_activity_at=NOW - timedelta(days=90))
    typed = {"to_address": "eva@kupfer1.example", "subject": "Papers", "text": "Here."}
    program = SimpleUploadedFile("offer.pdf", b"MZ\x90", "application/pdf")
    refused = owner.post(f"/letters/new?deal={deal_id}", typed | {"files": program})
    assert refused.status_code == 422
    assert "“offer.pdf” is a program." in refused.content.decode()
    good = [SimpleUploadedFile("../offer.pdf", b"%PDF-1.7 x", "text/html"), SimpleUploadedFile("a.csv", b"a;b\n")]
    owner.post(f"/letters/new?deal={deal_id}", typed | {"files": good})
    letter = Letter.objects.get(subject="Papers")
    first, second = letter.files.order_by("position")
    assert (first.name, first.mime, second.mime) == ("offer.pdf", "application/pdf", "text/csv")
    assert letter.mail_id
    sent = [(each.name, each.content and bytes(each.content)) for each in mail_files(letter.mail_id)]
    assert sorted(sent) == [("a.csv", b"a;b\n"), ("offer.pdf", b"%PDF-1.7 x")]
    assert f"/letters/files/{first.id}" in owner.get(f"/letters/{letter.thread_id}/").content.decode()
    given = owner.get(f"/letters/files/{first.id}")
    assert given.content == b"%PDF-1.7 x"
    assert given.headers["Content-Disposition"].startswith("attachment")
    assert Deal.objects.get(id=deal_id).last_activity_at > NOW - timedelta(days=1)


def test_an_answer_names_what_it_answers_and_shows_what_was_written(owner: Client, living_book: Living) -> None:
    thread_id = living_book.ids["thread_id"]
    page = owner.get(f"/letters/{thread_id}/answer").content.decode()
    assert "Re: The chairs" in page
    typed = {"to_address": "ap@kupfer1.example", "subject": "Re: The chairs", "text": "Yes, in oak."}
    assert owner.post(f"/letters/{thread_id}/answer", typed).status_code in {302, 303}
    answer = Letter.objects.get(thread_id=thread_id, direction="out")
    assert answer.reference_ids == ["1@kupfer.example"]


def test_a_conversation_is_put_to_another_customer_and_a_deal_of_a_third_is_refused(
    owner: Client, living_book: Living
) -> None:
    thread_id, other = living_book.ids["thread_id"], add_customer(7)
    assert other.name.replace("&", "&amp;") in owner.get(f"/letters/{thread_id}/?who=kupfer").content.decode()
    refused = owner.post(
        f"/letters/{thread_id}/place", {"customer": str(other.id), "deal": str(living_book.ids["deal_id"])}
    )
    assert refused.status_code == 422
    owner.post(f"/letters/{thread_id}/place", {"customer": str(other.id)})
    assert Thread.objects.get(id=thread_id).customer_id == other.id
    assert Letter.objects.get(thread_id=thread_id).customer_id == other.id


def test_a_file_of_a_letter_is_only_ever_saved(owner: Client, living_book: Living) -> None:
    answer = owner.get(f"/letters/files/{living_book.ids['file_id']}")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="plan.pdf"'
    assert answer.headers["Content-Type"] == "application/octet-stream"


def test_a_mailbox_is_set_up_tried_and_looked_after_without_ever_showing_its_password(
    owner: Client, living_book: Living
) -> None:
    typed = {
        "name": "Sales", "address": "sales@berg.example", "host": "127.0.0.1", "port": "9", "security": "none",
        "username": "sales", "password": "hush-of-the-box", "folders": "INBOX\r\nArchive", "read_since": "2026-11-01",
        "uses_plus": "on",
    }  # fmt: skip
    assert owner.post("/settings/mailboxes/new", typed).status_code in {302, 303}
    box = Mailbox.objects.get(address="sales@berg.example")
    assert box.folders == ["INBOX", "Archive"]
    tried = owner.post(f"/settings/mailboxes/{box.id}/test").content.decode()
    assert "The test failed" in tried
    for address in (f"/settings/mailboxes/{box.id}", f"/settings/mailboxes/{box.id}/change"):
        assert "hush-of-the-box" not in owner.get(address).content.decode()
    first = living_book.ids["mailbox_id"]
    assert "2 messages are missing" in owner.get(f"/settings/mailboxes/{first}").content.decode()
    owner.post(f"/settings/mailboxes/{first}/settle")
    assert "missing" not in owner.get("/settings/mailboxes").content.decode()


def test_a_calendar_reads_ones_own_activities_until_its_address_is_revoked(owner: Client, living_book: Living) -> None:
    seller = living_book.members[Role.SALES]
    token = deals.make_calendar_feed(member=seller, actor=Actor(seller.id, "member", seller.name), at=NOW)
    Activity.objects.update(due_at=timezone.now())  # a calendar looks back two months by the real clock
    calendar = Client().get(f"/calendar/{token}.ics")
    assert calendar.headers["Content-Type"].startswith("text/calendar")
    text = calendar.content.decode()
    assert "BEGIN:VEVENT" in text
    assert "Ask for the date" in text
    mine = Client()
    mine.force_login(seller)
    assert "/calendar/" in mine.post("/profile/calendar/make").content.decode()
    assert Client().get(f"/calendar/{token}.ics").status_code == 404
    deals.revoke_calendar_feed(member=seller, actor=SYSTEM, at=NOW)
