"""The page of customers whose invoices are out of rhythm."""

from datetime import timedelta

import pytest
from django.test import Client

from conto.apps.invoicing import actions as invoicing
from conto.domain.facts import SYSTEM
from tests.scene import NOW, TODAY, Scene, line
from tests.web.subscriptions.test_pages import client, scene

pytestmark = pytest.mark.django_db
__all__ = ["client", "scene"]
PASSED = dict.fromkeys(("check.duplicate", "check.similar_document", "check.too_early"), "as it was")


def test_gu2_the_page_says_who_is_late_and_when_an_invoice_was_expected(client: Client, scene: Scene) -> None:
    assert "Nobody has a rhythm yet" in client.get("/invoices/rhythm?state=all").content.decode()
    for n in range(6, 0, -1):
        on = TODAY - timedelta(days=30 * n + 20)
        invoicing.issue_draft(draft=scene.draft(line()), actor=SYSTEM, at=NOW, overrides=PASSED, issued_on=on)
    page = client.get("/invoices/rhythm").content.decode()
    assert scene.customer.name.replace("&", "&amp;") in page
    assert "20 days late" in page
    assert "Nothing is out of rhythm" in client.get("/invoices/rhythm?state=early").content.decode()
    assert "No customer of this name" in client.get("/invoices/rhythm?q=zzzz").content.decode()
    assert client.get("/invoices/rhythm?after=x&sort=-nothing&state=what").status_code == 200
