"""Backups in the settings: what the page says, and what its forms do."""

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from conto.apps.accounts import actions as accounts
from conto.apps.accounts.models import Business, Member
from conto.apps.audit.models import Fact
from conto.apps.upkeep import actions, queries
from conto.apps.upkeep.models import BackupPlace
from conto.domain.facts import SYSTEM
from conto.domain.permissions import Role
from conto.flows.set_up_book import Numbers, set_up_book
from conto.gateways.storage.keys import BackupKey
from conto.jobs import upkeep as jobs
from tests.web.settings.test_settings import SELLER

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)


@pytest.fixture
def owner(client: Client) -> Member:
    member = accounts.add_first_owner(email="olga@example.com", name="Olga", password="correct-horse-battery", at=NOW)
    set_up_book(seller=SELLER, bank_account=None, numbers=Numbers(), actor=SYSTEM, at=NOW)
    _enter(client, member)
    return member


def _enter(client: Client, member: Member) -> None:
    client.force_login(member)
    session = client.session
    session["proved_at"] = int(time.time())
    session.save()


def _backup(name: str, *, at: datetime, is_good: bool = True) -> Any:
    backup = actions.begin_backup(name=name, reason="schedule", actor=SYSTEM, now=at)
    if not is_good:
        return actions.fail_backup(backup_id=backup.id, reason="no room", actor=SYSTEM, now=at, at=at)
    actions.note_copy(backup_id=backup.id, place_id=None, error="", now=at)
    return actions.finish_backup(
        backup_id=backup.id, size_bytes=5, contents={}, key_id="ab", actor=SYSTEM, now=at, at=at
    )


def _page(client: Client) -> str:
    answer = client.get("/settings/backups")
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_page_says_how_safe_the_book_is(client: Client, owner: Member) -> None:
    now = timezone.now()
    assert "No backup yet" in _page(client)
    _backup("conto-x-20260101T000000Z-000000.backup", at=now - timedelta(days=3))
    assert "There is no recent backup" in _page(client)
    _backup("conto-x-20260102T000000Z-000000.backup", at=now - timedelta(hours=3))
    assert "The last backup was made" in _page(client)
    _backup("conto-x-20260103T000000Z-000000.backup", at=now - timedelta(hours=1), is_good=False)
    assert "The last backup failed" in _page(client)
    assert "no room" in _page(client)
    actions.begin_backup(name="conto-x-20260104T000000Z-000000.backup", reason="hand", actor=SYSTEM, now=now)
    assert "every 3s" in _page(client)


def test_a_restore_that_failed_is_said_in_red(client: Client, owner: Member) -> None:
    backup = _backup("conto-x-20260102T000000Z-000000.backup", at=timezone.now())
    actions.note_rehearsal(
        name=backup.name, is_clean=False, seconds=3, report="2 rows are gone", actor=SYSTEM, now=timezone.now(), at=NOW
    )
    page = _page(client)
    assert "2 rows are gone" in page
    assert "can’t be restored" in page
    assert queries.unclean_names() == {backup.name}


def test_only_who_runs_the_house_sees_them(client: Client, owner: Member) -> None:
    for role in Role:
        member = accounts.add_member(
            email=f"{role}@example.com", name=role, role=role, password="a long pass phrase 43", actor=SYSTEM, at=NOW
        )
        _enter(client, member)
        expected = 200 if role in {Role.OWNER, Role.ADMIN} else 403
        for page in ("/settings/backups", "/settings/backups/plan", "/settings/backups/key"):
            assert client.get(page).status_code in {expected, 302 if expected == 200 else 403}, (role, page)


def test_the_plan_is_kept_and_refused_where_backups_would_go_nowhere(client: Client, owner: Member) -> None:
    given = {"is_on": "on", "at_time": "04:15", "daily": 3, "weekly": 2, "monthly": 1}
    refused = client.post("/settings/backups/plan", given)
    assert refused.status_code == 422
    assert "need a place" in refused.content.decode()
    assert client.post("/settings/backups/plan", {**given, "keeps_here": "on"}).status_code == 303
    plan = queries.plan(is_sandbox=False)
    assert (plan.at_time.isoformat("minutes"), plan.retention.daily, plan.keeps_here) == ("04:15", 3, True)
    assert Fact.objects.filter(kind="settings_changed", payload__body__area="backups").count() == 1


