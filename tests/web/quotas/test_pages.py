"""Targets on their pages: empty, set, reached, refused, and hidden from whom they do not concern."""

import pytest
from django.test import Client
from django.utils import timezone

from conto.apps.accounts import actions as accounts
from conto.apps.accounts.models import Business
from conto.apps.quotas import actions as quotas
from conto.apps.quotas.models import Quota
from conto.domain.facts import SYSTEM
from conto.domain.permissions import Role
from tests.scene import NOW, Scene, line, set_scene


@pytest.fixture
def scene(db: None) -> Scene:
    # Its clock stands where the invoices are issued, so that the year of those is the year that runs.
    Business.objects.create(
        name="Nordlicht", country="DE", currency="EUR", zone="Europe/Berlin", set_up_at=NOW, changed_at=NOW,
        is_sandbox=True, clock_ahead_seconds=int((NOW - timezone.now()).total_seconds()),
    )  # fmt: skip
    return set_scene()


@pytest.fixture
def client(scene: Scene) -> Client:
    client = Client(SERVER_NAME="localhost")
    client.force_login(scene.owner)
    return client


def test_a_target_is_set_held_against_what_is_behind_it_changed_and_removed(client: Client, scene: Scene) -> None:
    assert "No targets here" in client.get("/targets/?when=past").content.decode()
    document = scene.issued(line("100"))
    year = f"{document.issued_on:%Y}"
    form = client.get("/targets/new").content.decode()
    assert "Team" not in form
    typed = {"whose": "", "period": year, "measure": "invoiced", "amount": "1,000.00", "currency": "EUR"}
    periods = [f'value="{year}"' in form, typed]
    assert periods[0], "the year that runs is offered"
    set_answer = client.post("/targets/new", typed)
    target = Quota.objects.get()
    assert set_answer.headers["Location"] == f"/targets/{target.id}"
    shown = client.get(f"/targets/{target.id}").content.decode()
    assert "119.00" in shown
    assert "11 %" in shown
    assert document.number in shown
    assert f"/invoices/{document.id}" in shown
    assert "Everybody" in client.get("/targets/").content.decode()
    assert client.post("/targets/new", typed).status_code == 422, "there is one already"
    assert client.post("/targets/new", typed | {"amount": "nothing"}).status_code == 422
    assert client.post("/targets/new", typed | {"currency": "XXQ"}).status_code == 422
    assert client.post(f"/targets/{target.id}/act", {"amount": "0"}).status_code == 422
    assert client.post(f"/targets/{target.id}/act", {"amount": "100.00"}).status_code == 303
    assert "reached" in client.get(f"/targets/{target.id}").content.decode()
    assert client.post(f"/targets/{target.id}/act", {"act": "remove"}).status_code == 303
    assert not Quota.objects.exists()


def test_z4_a_seller_opens_their_own_target_and_no_others_and_sets_none(scene: Scene) -> None:
    sam = accounts.add_member(
        email="sam@example.com", name="Sam", role=Role.SALES, password="correct-horse-9", actor=SYSTEM, at=NOW
    )
    known = {"period": "2026", "measure": "won", "currency": "EUR", "amount_minor": 100_000, "at": NOW}
    own = quotas.set_target(**known, member=sam, actor=SYSTEM)  # type: ignore[arg-type]
    everybodys = quotas.set_target(**known, actor=SYSTEM)  # type: ignore[arg-type]
    client = Client(SERVER_NAME="localhost")
    client.force_login(sam)
    shown = client.get(f"/targets/{own.id}")
    assert shown.status_code == 200
    assert "Change the target" not in shown.content.decode()
    assert client.get(f"/targets/{everybodys.id}").status_code == 404
    assert client.get("/targets/new").status_code == 403
    assert client.post(f"/targets/{own.id}/act", {"act": "remove"}).status_code == 403
