"""Drafts issued and sent together, from the list and as a program does."""

from dataclasses import asdict
from datetime import timedelta

import pytest
from django.test import Client

from conto.apps.invoicing import actions as invoicing
from conto.apps.invoicing import queries
from conto.apps.invoicing.models import Document, Draft, IssueBatch
from conto.domain.facts import SYSTEM
from conto.domain.guardian import GuardianRules
from conto.flows import issue_batch
from tests.scene import NOW, Scene, line
from tests.web.subscriptions.test_pages import client, scene

pytestmark = pytest.mark.django_db
__all__ = ["client", "scene"]
_REMARKS = ("check.duplicate", "check.similar_document", "check.amount_unusual", "check.too_early")


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


def test_gu7_a_draft_says_when_it_is_issued_by_itself_and_can_be_stopped(client: Client, scene: Scene) -> None:
    draft = scene.draft(line("100"))
    invoicing.schedule_drafts(
        draft_ids=[draft.id], issues_at=NOW + timedelta(hours=24), run_id=None, actor=SYSTEM, at=NOW
    )
    address = f"/invoices/{draft.id}"
    assert "unless stopped" in client.get(address).content.decode()
    assert address in client.get("/invoices/?state=waiting").content.decode()
    client.post(f"{address}/stop")
    assert "unless stopped" not in client.get(address).content.decode()
    assert address not in client.get("/invoices/?state=waiting").content.decode()
    assert Draft.objects.get().issues_at is None
    assert client.post(f"{address}/stop").status_code == 303, "said again, it is told that it waits for nothing"
    invoicing.issue_draft(draft=draft, actor=SYSTEM, at=NOW)
    assert client.post(f"{address}/stop")["Location"] == address


def test_gu6_the_guardian_is_set_on_its_page_and_says_what_it_would_have_held(client: Client, scene: Scene) -> None:
    for amount in ("100", "100", "100", "100", "100", "900"):
        invoicing.issue_draft(
            draft=scene.draft(line(amount)), actor=SYSTEM, at=NOW, overrides=dict.fromkeys(_REMARKS, "as agreed")
        )
    usual = {name: str(value) for name, value in asdict(GuardianRules()).items() if value is not False}
    page = client.get("/settings/guardian").content.decode()
    assert "May differ by" in page
    assert "4 of 6" in page, "the same amount on the same day, again and again"
    shown = client.get("/settings/guardian/preview", {**usual, "least_documents": "4"}).content.decode()
    assert "5 of 6" in shown, "nine times as much as the five before"
    without = {name: value for name, value in usual.items() if not name.startswith("watches")}
    assert "0 of 6" in client.get("/settings/guardian/preview", without).content.decode()
    assert "cannot be" in client.get("/settings/guardian/preview", {**usual, "rhythm_days": "91"}).content.decode()
    refused = client.post("/settings/guardian/save", {**usual, "amount_percent": "1"})
    assert refused.status_code == 422
    assert client.post("/settings/guardian/save", {**usual, "review_hours": "24"}).status_code == 303
    assert queries.guardian_rules() == GuardianRules(review_hours=24)
    scene.owner.role = "admin"
    scene.owner.save()
    told = client.get("/settings/guardian").content.decode()
    assert "May differ by" in told
    assert "<form" not in told.split("<main")[1].split("</main>")[0]
    assert client.post("/settings/guardian/save", usual).status_code == 403
