"""Lists of leads: looked at, mapped, refused in whole, taken over once, with a warning for who is here (L-8)."""

import csv
import io
from datetime import date
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from conto.apps.accounts import actions as accounts
from conto.apps.audit.models import Fact
from conto.apps.leads import actions as leads
from conto.apps.leads.entry import NewLead, RuleEntry
from conto.apps.leads.models import Lead
from conto.apps.messaging.models import Mail
from conto.domain.facts import SYSTEM
from conto.domain.permissions import Role
from tests.scene import NOW, Scene

HEADS = ["Name", "Firma", "E-Mail", "Phone", "Country", "Source", "Owner", "Next step", "Due on", "What was agreed to",
         "Agreed on", "Remarks"]  # fmt: skip
MARA = ["Mara Lindt", "Lindt Möbel", "mara@lindt.example", "+49 30 901820", "Germany", "fair", "", "Call", "2026-12-01",
        "You may write to me.", "2026-11-02", "24 chairs"]  # fmt: skip
OTTO = ["Otto Apt", "", "otto@apt.example", "", "", "", "Ada Lovelace", "", "", "", "", ""]


def text_of(*rows: list[str]) -> str:
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    return out.getvalue()


def look(client: Client, *rows: list[str]) -> Any:
    return client.post("/leads/import", {"file": SimpleUploadedFile("l.csv", text_of(*rows).encode())})


def take(client: Client, *rows: list[str], **more: Any) -> Any:
    return client.post("/leads/import", {"content": text_of(*rows), "do": "import", **more})


def test_l8_a_list_is_looked_at_mapped_and_taken_over_with_everything_in_it(client: Client, scene: Scene) -> None:
    seller = accounts.add_member(
        email="rita@example.com", name="Rita", role=Role.SALES, password="correct horse 9", language="en",
        actor=SYSTEM, at=NOW,
    )  # fmt: skip
    leads.set_routing(rules=[RuleEntry(source="fair", member_ids=[seller.id])], actor=SYSTEM, at=NOW)
    page = look(client, HEADS, MARA, OTTO)
    words = page.content.decode()
    assert page.status_code == 200
    assert "2 new leads" in words
    assert "24 chairs" in words  # what stands in a column that nobody knows, so that it can be named
    assert not Lead.objects.exists()
    done = take(client, HEADS, MARA, OTTO, source="web list", **{"column.11": "message"})
    assert done.status_code == 303, done.content.decode()[-2000:]
    mara, otto = Lead.objects.order_by("name")
    assert (mara.company, mara.email, mara.phone, mara.country, mara.source, mara.message, mara.owner_id) == (
        "Lindt Möbel", "mara@lindt.example", "+4930901820", "DE", "fair", "24 chairs", seller.id,
    )  # fmt: skip
    assert mara.next_step_at
    assert mara.consent_at
    assert timezone.localtime(mara.next_step_at).date() == date(2026, 12, 1)
    assert timezone.localtime(mara.consent_at).date() == date(2026, 11, 2)
    assert (otto.source, otto.owner_id, otto.consent_at) == ("web list", scene.owner.id, None)
    assert mara.score is not None
    kinds = sorted(Fact.objects.filter(subject_id=mara.id).values_list("kind", flat=True))
    assert kinds == ["lead_added", "lead_consent_given", "lead_routed"]
    mail = Mail.objects.get(purpose="lead")
    assert (mail.to_address, mail.subject) == ("rita@example.com", "New leads of yours: 1")
    # The same file again adds nobody.
    again = take(client, HEADS, MARA, OTTO, source="web list", **{"column.11": "message"})
    assert again.status_code == 303
    assert Lead.objects.count() == 2
    assert Mail.objects.filter(purpose="lead").count() == 1


def test_l8_one_row_that_cannot_stand_stops_all_and_is_named(client: Client, scene: Scene) -> None:
    wrong = ["", "", "no mail", "12", "Atlantis", "", "Nobody", "", "soon", "", "2031-01-01", ""]
    page = take(client, HEADS, MARA, wrong)
    words = page.content.decode()
    assert page.status_code == 422
    assert "“Due on” takes a day" in words
    assert "Nobody here who works on leads is called “Nobody”." in words
    assert "is still to come" in words
    assert page.context["problems"][0][0] == "3"
    assert not Lead.objects.exists()
    unreadable = take(client, HEADS[:5], ["", "", "no mail", "12", "Atlantis"])
    fields = {(line, column) for line, column, _why in unreadable.context["problems"]}
    assert fields == {("2", "Name"), ("2", "Mail"), ("2", "Phone"), ("2", "Country")}
    assert not Lead.objects.exists()


def test_l8_a_file_says_which_column_is_the_name_and_no_column_twice(client: Client, scene: Scene) -> None:
    nameless = look(client, ["Who", "E-mail"], ["Mara", "mara@lindt.example"])
    assert "Say which column is the name." in nameless.content.decode()
    assert take(client, ["Who", "E-mail"], ["Mara", "m@x.example"], **{"column.0": "name"}).status_code == 303
    assert Lead.objects.get().name == "Mara"
    assert "Two columns are “Name”" in look(client, ["Name", "Name"], ["A", "B"]).content.decode()
    assert take(client, ["Vorname", "Nachname"], ["Otto", "Apt"]).status_code == 303
    assert Lead.objects.filter(name="Otto Apt").exists()
    assert look(client, ["Name"], *[["x"]] * 2001).status_code == 422
    assert client.post("/leads/import", {}).status_code == 422


def test_l8_who_looks_like_somebody_is_left_out_unless_wanted(client: Client, scene: Scene) -> None:
    leads.add_lead(new=NewLead(name="M. L.", email="MARA@lindt.example"), actor=SYSTEM, at=NOW)
    rows = [
        ["Name", "Company", "Mail"], ["Mara Lindt", "", "mara@lindt.example"], ["New One", "", "one@x.example"],
        ["Same Mail", "", "one@x.example"], ["Buyer", scene.customer.name, ""],
    ]  # fmt: skip
    page = look(client, *rows)
    words = page.content.decode()
    assert "M. L., a lead, has this mail address" in words
    assert "the same as line 3" in words
    assert f"/customers/{scene.customer.id}/" in words
    assert page.context["fresh"] == 1
    assert take(client, *rows, also=["4"]).status_code == 303
    assert sorted(Lead.objects.values_list("name", flat=True)) == ["M. L.", "New One", "Same Mail"]


@pytest.mark.parametrize("role", [Role.SALES, Role.MARKETING, Role.FINANCE, Role.AUDITOR])
def test_l8_who_may_add_leads_brings_a_list_of_them_and_nobody_else_does(
    client: Client, scene: Scene, role: Role
) -> None:
    brings = role in {Role.SALES, Role.MARKETING}
    member = accounts.add_member(
        email=f"{role}@example.com", name=role, role=role, password="correct horse 9", language="en",
        actor=SYSTEM, at=NOW,
    )  # fmt: skip
    client.force_login(member)
    assert take(client, ["Name"], ["X"]).status_code == (303 if brings else 403)
    assert Lead.objects.count() == brings
    assert ("/leads/import" in client.get("/leads/").content.decode()) is brings
    assert client.get("/leads/export.csv").status_code == 403
