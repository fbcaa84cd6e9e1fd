"""The customer downloads the papers of a document."""

import pytest
from django.test import Client
from django.utils import timezone

from conto.apps.accounts.models import Business
from conto.apps.audit.models import Fact
from conto.apps.invoicing import actions as invoicing
from conto.domain.facts import SYSTEM
from tests.scene import NOW, set_scene

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _business(db: None) -> None:
    Business.objects.create(
        name="Nordlicht", country="DE", currency="EUR", zone="Europe/Berlin", set_up_at=NOW, changed_at=NOW
    )


@pytest.mark.parametrize(("kind", "begins"), [("pdf", b"%PDF-"), ("ubl", b"<?xml"), ("cii", b"<?xml")])
def test_the_customer_downloads_the_document(client: Client, kind: str, begins: bytes) -> None:
    document = set_scene().issued()
    token = invoicing.create_link(document=document, actor=SYSTEM, at=timezone.now()).token
    answer = client.get(f"/i/{token}/file/{kind}")
    assert answer.status_code == 200
    assert answer.content.startswith(begins)
    assert answer["Cache-Control"] == "no-store, private"
    assert Fact.objects.filter(kind="document_downloaded").count() == 1


def test_a_kind_of_file_that_is_none_is_no_page(client: Client) -> None:
    token = invoicing.create_link(document=set_scene().issued(), actor=SYSTEM, at=timezone.now()).token
    assert client.get(f"/i/{token}/file/exe").status_code == 404
