"""Usage on pages: what the period comes to so far, day by day, and files of events looked at and taken over."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from conto.apps.accounts.models import Business
from conto.apps.subscriptions.models import Subscription
from conto.apps.usage.models import UsageEvent
from conto.domain.period import local_day
from tests.agreements import metered
from tests.scene import NOW, Scene, set_scene

pytestmark = pytest.mark.django_db
HEAD = "Event id,Metric,Happened at,Value,Properties,Revision\n"


@pytest.fixture
def scene(client: Client) -> Scene:
    Business.objects.create(
        name="Nordlicht", country="DE", currency="EUR", zone="Europe/Berlin", set_up_at=NOW, changed_at=NOW
    )
    made = set_scene()
    client.force_login(made.owner)
    return made


def row_of(scene: Scene) -> Subscription:
    return metered(scene.customer, starts_on=local_day(timezone.now(), "Europe/Berlin") - timedelta(days=3))


def send(client: Client, row: Subscription, text: str, *, takes: bool = False) -> Any:
    address = f"/subscriptions/{row.id}/usage/file"
    if takes:
        return client.post(address, {"content": HEAD + text, "do": "import"})
    return client.post(address, {"file": SimpleUploadedFile("u.csv", (HEAD + text).encode())})


def test_u9_a_file_is_looked_at_and_taken_over_once(client: Client, scene: Scene) -> None:
    row = row_of(scene)
    at = (timezone.now() - timedelta(hours=1)).isoformat()
    text = f"e1,calls,{at},1200,region=eu; user=7,\ne2,cals,{at},3,,0\n"
    looked = send(client, row, text)
    words = looked.content.decode()
    assert looked.status_code == 200, words
    assert "2 new events" in words
    assert "No item measures cals" in words
    assert not UsageEvent.objects.exists()
    done = send(client, row, text, takes=True)
    assert (done.status_code, done["Location"]) == (303, f"/subscriptions/{row.id}/usage")
    kept = UsageEvent.objects.get(event_key="e1")
    assert (kept.value, kept.properties) == (1200, {"region": "eu", "user": "7"})
    again = send(client, row, text).content.decode()
    assert "2 are here already" in again
    page = client.get(f"/subscriptions/{row.id}/usage").content.decode()
    assert "120.00" in page
    assert "1,200" in page
    assert "cals" in page
    assert client.get(f"/subscriptions/{row.id}/usage?until=2020-01-01").status_code == 200


def test_u9_each_row_of_a_file_that_cannot_stand_is_named_and_nothing_is_written(client: Client, scene: Scene) -> None:
    row = row_of(scene)
    at = (timezone.now() - timedelta(hours=1)).isoformat()
    good = f"good,calls,{at},1,,0\n"
    for bad, words in (
        (f"e1,calls,{at},x,,\n", "“x” is not a number."),
        ("e1,calls,yesterday,1,,\n", "“yesterday” is no instant."),
        (f"e1,calls,{at},1,region,\n", "Write properties like"),
    ):
        page = send(client, row, good + bad)
        assert page.status_code == 422
        assert words in page.content.decode()
    page = send(client, row, good + f"e1,calls,{at},,,\ne2,,{at},1,,\ne3,calls,{at},1,,-1\n", takes=True)
    told = page.content.decode()
    assert page.status_code == 422
    for line, words in ((3, "A new event has a value."), (4, "An event has a metric"), (5, "A revision is a whole")):
        assert f'<td class="num">{line}</td><td>{words}' in told
    assert not UsageEvent.objects.exists()
    for content, words in (("Metric,Value\ncalls,1\n", "is missing"), (HEAD, "There is no row")):
        page = client.post(f"/subscriptions/{row.id}/usage/file", {"content": content, "do": "import"})
        assert page.status_code == 422
        assert words in page.content.decode()


def test_u9_a_large_file_is_all_or_nothing_over_its_batches(client: Client, scene: Scene) -> None:
    row = row_of(scene)
    at = (timezone.now() - timedelta(hours=1)).isoformat()
    many = "".join(f"e{n},calls,{at},1,,\n" for n in range(1001))
    assert send(client, row, many + f"e0,calls,{at},2,,\n", takes=True).status_code == 422
    assert not UsageEvent.objects.exists()
    assert send(client, row, many, takes=True).status_code == 303
    assert UsageEvent.objects.count() == 1001


def test_the_page_asks_as_often_for_many_days_as_for_one(client: Client, scene: Scene) -> None:
    row = row_of(scene)
    address = f"/subscriptions/{row.id}/usage"
    now = timezone.now()

    def asked() -> int:
        with CaptureQueriesContext(connection) as questions:
            assert client.get(address).status_code == 200
        return len(questions)

    send(client, row, f"first,calls,{(now - timedelta(hours=1)).isoformat()},1,,\n", takes=True)
    one = asked()
    for metric in ("calls", "mails", "bytes"):
        rows = [f"{metric}{n},{metric},{(now - timedelta(hours=1 + 12 * n)).isoformat()},1,,\n" for n in range(20)]
        assert send(client, row, "".join(rows), takes=True).status_code == 303
    assert asked() == one
