"""Hostile words in every text of what is imported: refused in words, or text and nothing else, wherever it is shown.

What comes in from outside is a shop's orders: as a file for the command, and as the body of a request. Each text of
each of them carries each word of the corpus; then every page, paper, mail, file and list that shows it is looked at.
"""

import csv
import io
import subprocess
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import lxml.etree
import pytest
from django.test import Client

from conto.apps.crm.models import Customer
from conto.apps.invoicing.models import Document
from conto.apps.messaging import actions as messaging
from conto.apps.messaging.models import Mail
from conto.apps.payments.models import Payment
from conto.domain.errors import RuleBroken
from conto.domain.facts import SYSTEM
from conto.domain.permissions import Role
from conto.flows import deliver_mail, get_documents, send_document
from conto.jobs import commands
from tests.api.programs import Program, of
from tests.hostile import CORPUS, MARK, core, formulas_in, live_parts, text_of
from tests.jobs.postbox import open_postbox
from tests.web.living import NOW, Living, live, visits
from tests.web.test_hostile_words import faults_of, first_of_each, look_everywhere

DAY = f"{NOW:%Y%m%d}"
LONGEST_IN_A_FILE = 50
REFUSED_IN_BODIES = {"nul", "surrogate", "long"}
SHOWING = ("/customers/", "/invoices", "/payments", "/ledger", "/search")  # pages that show what was imported
ON_PAPER = ("typst", "script", "xml", "percent", "formula", "jinja")


@pytest.fixture
def book(db: None, settings: Any) -> Living:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.API_REQUESTS_OF_KEY = settings.API_REQUESTS_OF_ADDRESS = 100_000
    return live()


@pytest.fixture
def owner(book: Living) -> Client:
    client = Client(SERVER_NAME="localhost", raise_request_exception=False)
    client.force_login(book.members[Role.OWNER])
    return client


def refusal_of_file(folder: Path, *orders: Sequence[str]) -> str:
    """Import a file of orders and return why it was refused, or nothing."""
    file = folder / "orders.txt"
    lines = ["customer date quantity value", *(" ".join(columns) for columns in orders)]
    file.write_bytes("\n".join(lines).encode("utf-8", "surrogatepass"))
    try:
        commands.import_orders(file, say=lambda _: None)
    except RuleBroken as refusal:
        said = str(refusal)
    else:
        said = ""
    assert {letter for letter in said if not letter.isprintable()} <= {"\n"}
    return said


def in_one_piece(text: str) -> str:
    """Return a text as one column of a list whose columns stand apart by spaces."""
    return "".join(text.split())


def bring_in_files(folder: Path) -> dict[str, str]:
    """Put each word into each column, and return what was taken as the customer of an order."""
    words = {title: in_one_piece(text) for title, text in CORPUS.items()}
    for title, word in words.items():
        usual = ["C9", DAY, "1", "49.90"]
        for place in (1, 2, 3):
            order = [*usual[:place], word, *usual[place + 1 :]]
            assert "Nothing was imported" in refusal_of_file(folder, order), (title, place)
    clean = {title: word for title, word in words.items() if word.isprintable() and len(word) <= LONGEST_IN_A_FILE}
    for title in words.keys() - clean.keys():
        assert "Nothing was imported" in refusal_of_file(folder, [words[title], DAY, "1", "49.90"]), title
    assert refusal_of_file(folder, *([word, DAY, "1", "49.90"] for word in clean.values())) == ""
    return clean


def bring_in_bodies(program: Program) -> dict[str, str]:
    """Put each word into each text of a request with orders, and return what was taken as the customer."""
    usual = {"customer_ref": "C-9", "ordered_on": NOW.date().isoformat(), "quantity": 1, "value_minor": 4990}
    kept: dict[str, str] = {}
    for title, text in CORPUS.items():
        refused = program.post("/imports/orders", {"source": text, "orders": [{"ref": title, **usual}]})
        assert refused.status_code in {400, 422}, (title, refused.content)
        if title in REFUSED_IN_BODIES:
            for name in ("ref", "customer_ref"):
                order = {"ref": title, **usual, name: text}  # whole: the long one too
                answer = program.post("/imports/orders", {"source": "shop", "orders": [order]})
                assert answer.status_code in {400, 422}, (title, name, answer.content)
                assert answer.json()["detail"], (title, name)
        else:
            kept[title] = text[:100]
    orders = [{**usual, "ref": word, "customer_ref": word} for word in kept.values()]
    answer = program.post("/imports/orders", {"source": "shop", "orders": orders})
    assert answer.status_code == 200, answer.content
    assert answer.json()["invoices"] == len(kept)
    return kept


