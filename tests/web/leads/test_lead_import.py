"""Lists of leads: looked at, mapped, refused in whole, taken over once, with a warning for who is here (L-8)."""

import csv
import io
from datetime import date, timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test import Client
from django.utils import timezone

from conto.apps.accounts import actions as accounts
from conto.apps.audit.models import Fact
from conto.apps.crm import actions as crm
from conto.apps.crm import queries as customers
from conto.apps.leads import actions as leads
from conto.apps.leads.entry import NewLead, RuleEntry
from conto.apps.leads.models import Lead
from conto.apps.messaging.models import Mail
from conto.domain.consent import ConsentEntry, Purpose, Way
from conto.domain.facts import SYSTEM
from conto.domain.permissions import Role
from conto.flows import convert_lead
from conto.flows.convert_lead import Conversion
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


def test_l8_both_consents_go_out_and_come_in_with_their_words_moment_and_way(client: Client, scene: Scene) -> None:
    told = {
        "consent_text": "Write to me.",
        "has_consent": True,
        "measuring_text": "You may count.",
        "consent_way": "api",
    }
    agreed = NOW - timedelta(days=3, minutes=7)
    new = NewLead(name="Mara", email="mara@x.example", consent_at=agreed, measuring_at=NOW, has_measuring=True, **told)
    only_asked = NewLead(
        name="Otto", email="otto@x.example", consent_text="Write to me.", measuring_text="You may count."
    )
    with transaction.atomic():
        leads.add_lead(new=new, actor=SYSTEM, at=NOW)
        leads.add_lead(new=only_asked, actor=SYSTEM, at=NOW)
        answer = client.get("/leads/export.csv")
        out = b"".join(answer.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
        rows = list(csv.reader(io.StringIO(out)))
        transaction.set_rollback(True)
    assert take(client, *rows, **{f"column.{len(rows[0]) - 1}": ""}).status_code == 303
    mara, otto = Lead.objects.order_by("name")
    assert (mara.consent_text, mara.consent_at, mara.measuring_text, mara.measuring_at, mara.consent_way) == (
        "Write to me.", agreed.replace(microsecond=0), "You may count.", NOW.replace(microsecond=0), "api",
    )  # fmt: skip
    assert (otto.consent_at, otto.measuring_at) == (None, None), "who was only asked has not agreed by a file"
    facts = Fact.objects.filter(subject_id=mara.id, kind="lead_consent_given")
    assert {fact.body["purpose"] for fact in facts} == {"news", "measuring"}
    heads = ["Name", "What was agreed to about measuring", "Agreed to measuring on", "How they agreed"]
    page = take(client, heads, ["Ida", "You may count.", "2031-01-01T10:00+01:00", "by a dream"])
    assert "is still to come" in page.content.decode()
    page = take(client, heads, ["Ida", "You may count.", "2026-11-02", "by a dream"])
    assert [column for _line, column, _why in page.context["problems"]] == ["How they agreed"]


def test_co5_no_file_raises_what_somebody_took_back_and_no_conversion_does(client: Client, scene: Scene) -> None:
    person = crm.add_contact(
        customer=scene.customer, given={"name": "Mara", "email": "Mara@x.example"}, actor=SYSTEM, at=NOW
    )
    said = ConsentEntry(purpose=Purpose.NEWS, is_given=True, way=Way.FORM, wording="Write to me.")
    crm.note_consent(contact=person, entry=said, actor=SYSTEM, at=NOW)
    crm.withdraw_consent(contact=person, purposes=[Purpose.NEWS], way=Way.PAGE, actor=SYSTEM, at=NOW)
    crm.archive_contact(customer=scene.customer, contact_id=person.id, actor=SYSTEM, at=NOW)
    heads = ["Name", "Mail", "What was agreed to", "What was agreed to about measuring"]
    rows = [heads, ["Mara L", "mara@x.example", "Write to me.", "You may count."]]
    page = look(client, *rows)
    assert "1 took back what the file says they agreed to" in page.content.decode()
    done = take(client, *rows, also=["2"])
    assert done.status_code == 303
    lead = Lead.objects.get()
    assert (lead.consent_text, lead.consent_at, lead.measuring_text) == ("", None, "You may count.")
    crm.restore_contact(customer=scene.customer, contact_id=person.id, actor=SYSTEM, at=NOW)
    crm.withdraw_consent(contact=person, purposes=[Purpose.MEASURING], way=Way.PAGE, actor=SYSTEM, at=NOW)
    wish = Conversion(customer=scene.customer, with_deal=False)
    contact = convert_lead.convert(lead=lead, wish=wish, actor=SYSTEM, at=timezone.now()).contact
    assert contact == person
    assert not any(customers.in_force([person.id], purpose)[person.id] for purpose in Purpose)
    later = NOW + timedelta(hours=1)
    form = NewLead(name="Mara", email="mara@x.example", consent_text="Write to me.", has_consent=True, consent_at=later)
    again = leads.add_lead(new=form, actor=SYSTEM, at=later)
    convert_lead.convert(lead=again, wish=wish, actor=SYSTEM, at=later)
    assert customers.in_force([person.id], Purpose.NEWS)[person.id], "what was said after the no holds"


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
