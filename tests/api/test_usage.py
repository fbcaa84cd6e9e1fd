"""Usage for programs: sent once, corrected, refused event by event, and read with what it costs so far."""

from typing import Any

from conto.apps.audit.models import Fact
from conto.apps.subscriptions.models import Subscription
from conto.apps.usage.models import UsageEvent
from conto.domain.permissions import Permission, Role
from tests.agreements import NOW, metered
from tests.api.programs import Program, of
from tests.web.living import Living

USAGE = "/usage/events"


def sent(row: Subscription, event_id: str, **more: Any) -> dict[str, Any]:
    known = {"subscription": row.number, "event_id": event_id, "metric": "calls", "happened_at": NOW.isoformat()}
    return known | more


def taken(owner: Program, *events: dict[str, Any], **more: Any) -> list[str]:
    answer = owner.post(USAGE, {"events": list(events), **more})
    assert answer.status_code == 200, answer.content
    return [each["code"] or each["became"] for each in answer.json()["results"]]


def test_u9_what_was_used_is_sent_once_corrected_and_taken_back(book: Living, owner: Program) -> None:
    row = metered(book.customer, 90)
    first = sent(row, "e1", value="5", properties={"region": "eu"})
    assert taken(owner, first, sent(row, "e2"), sent(row, "e3", metric="cals")) == ["recorded"] * 3
    assert taken(owner, first, {**first, "value": "6"}) == ["duplicate", "usage.other_content"]
    assert taken(owner, {**first, "value": "7", "revision": 1}) == ["corrected"]
    assert taken(owner, sent(row, "e2", value=None, revision=1)) == ["taken_back"]
    answer = owner.post(USAGE, {"events": [sent(row, "e9", metric="cals"), {**first, "value": "8"}]}).json()
    assert (answer["kept"], answer["refused"]) == (1, 1)
    assert [each["is_measured"] for each in answer["results"]] == [False, True]
    assert answer["results"][1]["detail"].startswith("Event “e1” is here already")


def test_u13_usage_is_read_day_by_day_and_with_its_cost_so_far(book: Living, owner: Program) -> None:
    row = metered(book.customer, 91)
    taken(owner, sent(row, "e1", value="1200"), sent(row, "m1", metric="mails"))
    known = owner.get(f"/subscriptions/{row.id}/usage?until=2026-11-30").json()
    assert known["days"] == [
        {"metric": "calls", "day": "2026-11-20", "events": 1, "sum": "1200", "greatest": "1200", "last": "1200"},
        {"metric": "mails", "day": "2026-11-20", "events": 1, "sum": "1", "greatest": "1", "last": "1"},
    ]
    assert (known["subscription_id"], known["currency"]) == (str(row.id), "EUR")
    mails = owner.get(f"/subscriptions/{row.id}/usage?until=2026-11-30&metric=mails").json()
    assert [each["metric"] for each in mails["days"]] == ["mails"]
    assert owner.get(f"/subscriptions/{row.id}/usage?since=2026-11-21&until=2026-11-30").json()["days"] == []
    assert owner.get(f"/subscriptions/{book.customer.id}/usage").status_code == 404


def test_u9_a_batch_may_be_taken_as_a_whole_only(book: Living, owner: Program) -> None:
    row = metered(book.customer, 92)
    answer = owner.post(
        USAGE, {"events": [sent(row, "good"), sent(row, "bad", subscription="S-1")], "all_or_nothing": True}
    )
    assert answer.status_code == 422
    assert [(each["field"], each["code"]) for each in answer.json()["errors"]] == [
        ("events.1", "usage.no_subscription")
    ]
    assert not UsageEvent.objects.filter(subscription=row).exists()


def test_a_key_that_only_records_reads_nothing(book: Living) -> None:
    row = metered(book.customer, 93)
    program = of(book.members[Role.OWNER], [Permission.USAGE_RECORD])
    assert taken(program, sent(row, "e1")) == ["recorded"]
    assert program.get(f"/subscriptions/{row.id}/usage").status_code == 403
    assert of(book.members[Role.SALES]).post(USAGE, {"events": [sent(row, "e2")]}).status_code == 403


def test_the_same_request_under_one_name_is_one_and_the_fact_is_one(book: Living, owner: Program) -> None:
    row = metered(book.customer, 94)
    body = {"events": [sent(row, f"e{n}") for n in range(5)]}
    before = Fact.objects.filter(kind="usage_recorded").count()
    first, again = (owner.post(USAGE, body, Idempotency_Key="usage-1") for _ in range(2))
    assert again.headers["Idempotent-Replayed"] == "true"
    assert first.content == again.content
    assert Fact.objects.filter(kind="usage_recorded").count() == before + 1


def test_a_batch_of_the_wrong_shape_names_its_places(book: Living, owner: Program) -> None:
    row = metered(book.customer, 95)
    wrong = owner.post(USAGE, {"events": [sent(row, "ok"), sent(row, "e", value=5), {"event_id": "x"}]})
    assert wrong.status_code == 422
    assert {"events.1.value", "events.2.metric"} <= {each["field"] for each in wrong.json()["errors"]}
    many = owner.post(USAGE, {"events": [sent(row, "e")] * 1001})
    assert many.status_code == 422
    assert not UsageEvent.objects.filter(subscription=row).exists()
