"""Hostile words on paper: the PDF prints them, e-invoices carry them, the mail keeps its head; nothing obeys."""

import subprocess
from datetime import UTC, datetime
from email.header import decode_header, make_header
from pathlib import Path

import lxml.etree

from conto.apps.crm import actions as crm
from conto.apps.crm.entry import NewCustomer, PostalAddress
from conto.apps.messaging import actions as messaging
from conto.apps.messaging.models import Mail
from conto.domain.facts import SYSTEM
from conto.flows import deliver_mail, get_documents, send_document
from tests.hostile import CORPUS, MARK, core, live_parts
from tests.jobs.postbox import open_postbox
from tests.scene import NOW, Scene, issue, line

NEVER_KEPT = {"nul", "surrogate", "long"}  # every entrance refuses them, and the database could not hold the first two
TEXTS = {title: text for title, text in CORPUS.items() if title not in NEVER_KEPT}
SEEN = {title: text for title, text in TEXTS.items() if title not in {"right to left", "not a letter", "combining"}}


def test_they_are_printed_carried_and_sent_as_text(scene: Scene, tmp_path: Path) -> None:
    words = list(TEXTS.values())
    address = PostalAddress(
        country="DE", line1=TEXTS["typst"], line2=TEXTS["xml"], postcode="86152", city=TEXTS["script"]
    )
    customer = crm.add_customer(
        new=NewCustomer(name=TEXTS["typst"], email="ap@kupfer.example", currency="EUR", language="de", billing=address),
        actor=SYSTEM,
        at=NOW,
    )
    lines = [line("10", name=text.strip(), description=words[place - 1]) for place, text in enumerate(words)]
    draft = scene.draft(*lines, customer=customer, intro=TEXTS["typst"], notes="\n".join(words))
    document = issue(draft)

    pdf = tmp_path / "paper.pdf"
    pdf.write_bytes(get_documents.content(document, "pdf", at=NOW))
    read = subprocess.run(["pdftotext", "-raw", str(pdf), "-"], check=True, capture_output=True).stdout.decode()
    assert "root:x:" not in read
    printed = core(read)
    assert [title for title, text in SEEN.items() if core(text) not in printed] == []

    for kind in ("cii", "ubl"):  # both were judged by the rules of EN 16931 when they were made
        tree = lxml.etree.fromstring(get_documents.content(document, kind, at=NOW))
        assert [element.tag for element in tree.iter() if MARK in str(element.tag)] == []
        carried = core(" ".join(tree.itertext()))
        assert [title for title, text in TEXTS.items() if core(text) not in carried] == [], kind


def test_a_mail_has_the_head_that_we_gave_it(scene: Scene) -> None:
    document, at = scene.issued(), datetime.now(UTC)
    with open_postbox() as postbox:
        messaging.set_mail_server(
            host="127.0.0.1", port=postbox.port, security="none", username="", password="",
            from_address="post@nordlicht.example", from_name=TEXTS["header"], actor=SYSTEM, at=at,
        )  # fmt: skip
        for text in TEXTS.values():
            send_document.send(
                document,
                to_address="ap@kupfer.example",
                subject=f"A {text}",
                text=f"{text} {{link}}",
                actor=SYSTEM,
                at=at,
            )
        while deliver_mail.deliver_next(at=datetime.now(UTC)):
            pass
    assert Mail.objects.exclude(state="sent").count() == 0, Mail.objects.exclude(state="sent").first()
    assert len(postbox.taken) == len(TEXTS)
    for message, text in zip(postbox.taken, TEXTS.values(), strict=True):
        names = [name.lower() for name in message.keys()]  # noqa: SIM118 -- a message has a head twice if it was injected
        assert "bcc" not in names
        assert len(names) == len(set(names)), names
        assert "evil" not in str(message["To"]) + str(message["From"]).split("<")[-1]
        assert core(text) in core(str(make_header(decode_header(str(message["Subject"])))))
        for part in message.walk():
            if part.get_content_type() == "text/html":
                assert live_parts(part.get_payload(decode=True).decode()) == []  # type: ignore[union-attr]
            assert "\n" not in (part.get_filename() or "")
