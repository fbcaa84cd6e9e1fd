"""Drafts issued and sent together, from the list and as a program does."""

import pytest
from django.test import Client

from conto.apps.invoicing.models import Document, Draft, IssueBatch
from conto.flows import issue_batch
from tests.scene import NOW, Scene, line
from tests.web.subscriptions.test_pages import client, scene

pytestmark = pytest.mark.django_db
__all__ = ["client", "scene"]


def test_gu5_all_drafts_of_the_list_are_issued_and_sent_and_each_row_says_what_became_of_it(
    client: Client, scene: Scene
) -> None:
    scene.draft(line("100"))
    scene.draft(line("200"), customer=scene.person)
    scene.draft(line("0"))
    listed = client.get("/invoices/?state=draft").content.decode()
    assert "Check, issue and send all of this view" in listed
    begun = client.post("/invoices/batches/start", {"act": "issue_send_all", "state": "draft"})
    row = IssueBatch.objects.get()
    assert begun["Location"] == f"/invoices/batches/{row.id}"
    waiting = client.get(begun["Location"]).content.decode()
    assert waiting.count("Waits") == 3
    assert "<progress" in waiting
    issue_batch.run(batch_id=row.id, clock=lambda: NOW)
    page = client.get(begun["Location"]).content.decode()
    assert "Issued; the mail is on its way" in page
    assert "Issued, not sent: Anna Sommer has no mail address." in page
    assert "Held: Something is missing" in page
    assert "1 draft was not issued" in page
    assert Document.objects.count() == 2
    assert Draft.objects.count() == 1


def test_gu5_only_what_is_picked_is_issued_and_nothing_picked_is_said(client: Client, scene: Scene) -> None:
    first, _second = scene.draft(line("100")), scene.draft(line("200"))
    client.post("/invoices/batches/start", {"act": "issue_send", "picked": [str(first.id)]})
    assert IssueBatch.objects.get().draft_ids == [first.id]
    nothing = client.post("/invoices/batches/start", {"act": "issue_send"}, follow=True).content.decode()
    assert "There is no draft to issue." in nothing
