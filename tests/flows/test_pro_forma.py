"""A pro forma invoice: on paper with its mark, in the mail, and nowhere in the books."""

import io

import pypdf
import pytest

from conto.apps.audit.models import Fact
from conto.apps.invoicing.models import Document, Draft, NumberCounter
from conto.apps.ledger.models import Entry
from conto.domain.facts import SYSTEM
from conto.flows import send_pro_forma
from tests.scene import NOW, TODAY, Scene, set_scene


@pytest.fixture
def scene(db: None) -> Scene:
    return set_scene()


@pytest.mark.parametrize(
    ("language", "title", "note"),
    [
        ("en", "Pro forma invoice", "not an invoice for tax purposes"),
        ("de", "Pro-forma-Rechnung", "keine Rechnung im Sinne"),
        ("fr", "Facture pro forma", "pas une facture au sens fiscal"),
    ],
)
def test_a_draft_goes_out_as_pro_forma_and_leaves_no_trace_in_the_books(
    scene: Scene, language: str, title: str, note: str
) -> None:
    draft = scene.draft(language=language)
    proposal = send_pro_forma.proposal(draft, on=TODAY)
    assert title in proposal.subject
    mail = send_pro_forma.send(
        draft, on=TODAY, to_address="a@b.example", subject=proposal.subject, text=proposal.text, actor=SYSTEM, at=NOW
    )
    assert mail.purpose == "pro_forma"
    pages = pypdf.PdfReader(io.BytesIO(send_pro_forma.pdf(draft, on=TODAY))).pages
    words = " ".join(" ".join(page.extract_text() for page in pages).split())
    assert title in words
    assert note in words
    assert (Document.objects.count(), Entry.objects.count(), NumberCounter.objects.count()) == (0, 0, 0)
    assert Draft.objects.filter(id=draft.id).exists()
    assert Fact.objects.filter(kind="pro_forma_sent", subject_id=draft.id).count() == 1
