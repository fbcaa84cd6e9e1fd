"""The words that invoices go out with: they follow what happened before, on the page, over the API and by mail."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client

from conto.apps.accounts.models import Business
from conto.apps.audit.models import Fact
from conto.apps.invoicing.models import Document
from conto.apps.messaging import actions
from conto.apps.messaging.models import InvoiceWords, Mail
from conto.apps.payments import actions as payments
from conto.domain.errors import RuleBroken
from conto.domain.facts import SYSTEM
from conto.domain.invoice_words import Occasion
from conto.flows import send_document
from tests.scene import NOW, TODAY, Scene, line, set_scene


@pytest.fixture
def scene(db: None) -> Scene:
    return set_scene()


def say(occasion: str = "", **more: Any) -> InvoiceWords:
    given = {
        "row": None, "kind": "invoice", "language": "en", "customer": None, "tag": "", "occasion": occasion,
        "subject": f"{occasion or 'always'} {{number}}", "text": "{contact}, {overdue} of {invoices}: {link}", **more,
    }  # fmt: skip
    return actions.save_invoice_words(**given, actor=SYSTEM, at=NOW)


def billed(scene: Scene, amount: str) -> Document:
    return scene.issued(line(amount), language="en")


def pay(scene: Scene, document: Document, days_late: int) -> None:
    assert document.due_on is not None
    whole = document.payable_minor
    payments.receive_payment(
        customer=scene.customer, legal_entity=scene.seller, method="bank_transfer", amount_minor=whole,
        currency=document.currency, received_on=document.due_on + timedelta(days_late),
        allocate_to=[(document.id, whole)], reference="", payment_id=None, actor=SYSTEM, at=NOW + timedelta(90),
    )  # fmt: skip


def proposed(document: Document, on: date = TODAY) -> send_document.Proposal:
    return send_document.proposal(document, on=on)


def test_iw1_without_words_of_ones_own_those_of_conto_go_out(scene: Scene) -> None:
    document = billed(scene, "10")
    assert (proposed(document).words, proposed(document).occasions) == (None, ())
    say(language="de")
    assert proposed(document).words is None


def test_iw2_the_history_of_the_customer_chooses_the_words(scene: Scene) -> None:
    for occasion in ("", *Occasion):
        say(occasion)
    first = billed(scene, "10")
    assert proposed(first).subject == f"first {first.number}"
    second = billed(scene, "20")
    assert proposed(second).subject == f"always {second.number}"
    assert first.due_on is not None
    told = proposed(second, on=first.due_on + timedelta(1))
    assert (told.words and told.words.occasion, told.text.split(":")[0]) == (
        Occasion.OVERDUE, f"{scene.customer.name}, €11.90 of 1",
    )  # fmt: skip
    pay(scene, first, days_late=3)
    assert proposed(second).occasions == (Occasion.LATE,)
    for amount in ("30", "40", "50"):
        pay(scene, billed(scene, amount), days_late=0)
    assert Occasion.RELIABLE not in proposed(billed(scene, "60")).occasions, "one was late"


def test_iw1_what_is_sent_are_the_words_that_fit_with_the_link_of_the_customer(scene: Scene) -> None:
    say("first")
    own = say(customer=scene.customer, subject="For you {number}", text="Look: {link}")
    document = billed(scene, "10")
    mail = send_document.send(document, to_address="eva@m.example", actor=SYSTEM, at=NOW)
    kept = Mail.objects.get(id=mail.id)
    assert kept.subject == f"For you {document.number}"
    assert "/i/" in kept.text
    assert "{link}" not in kept.text
    actions.remove_invoice_words(row=own, actor=SYSTEM, at=NOW)
    assert proposed(document).subject.startswith("first")
    told = Fact.objects.filter(subject_id=own.id).order_by("id").values_list("kind", flat=True)
    assert list(told) == ["invoice_words_changed", "invoice_words_removed"]


def test_iw1_there_is_one_set_of_words_for_the_same(scene: Scene) -> None:
    kept = say("late")
    with pytest.raises(RuleBroken) as refused:
        say("late")
    assert refused.value.code == "invoice_words.taken"
    assert say("late", row=kept) == kept
    for wrong, code in (
        ({"tag": "nobody"}, "invoice_words.unknown_tag"), ({"occasion": "zz"}, "invoice_words.unknown_occasion"),
        ({"kind": "quote"}, "invoice_words.unknown_kind"), ({"text": "{zz}"}, "invoice_words.unknown_place"),
    ):  # fmt: skip
        with pytest.raises(RuleBroken) as refused:
            say(**wrong)
        assert refused.value.code == code
    assert InvoiceWords.objects.count() == 1


def test_iw3_what_is_previewed_is_what_is_sent_and_days_and_sums_read_in_the_language_chosen(scene: Scene) -> None:
    document = billed(scene, "10")
    words = say(text="{contact} owes {total} until {due}: {link}")
    proposal = proposed(document)
    asked = {"subject": words.subject, "text": words.text, "on": TODAY}
    read = send_document.as_read(document, **asked, language="en")
    assert (read[0], read[1].rpartition(": ")[0]) == (proposal.subject, proposal.text.rpartition(": ")[0])
    assert read[1].endswith("/i/…")
    assert "11,90" in send_document.as_read(document, **asked, language="de")[1]
    with pytest.raises(RuleBroken, match="no place that is filled in"):
        send_document.as_read(document, subject="Yes", text="{nothing}", language="en", on=TODAY)


def test_iw3_the_form_shows_what_a_customer_would_read(scene: Scene) -> None:
    Business.objects.create(
        name="Nordlicht", country="DE", currency="EUR", zone="Europe/Berlin", set_up_at=NOW, changed_at=NOW
    )
    client = Client(SERVER_NAME="localhost")
    client.force_login(scene.owner)
    address, typed = "/settings/invoice-words/new", {"act": "preview", "kind": "invoice", "language": "en"}
    words = {**typed, "subject": "Your {number}", "text": "Dear {customer}"}
    assert "There is no paper of this kind yet" in client.post(address, words).content.decode()
    older, latest = billed(scene, "10"), billed(scene, "20")
    assert f"Your {latest.number}" in client.post(address, words).content.decode()
    assert f"Your {older.number}" in client.post(address, {**words, "sample": str(older.id)}).content.decode()
    assert "no place that is filled in" in client.post(address, {**words, "text": "{who}"}).content.decode()
    assert not InvoiceWords.objects.exists(), "nothing is stored"
