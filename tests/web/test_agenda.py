"""The page of what is to be done."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from conto.apps.accounts import actions as accounts
from conto.apps.crm import actions as crm
from conto.apps.deals import actions as deals
from conto.apps.deals.entry import NewActivity
from conto.apps.deals.models import Activity
from conto.apps.leads import actions as leads
from conto.apps.leads.entry import NewLead
from conto.domain.facts import SYSTEM, Actor
from conto.domain.permissions import Role
from conto.domain.sight import Area, Reach
from tests.scene import Scene
from tests.web.quotes.conftest import client, scene

__all__ = ["client", "scene"]


def test_a_task_without_a_deal_is_planned_done_and_taken_back(client: Client, scene: Scene) -> None:
    address = f"/activities/new?customer={scene.customer.id}"
    assert "Müller &amp; Söhne" in client.get(address).content.decode()
    yesterday = (timezone.now() - timedelta(days=1)).date().isoformat()
    typed = {
        "activity-kind": "call", "activity-title": "Ask about chairs", "activity-due_on": yesterday,
        "activity-owner": str(scene.owner.id),
    }  # fmt: skip
    assert client.post(address, typed).headers["Location"] == f"/customers/{scene.customer.id}/"
    made = Activity.objects.get()
    assert made.deal_id is None
    page = client.get("/activities/").content.decode()
    assert "Ask about chairs" in page
    assert "Overdue" in page
    assert "Ask about chairs" in client.get(f"/customers/{scene.customer.id}/offers").content.decode()
    done = client.post(f"/activities/{made.id}/done", {"next": "/activities/?who=team"})
    assert done.headers["Location"] == "/activities/?who=team"
    assert f"/activities/{made.id}/done" not in client.get("/activities/").content.decode()
    assert "Ask about chairs" in client.get("/activities/?show=done").content.decode()
    client.post(f"/activities/{made.id}/undone?next=/activities/")
    assert "Ask about chairs" in client.get("/activities/?who=all&kind=call").content.decode()


@pytest.mark.parametrize("who", ["", "team", "all"])
def test_v5_what_is_of_others_customers_is_on_nobody_elses_page(client: Client, scene: Scene, who: str) -> None:
    now = timezone.now()
    sam = accounts.add_member(
        email="sam@example.com", name="Sam", role=Role.SALES, password="correct horse 9", language="en", actor=SYSTEM,
        at=now,
    )  # fmt: skip
    wanted = {(Role.SALES, area): Reach.OWN for area in (Area.CUSTOMERS, Area.DEALS, Area.LEADS)}
    accounts.set_reaches(wanted=wanted, actor=SYSTEM, at=now)
    crm.set_owner(customer=scene.customer, owner_id=scene.owner.id, actor=SYSTEM, at=now)
    ada = Actor(scene.owner.id, "member", "Ada")
    deals.add_activity(customer=scene.customer, new=NewActivity(title="Whisper"), actor=ada, at=now)
    leads.add_lead(new=NewLead(name="Lou", next_step="Murmur", owner_id=scene.owner.id), actor=ada, at=now)
    mine = client.get(f"/activities/?who={who}").content.decode()
    assert "Whisper" in mine
    assert "Murmur" in mine
    client.force_login(sam)
    theirs = client.get(f"/activities/?who={who}").content.decode()
    assert "Whisper" not in theirs
    assert "Murmur" not in theirs