def test_a_place_is_tried_when_saved_and_its_secret_is_sealed(client: Client, owner: Member, tmp_path: Path) -> None:
    answer = client.post(
        "/settings/backups/places/new/folder", {"name": "Cellar", "folder": str(tmp_path), "is_on": "on"}
    )
    assert answer.status_code == 303, answer.content.decode()
    assert BackupPlace.objects.get().last_reached_at is not None
    again = client.post("/settings/backups/places/new/folder", {"name": "Cellar", "folder": str(tmp_path)})
    assert "a place of this name already" in again.content.decode()
    bucket = {
        "name": "Cloud",
        "bucket": "safe",
        "endpoint": "http://127.0.0.1:1",
        "access_key": "AK",
        "secret_key": "hush-hush",
    }
    assert client.post("/settings/backups/places/new/s3", bucket).status_code == 303
    row = BackupPlace.objects.get(name="Cloud")
    assert row.last_error
    assert "hush-hush" not in row.secret_sealed + str(row.options)
    assert queries.place_details(row).secret == "hush-hush"
    page = client.get(f"/settings/backups/places/{row.id}").content.decode()
    assert "hush-hush" not in page
    assert client.post(f"/settings/backups/places/{row.id}", {**bucket, "secret_key": ""}).status_code == 303
    row.refresh_from_db()
    assert queries.place_details(row).secret == "hush-hush"
    assert client.post(f"/settings/backups/places/{row.id}/remove").status_code == 303
    assert [place.name for place in queries.places()] == ["Cellar"]


def test_a_backup_is_taken_away_as_it_is_and_that_is_recorded(client: Client, owner: Member) -> None:
    name = "conto-x-20260102T000000Z-0000aa.backup"
    file = settings.BACKUPS / name
    file.write_bytes(b"12345")
    try:
        backup = _backup(name, at=timezone.now())
        answer = client.get(f"/settings/backups/{backup.id}/download")
        assert answer.status_code == 200
        assert b"".join(answer.streaming_content) == b"12345"  # type: ignore[attr-defined]
        assert name in answer["Content-Disposition"]
    finally:
        file.unlink()
    assert Fact.objects.filter(kind="backup_downloaded", subject_id=backup.id).count() == 1
    assert client.get(f"/settings/backups/{backup.id}/download").status_code == 404


def test_the_key_can_be_printed(client: Client, owner: Member) -> None:
    page = client.get("/settings/backups/key")
    assert BackupKey(settings.BACKUP_KEY).printed() in page.content.decode()
    assert "no-store" in page["Cache-Control"]


def test_a_backup_by_hand_is_asked_for_once(client: Client, owner: Member) -> None:
    for _ in range(2):
        assert client.post("/settings/backups/now").status_code == 303
    assert actions.ask_for_backup(actor=SYSTEM) is False


def test_the_worker_knows_when_one_is_due(owner: Member) -> None:
    begun = Business.objects.get().changed_at
    Business.objects.update(set_up_at=begun)
    assert not jobs.due_now(begun)
    tomorrow = begun + timedelta(days=1)
    assert jobs.due_now(tomorrow)
    _backup("conto-x-20260102T000000Z-000000.backup", at=tomorrow, is_good=False)
    assert not jobs.due_now(tomorrow + timedelta(minutes=14))
    assert jobs.due_now(tomorrow + timedelta(minutes=16))
    _backup("conto-x-20260103T000000Z-000000.backup", at=tomorrow + timedelta(minutes=16))
    assert not jobs.due_now(tomorrow + timedelta(minutes=30))
    assert not queries.plan(is_sandbox=True).is_on
