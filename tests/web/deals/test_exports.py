"""The lists of deals and quotes as files: what the list shows, own fields included, no formula for spreadsheets."""

import csv
import io
from typing import Any

from django.test import Client

from conto.apps.audit.models import Fact
from conto.apps.deals import actions as deals
from conto.apps.deals.entry import NewDeal
from conto.apps.deals.own import record_of
from conto.apps.fields import actions as fields
from conto.domain.facts import SYSTEM
from conto.domain.fields import FieldKind, FieldRule, Subject
from conto.domain.permissions import Role
from tests.web.living import NOW, Living


def taken(client: Client, address: str) -> list[dict[str, str]]:
    answer: Any = client.get(address)
    assert answer.status_code == 200, address
    return list(csv.DictReader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig"))))


def test_the_list_of_deals_leaves_as_it_is_filtered_with_its_own_fields(living_book: Living, client: Client) -> None:
    owner = living_book.members[Role.OWNER]
    new = NewDeal(name="=HYPERLINK(1)", value_minor=123_450, owner_id=owner.id)
    made = deals.add_deal(customer=living_book.customer, new=new, actor=SYSTEM, at=NOW)
    rule = FieldRule(key="", label="Hull", kind=FieldKind.TEXT)
    fields.add_field(subject=Subject.DEAL, field=rule, actor=SYSTEM, at=NOW)
    fields.set_values(of=record_of(made), given={"hull": "+steel"}, actor=SYSTEM, at=NOW)
    client.force_login(owner)
    assert len(taken(client, "/deals/export.csv")) > 1
    rows = taken(client, "/deals/export.csv?own.hull=steel")
    assert [(row["Deal"], row["Value"], row["Hull"], row["id"]) for row in rows] == [
        ("'=HYPERLINK(1)", "1234.50", "'+steel", str(made.id))
    ]
    assert taken(client, "/deals/export.csv?state=lost&own.hull=steel") == []
    told = Fact.objects.filter(kind="records_exported").latest("id")
    assert told.body["what"] == "deals"


def test_the_list_of_quotes_leaves_as_it_is_filtered(living_book: Living, client: Client) -> None:
    client.force_login(living_book.members[Role.FINANCE])
    every = taken(client, "/quotes/export.csv")
    assert every
    assert {row["Currency"] for row in every} == {"EUR"}
    assert taken(client, "/quotes/export.csv?q=zzzz") == []


def test_who_may_not_take_lists_out_gets_no_file(living_book: Living, client: Client) -> None:
    client.force_login(living_book.members[Role.SALES])
    for address in ("/deals/export.csv", "/quotes/export.csv"):
        assert client.get(address).status_code == 403
