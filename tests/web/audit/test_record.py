"""The record of what happened: who, what, before and after, from where; as a page and as a file."""

import csv
import io
import json
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.db import connection
from django.test import Client

from conto.apps.accounts import actions as accounts
from conto.apps.audit import actions, queries
from conto.apps.audit.models import Fact, FactPosition
from conto.apps.crm import actions as crm
from conto.domain import facts
from conto.domain.errors import RuleBroken
from conto.domain.facts import FACTS, SYSTEM, Actor, Origin
from conto.domain.ids import new_id
from conto.domain.permissions import Role
from conto.flows import check_seals
from conto.web.audit.kinds import KIND_WORDS
from tests.web.living import NOW, Living

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


@pytest.fixture
def book(living_book: Living) -> Living:
    return living_book


@pytest.fixture
def owner(book: Living) -> Client:
    client = Client(SERVER_NAME="localhost", headers={"user-agent": FIREFOX})
    client.force_login(book.members[Role.OWNER])
    return client


def text(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, address
    return answer.content.decode()


def test_every_kind_of_fact_has_words() -> None:
    assert FACTS.keys() - KIND_WORDS.keys() == set()


def test_a_row_tells_who_what_before_and_after_and_from_where(book: Living, owner: Client) -> None:
    owner.post(f"/settings/members/{book.members[Role.SALES].id}", {"name": "Sales Berg", "role": "finance"})
    rows = text(owner, "/settings/audit?kind=member_changed")
    assert '<s class="soft">Sales</s> → Finance' in rows
    assert "Pages · 127.0.0.1 · Firefox, Linux" in rows
    assert f'href="/settings/members/{book.members[Role.SALES].id}"' in rows


def test_it_is_told_in_german_too(book: Living, owner: Client) -> None:
    accounts.change_own_profile(
        member_id=book.members[Role.OWNER].id, name="Olga", language="de", zone="", theme="light", actor=SYSTEM, at=NOW
    )
    rows = text(owner, "/settings/audit")
    assert "geschehen" in rows
    assert "Mitglied geändert" in rows


@pytest.mark.parametrize(
    ("asked", "is_there"),
    [
        ("kind=customer_added", True),
        ("kind=no_such_kind", True),
        ("kind=customer_added&by=customer", False),
        ("by=system&about=customer", True),
        ("about=member&kind=customer_added", False),
        ("customer={customer_id}&kind=customer_added", True),
        ("subject={customer_id}&kind=customer_added", True),
        ("subject={member_id}&kind=customer_added", False),
        ("kind=customer_added&since=2026-11-20&until=2026-11-20", True),
        ("kind=customer_added&since=2026-11-21", False),
        ("kind=customer_added&until=2026-11-19", False),
        ("kind=customer_added&since=nonsense&until=9999-12-31", True),
        ("kind=customer_added&from=api", False),
        ("kind=customer_added&after=nonsense", True),
    ],
)
def test_filters(book: Living, owner: Client, asked: str, *, is_there: bool) -> None:
    rows = text(owner, "/settings/audit?" + asked.format(**book.ids))
    assert ("Nothing like this happened" not in rows) is is_there


def test_the_origin_can_be_asked_for(owner: Client) -> None:
    by_key = Actor(None, "member", "A program", Origin("api", "192.0.2.1", "curl/8", new_id()))
    actions.record(facts.NoteAdded(subject_id=new_id(), text="by key"), actor=by_key, at=NOW)
    rows = text(owner, "/settings/audit?from=api")
    assert "API · 192.0.2.1 · curl" in rows
    assert rows.count("<tr>") == 2


def test_pages_follow_each_other_without_gap_or_double(owner: Client) -> None:
    for n in range(120):
        actions.record(facts.NoteAdded(subject_id=new_id(), text=f"number {n}."), actor=SYSTEM, at=NOW)
    address, seen = "/settings/audit?kind=note_added", []
    while address:
        answer = owner.get(address)
        seen += [row.fact.id for row in answer.context["rows"]]
        following = answer.context["next"]
        address = f"/settings/audit?kind=note_added&after={following.replace('+', '%2B')}" if following else ""
    assert len(seen) == len(set(seen)) == Fact.objects.filter(kind="note_added").count()


def test_the_file_is_safe_whole_and_written_down(book: Living, owner: Client) -> None:
    crm.write_note(customer=book.customer, body="=cmd|' /C calc'!A0", actor=Actor(None, "member", "=1+1"), at=NOW)
    answer = owner.get("/settings/audit/export.csv?kind=note_added")
    rows = list(csv.reader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig"))))  # type: ignore[attr-defined]
    assert len(rows) == 1 + Fact.objects.filter(kind="note_added").count()
    assert not [cell for row in rows for cell in row if cell.startswith(("=", "+", "-", "@"))]
    assert any("'=1+1" in row for row in rows)
    noted = Fact.objects.get(kind="audit_exported")
    assert noted.body == {"file_format": "csv", "filters": {"kind": "note_added"}}
    assert noted.origin["channel"] == "web"
    assert owner.get("/settings/audit/export.xls").status_code == 404


def test_the_json_file_holds_what_the_hashes_are_made_of(owner: Client) -> None:
    answer = owner.get("/settings/audit/export.json")
    told = json.loads(b"".join(answer.streaming_content))  # type: ignore[attr-defined]
    assert len(told) == Fact.objects.count()
    for fact in told:
        digest = queries.digest_of(fact["says"], fact["origin"] or None)
        assert digest.hex() == fact["payload_sha256"]
    nothing = owner.get("/settings/audit/export.json?kind=payment_refunded&until=2000-01-01")
    assert json.loads(b"".join(nothing.streaming_content)) == []  # type: ignore[attr-defined]


def test_who_may_look_may_not_take_it_along(book: Living) -> None:
    client = Client(SERVER_NAME="localhost")
    client.force_login(book.members[Role.FINANCE])
    assert client.get("/settings/audit").status_code == 403
    assert client.get("/settings/audit/export.csv").status_code == 403


def test_an_export_of_customers_or_invoices_is_written_down(owner: Client) -> None:
    owner.get("/customers/export.csv?q=kupfer")
    owner.get("/invoices/export.csv")
    told = [fact.body["what"] for fact in Fact.objects.filter(kind="records_exported").select_related("payload")]
    assert sorted(told) == ["customers", "invoices"]


def test_no_bank_account_stands_in_clear_in_a_fact(book: Living) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT string_agg(body::text, ' ') FROM audit_factpayload")
        everything = cursor.fetchone()[0]
    assert "iban" in everything
    assert "370400440532013000" not in everything
    assert "120300000000202051" not in everything
    assert "3000" in everything, "the last four stay, to know it again"


def test_an_erased_fact_says_so(book: Living, owner: Client) -> None:
    fact = Fact.objects.get(kind="customer_added", subject_id=book.customer.id)
    actions.erase_payloads(subject_id=book.customer.id, fact_ids=[fact.id], reason="Asked to", actor=SYSTEM, at=NOW)
    assert "Erased as the law wants it" in text(owner, "/settings/audit?kind=customer_added")
    assert text(owner, f"/customers/{book.customer.id}/")


def test_the_seals_are_shown_kept_outside_and_checked(owner: Client, settings: LazySettings, tmp_path: Path) -> None:
    settings.ANCHORS = tmp_path / "anchors"
    assert "No seal yet" in text(owner, "/settings/audit")
    head = check_seals.keep_outside(at=NOW)
    assert head is not None
    rows = text(owner, "/settings/audit")
    assert f"Seal 1 ({head.short}…)" in rows
    assert "was kept outside" in rows
    assert (check_seals.anchor_file().stat().st_mode & 0o777) == 0o600
    answer = owner.post("/settings/audit/check")
    assert "In%20order" in answer.cookies["conto_toast"].value
    line = json.loads(check_seals.anchor_file().read_text())
    assert (line["number"], line["seal"], line["facts"]) == (1, head.seal, FactPosition.objects.count())
    line["seal"] = "0" * 64
    with check_seals.anchor_file().open("a") as file:
        file.write(json.dumps(line) + "\n\n")
    answer = owner.post("/settings/audit/check")
    assert "Not%20in%20order" in answer.cookies["conto_toast"].value
    line["database"] = 1
    check_seals.anchor_file().write_text(json.dumps(line))
    assert check_seals.check().holds, "a line about another book of this name"
    assert not check_seals.check(check_seals.anchor_file()).holds
    check_seals.anchor_file().write_text("nonsense")
    with pytest.raises(RuleBroken):
        check_seals.check()
