"""What letters carry for those who agreed to something, and nothing of it for others; sent to a real SMTP server."""

import re
from datetime import timedelta
from email.message import Message
from html import unescape
from typing import Any

import pytest
from django.core import signing
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from conto.apps.accounts.models import Business
from conto.apps.audit.models import Fact
from conto.apps.correspondence.models import Letter, LetterSight
from conto.apps.crm import actions as crm
from conto.apps.crm.models import Contact
from conto.apps.messaging import actions as messaging
from conto.domain.consent import ConsentEntry, Purpose, Way
from conto.domain.facts import SYSTEM
from conto.domain.ids import new_id
from conto.domain.measuring import link_with, links_of, mark_of, measured_html
from conto.flows import deliver_mail, measure_letter, send_letter, withdraw_consent
from conto.flows.send_letter import LetterEntry
from tests.jobs.postbox import open_postbox
from tests.scene import NOW, Scene

pytestmark = pytest.mark.django_db


@pytest.fixture
def eva(scene: Scene, settings: Any) -> Contact:
    settings.PUBLIC_URL = "https://book.example"
    Business.objects.create(
        name="Nordlicht", country="DE", currency="EUR", zone="Europe/Berlin", set_up_at=NOW, changed_at=NOW
    )
    given = {"name": "Eva Kupfer", "email": "eva@kupfer.example"}
    return crm.add_contact(customer=scene.customer, given=given, actor=SYSTEM, at=NOW)


def agree(person: Contact, purpose: Purpose) -> None:
    entry = ConsentEntry(purpose=purpose, is_given=True, way=Way.BY_HAND, wording="You may.")
    crm.note_consent(contact=person, entry=entry, actor=SYSTEM, at=NOW)


def sent(person: Contact, **more: object) -> Message:
    """Send a letter to somebody and return what the server got."""
    known: dict[str, object] = {"to_address": "Eva@kupfer.example", "subject": "Hours", "text": "How many?"}
    entry = LetterEntry(**known | more)  # type: ignore[arg-type]
    send_letter.send(customer=person.customer, entry=entry, actor=SYSTEM, at=NOW)
    with open_postbox() as postbox:
        messaging.set_mail_server(
            host="127.0.0.1", port=postbox.port, security="none", username="", password=None,
            from_address="post@berg.example", from_name="", actor=SYSTEM, at=NOW,
        )  # fmt: skip
        assert deliver_mail.deliver_next(at=NOW)
    return postbox.taken[0]


def words(message: Message, kind: str = "text/plain") -> str:
    """Return the part of a message that has words of a kind; nothing when it has none."""
    parts = [part for part in message.walk() if part.get_content_type() == kind]
    content = parts[0].get_payload(decode=True) if parts else b""
    assert isinstance(content, bytes)
    return content.decode()