def test_what_is_imported_is_text_on_pages_papers_mails_files_and_lists(
    book: Living, owner: Client, tmp_path: Path
) -> None:
    program = of(book.members[Role.OWNER])
    from_files, from_bodies = bring_in_files(tmp_path), bring_in_bodies(program)
    assert len(from_files) > len(CORPUS) // 2, "hardly any word was taken: nothing was seen"
    wrong = []
    for title, word in from_files.items():
        customer = Customer.objects.get(source="orders", external_ref=word)
        page = owner.get(f"/customers/{customer.id}/")
        wrong += [f"{title}: {fault}" for fault in faults_of(page)]
        if core(customer.name) not in core(text_of(page.content.decode())):
            wrong.append(f"{title}: reads otherwise")
    for title, word in from_bodies.items():
        customer = Customer.objects.get(source="shop", external_ref=word)
        document = Document.objects.get(customer=customer)
        wrong += [f"{title}: {fault}" for fault in faults_of(owner.get(f"/invoices/{document.id}"))]
        assert core(word) in core(program.get(f"/customers/{customer.id}").json()["name"]), title
    changed = Customer.objects.get(source="shop", external_ref=from_bodies["script"])
    bill = Document.objects.get(customer=changed)
    ids = {"customer_id": changed.id, "document_id": bill.id, "payment_id": Payment.objects.get(customer=changed).id}
    book.ids.update(ids)
    showing = [
        visit
        for visit in first_of_each(visits(book))
        if visit.address.startswith(SHOWING) and "export" not in visit.address  # the files come last
    ]
    assert len(showing) > 10
    wrong += look_everywhere(owner, showing)
    assert wrong == [], "\n".join(wrong)
    for title in ON_PAPER:
        look_at_paper(
            Document.objects.get(customer__source="shop", customer__external_ref=from_bodies[title]),
            from_bodies[title],
            tmp_path,
        )
    look_at_mail(bill)
    look_at_lists(owner, program)


def look_at_paper(document: Document, word: str, folder: Path) -> None:
    """Look at the PDF and the XML of an imported invoice."""
    pdf = folder / "paper.pdf"
    pdf.write_bytes(get_documents.content(document, "pdf", at=NOW))
    read = subprocess.run(["pdftotext", "-raw", str(pdf), "-"], check=True, capture_output=True).stdout.decode()
    assert "root:x:" not in read
    assert core(word) in core(read)
    tree = lxml.etree.fromstring(get_documents.content(document, "cii", at=NOW))
    assert [element.tag for element in tree.iter() if MARK in str(element.tag)] == []
    assert core(word) in core(" ".join(tree.itertext()))


def look_at_mail(document: Document) -> None:
    """Look at the mail with an imported invoice."""
    at = datetime.now(UTC)
    with open_postbox() as postbox:
        messaging.set_mail_server(
            host="127.0.0.1", port=postbox.port, security="none", username="", password="",
            from_address="post@nordlicht.example", from_name="Nordlicht", actor=SYSTEM, at=at,
        )  # fmt: skip
        send_document.send(
            document, to_address="ap@kupfer.example", subject="Bill", text="Here: {link}", actor=SYSTEM, at=at
        )
        while deliver_mail.deliver_next(at=datetime.now(UTC)):
            pass
    assert Mail.objects.filter(subject_id=document.id, state="sent").count() == 1
    message = postbox.taken[-1]
    assert "bcc" not in [name.lower() for name in message.keys()]  # noqa: SIM118 -- a head may have a name twice
    for part in message.walk():
        assert "\n" not in (part.get_filename() or "")
        if part.get_content_type() == "text/html":
            assert live_parts(part.get_payload(decode=True).decode()) == []  # type: ignore[union-attr]


def look_at_lists(owner: Client, program: Program) -> None:
    """Look at the files for spreadsheets, with all that was imported in them, and at what programs are told."""
    for address in ("/customers/export.csv", "/invoices/export.csv"):
        answer = owner.get(address)
        text = (b"".join(answer) if answer.streaming else answer.content).decode("utf-8-sig")
        assert MARK in text, address
        assert formulas_in(list(csv.reader(io.StringIO(text, newline="")))) == [], address
    for address in ("/customers?limit=200", "/documents?limit=200", "/payments?limit=200", "/facts?limit=200"):
        answer = program.get(address)
        assert answer.status_code == 200
        assert answer.headers["Content-Type"] == "application/json"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