def test_co2_a_letter_to_who_agreed_carries_the_link_and_the_headers_of_the_button(eva: Contact) -> None:
    plain = sent(eva)
    assert "List-Unsubscribe" not in plain
    assert "/w/" not in plain.as_string()
    agree(eva, Purpose.NEWS)
    letter = sent(eva)
    link = withdraw_consent.address_of(eva.id)
    assert "".join(letter["List-Unsubscribe"].split()) == f"<{link}>"
    assert letter["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert link in words(letter)
    assert "List-Unsubscribe" not in sent(eva, cc_addresses=["otto@kupfer.example"])  # others would take it back
    crm.withdraw_consent(contact=eva, purposes=list(Purpose), way=Way.PAGE, actor=SYSTEM, at=NOW)
    assert "List-Unsubscribe" not in sent(eva)


TEXT = "Hello,\nsee https://berg.example/plan?a=1&b=2. Or (https://berg.example/x)!\nSame: https://berg.example/x"
LINKS = ["https://berg.example/plan?a=1&b=2", "https://berg.example/x"]


def ways(html: str) -> list[str]:
    """Return where the links and the picture of a letter lead on this machine."""
    return [each.removeprefix("https://book.example") for each in re.findall(r'(?:href|src)="([^"]+)"', html)]


def sights(letter: Letter) -> dict[tuple[str, str], int]:
    return {(each.kind, each.link): each.count for each in LetterSight.objects.filter(letter=letter)}


@pytest.fixture
def reader() -> Client:
    return Client(SERVER_NAME="localhost")


def measured(eva: Contact) -> tuple[Letter, list[str]]:
    """Send a letter that is measured and return it with its ways: two links, one again, the way out, the picture."""
    agree(eva, Purpose.MEASURING)
    message = sent(eva, text=TEXT)
    assert LINKS[0] in words(message)  # the plain text stays as it is
    return Letter.objects.latest("noted_at", "id"), ways(words(message, "text/html"))


def test_e10_without_consent_a_letter_has_no_picture_and_no_changed_link(eva: Contact) -> None:
    agree(eva, Purpose.NEWS)
    for more in ({}, {"cc_addresses": ["otto@kupfer.example"]}):
        message = sent(eva, text=TEXT, **more)
        assert words(message, "text/html") == ""
        assert "/o/" not in words(message)
        agree(eva, Purpose.MEASURING)  # the second has a copy for somebody else
    assert not LetterSight.objects.exists()


def test_e10_what_is_opened_and_followed_is_noted_once_a_minute_and_told_once(eva: Contact, reader: Client) -> None:
    letter, (first, second, again, out, picture) = measured(eva)
    assert (second, out) == (again, withdraw_consent.address_of(eva.id).removeprefix("https://book.example"))
    for _replayed in range(3):
        dot = reader.get(picture)
        assert (dot.status_code, dot.headers["Content-Type"]) == (200, "image/gif")
        answer = reader.get(first)
        assert (answer.status_code, answer.headers["Location"]) == (302, LINKS[0])
        assert not answer.cookies
    assert sights(letter) == {("sent", ""): 1, ("open", ""): 1, ("click", LINKS[0]): 1}
    LetterSight.objects.update(last_at=NOW - timedelta(minutes=2))
    reader.get(picture)
    assert sights(letter)["open", ""] == 2
    told = Fact.objects.filter(subject_id=letter.id, kind__in=["letter_opened", "letter_link_followed"])
    assert sorted(each.kind for each in told) == ["letter_link_followed", "letter_opened"]
    assert not any(each.origin.get("address") for each in told)


def test_e10_co4_consent_taken_back_stops_it_at_once_for_letters_already_sent(eva: Contact, reader: Client) -> None:
    letter, (first, _second, _again, out, picture) = measured(eva)
    assert reader.post(out, {"purpose": "measuring"}).status_code == 303
    assert reader.get(picture).status_code == 200
    assert reader.get(first).headers["Location"] == LINKS[0]  # the link leads on as before
    assert sights(letter) == {("sent", ""): 1}
    assert words(sent(eva, text=TEXT), "text/html") == ""


def test_e10_who_shares_the_address_and_did_not_agree_is_not_measured(eva: Contact, reader: Client) -> None:
    letter, (*_links, picture) = measured(eva)
    other = {"name": "Otto", "email": eva.email}
    crm.add_contact(customer=eva.customer, given=other, actor=SYSTEM, at=NOW)
    reader.get(picture)
    assert sights(letter) == {("sent", ""): 1}


def test_e10_no_other_address_is_reached_by_a_way_of_ours(eva: Contact, reader: Client) -> None:
    letter, (first, _second, _again, _out, picture) = measured(eva)
    entry = LetterEntry(to_address=eva.email, subject="x", text=TEXT)
    plain = send_letter.send(customer=eva.customer, entry=entry, actor=SYSTEM, at=NOW)  # not sent, so not measured
    mark, bad = mark_of(LINKS[0]), "https://evil.example"
    signer = signing.Signer(salt="conto.letters.measure")
    wrong = [
        f"/r/{measure_letter.proof_of(letter.id, mark_of(bad))}",  # never stood in the letter
        f"/r/{measure_letter.proof_of(new_id(), mark)}", f"/o/{measure_letter.proof_of(new_id())}",  # another book
        f"/r/{measure_letter.proof_of(plain.id, mark)}", f"/o/{measure_letter.proof_of(plain.id)}",
        picture.replace("/o/", "/r/"), first.replace("/r/", "/o/"), f"{first}x", first[:-1], "/r/none",
        f"/r/{signing.Signer(salt='other').sign_object([letter.id.hex, mark])}",
        *(f"/r/{signer.sign_object(each)}" for each in ({"a": 1}, [letter.id.hex], [1, 2], "x", None)),
    ]  # fmt: skip
    for address in wrong:
        assert reader.get(address).status_code == 404, address
    assert reader.get(f"{first}?next={bad}").headers["Location"] == LINKS[0]
    assert reader.post(first).status_code == 405


@given(st.text(st.sampled_from("ab<>&\"' .,)(\n:/hps?=%"), max_size=60), st.lists(st.sampled_from(LINKS), max_size=4))
def test_e10_a_measured_text_says_what_the_text_says_and_leads_only_to_its_own_links(
    noise: str, some: list[str]
) -> None:
    text = f" {noise} ".join(["", *some, ""])
    html = measured_html(text, way_to=lambda link: f"/r/{mark_of(link)}", picture="/o/x")
    body = re.sub(r"<br>\n", "\n", html.partition('sans-serif">')[2].rpartition("</div>")[0])
    assert unescape(re.sub(r"<[^>]*>", "", body)) == text
    marks = [each.removeprefix("/r/") for each in re.findall(r'href="([^"]+)"', html)]
    led = {link_with(text, mark) for mark in marks}
    assert led <= set(links_of(text))
    assert "" not in led
