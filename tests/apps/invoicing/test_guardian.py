"""What the guardian finds in a book: history read a set at a time, drafts held until somebody gives the reason."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from conto.apps.audit.models import Fact
from conto.apps.crm import actions as crm
from conto.apps.crm.entry import NewCustomer, PostalAddress
from conto.apps.crm.models import Customer
from conto.apps.invoicing import actions as invoicing
from conto.apps.invoicing import queries
from conto.apps.invoicing.models import Document, Draft
from conto.apps.invoicing.queries.checks import checked
from conto.apps.invoicing.queries.loading import load_many
from conto.domain.errors import RuleBroken
from conto.domain.facts import SYSTEM
from tests.scene import NOW, TODAY, Scene, issue, line

ALL = dict.fromkeys(
    ("check.amount_unusual", "check.too_early", "check.duplicate", "check.similar_document"), "this is how it was"
)

WITHOUT_GUARDIAN = 6  # queries of the check list


def billed(scene: Scene, *prices: str, gap_days: int = 30, customer: Customer | None = None, **fields: Any) -> None:
    """Issue invoices over prices, the last one a gap ago."""
    for n, price in enumerate(prices):
        on = TODAY - timedelta(days=gap_days * (len(prices) - n))
        draft = scene.draft(line(price), customer=customer, **fields)
        invoicing.issue_draft(draft=draft, actor=SYSTEM, at=NOW, overrides=ALL, issued_on=on)


def codes(draft: Draft, on: date = TODAY) -> set[str]:
    watched = {"check.amount_unusual", "check.too_early", "check.duplicate", "check.similar_document"}
    return {found.code for found in queries.findings(draft, on)} & watched


def neighbor(scene: Scene, name: str) -> Customer:
    place = PostalAddress(country="DE", line1="Weg 1", postcode="10115", city="Berlin")
    return crm.add_customer(
        new=NewCustomer(name=name, currency="EUR", language="de", billing=place), actor=SYSTEM, at=NOW
    )


def test_gu1_an_unusual_amount_is_held_until_somebody_gives_the_reason_which_is_kept(scene: Scene) -> None:
    billed(scene, *["100"] * 6)
    draft = scene.draft(line("1000"))
    with pytest.raises(RuleBroken) as refusal:
        invoicing.issue_draft(draft=draft, actor=SYSTEM, at=NOW)
    (found,) = refusal.value.params["findings"]
    assert found.code == "check.amount_unusual"
    assert "between 50.00 EUR and 150.00 EUR" in found.text
    assert "1000.00 EUR" in found.text
    document = invoicing.issue_draft(
        draft=draft, actor=SYSTEM, at=NOW, overrides={"check.amount_unusual": "a large project"}
    )
    assert [(row.code, row.reason) for row in document.overrides.all()] == [("check.amount_unusual", "a large project")]
    assert Fact.objects.filter(subject_id=document.id, kind="check_overridden").count() == 1


def test_gu1_each_customer_currency_and_seller_has_a_range_of_its_own(scene: Scene) -> None:
    billed(scene, *["100"] * 6)
    assert codes(scene.draft(line("1000"))) == {"check.amount_unusual"}
    assert codes(scene.draft(line("20"))) == {"check.amount_unusual"}
    assert codes(scene.draft(line("110"))) == set()
    assert codes(scene.draft(line("1000"), customer=scene.person)) == set()
    assert codes(scene.draft(line("1000"), currency="USD")) == set()


def test_gu1_what_was_taken_back_in_full_is_no_history_and_deposits_and_credit_notes_are_not_looked_at(
    scene: Scene,
) -> None:
    billed(scene, *["100"] * 6)
    latest = Document.objects.filter(kind="invoice").order_by("-issued_on").first()
    assert latest is not None
    note = invoicing.draft_credit_note(document=latest, actor=SYSTEM, at=NOW)
    assert codes(note) == set()
    issue(note)
    assert codes(scene.draft(line("1000"))) == set()  # five are too few
    assert codes(scene.draft(line("1000"), kind="deposit")) == set()


def test_gu2_a_draft_that_comes_much_too_early_is_remarked(scene: Scene) -> None:
    billed(scene, *["100"] * 6)
    draft = scene.draft(line("101"))
    assert codes(draft, TODAY) == set()
    assert codes(draft, TODAY - timedelta(days=20)) == {"check.too_early"}
    assert codes(draft, TODAY - timedelta(days=15)) == set()
    assert codes(scene.draft(line("101", name="Something else")), TODAY - timedelta(days=20)) == set()


def test_gu3_the_same_once_more_is_remarked_with_the_other_document_once(scene: Scene) -> None:
    first = scene.issued(line("300", name="Consulting"))
    again = scene.draft(line("300", name="consulting"))
    found = [each for each in queries.findings(again, TODAY) if each.code in ALL]
    assert [each.code for each in found] == ["check.duplicate"]  # not a similar amount besides
    assert found[0].params["number"] == first.number
    assert found[0].params["document_id"] == first.id
    assert codes(scene.draft(line("300", name="Workshop"))) == {"check.similar_document"}
    assert codes(scene.draft(line("300", name="Consulting"), customer=scene.person)) == set()
    assert codes(again, TODAY + timedelta(days=20)) == {"check.duplicate"}
    assert codes(again, TODAY + timedelta(days=21)) == set()


def test_gu3_another_period_is_another_service_and_the_order_number_tells(scene: Scene) -> None:
    march = {"period_start_on": date(2026, 3, 1), "period_end_on": date(2026, 3, 31)}
    april = {"period_start_on": date(2026, 4, 1), "period_end_on": date(2026, 4, 30)}
    scene.issued(line("50", **march))
    assert codes(scene.draft(line("50", **april))) == {"check.similar_document"}
    assert codes(scene.draft(line("50", **march))) == {"check.duplicate"}
    issue(scene.draft(line("70", name="A"), order_reference="4711", **march))
    assert codes(scene.draft(line("70", name="B"), order_reference="4711", **march)) == {"check.duplicate"}
    assert codes(scene.draft(line("70", name="B"), order_reference="4711", **april)) == {"check.similar_document"}


def test_gu3_what_was_credited_in_full_can_be_billed_again(scene: Scene) -> None:
    first = scene.issued(line("300"))
    assert codes(scene.draft(line("300"))) == {"check.duplicate"}
    issue(credit_invoice_draft(first))
    assert codes(scene.draft(line("300"))) == set()


def credit_invoice_draft(document: Document) -> Draft:
    return invoicing.draft_credit_note(document=document, actor=SYSTEM, at=NOW)


def test_gu3_of_two_drafts_that_are_issued_together_the_second_is_held(scene: Scene) -> None:
    drafts = [scene.draft(line("300")), scene.draft(line("300")), scene.draft(line("301"))]
    one, two, three = invoicing.issue_drafts(draft_ids=[draft.id for draft in drafts], actor=SYSTEM, at=NOW)
    assert (one.is_issued, two.is_issued, three.is_issued) == (True, False, True)
    assert [found.code for found in two.findings] == ["check.duplicate"]
    held = Draft.objects.get()
    assert held.id == drafts[1].id


def test_gu4_what_was_to_be_issued_with_others_is_held_until_it_changes(scene: Scene) -> None:
    drafts = [scene.draft(line("300")), scene.draft(line("300"))]
    ids = [draft.id for draft in drafts]
    invoicing.issue_drafts(draft_ids=ids, actor=SYSTEM, at=NOW)
    invoicing.issue_drafts(draft_ids=ids, actor=SYSTEM, at=NOW)
    (row,) = queries.document_page(scene.owner, today=TODAY, state="held").rows
    assert (row.id, row.held_for) == (ids[1], ("check.duplicate",))
    assert Fact.objects.filter(kind="document_held").count() == 1, "told once"
    invoicing.set_lines(draft=drafts[1], lines=[line("301")], actor=SYSTEM, at=NOW)
    assert queries.document_page(scene.owner, today=TODAY, state="held").rows == ()
    assert queries.document_page(scene.owner, today=TODAY, state="draft").rows[0].held_for == ()


def asked(drafts: Sequence[Draft]) -> int:
    loaded = list(load_many(drafts, TODAY).values())
    with CaptureQueriesContext(connection) as seen:
        found = checked(loaded, TODAY, is_together=True)
    assert all("check.amount_unusual" in {each.code for each in one.findings} for one in found)
    return len(seen.captured_queries)


def test_many_drafts_are_compared_with_as_many_queries_as_few(scene: Scene) -> None:
    customers = [neighbor(scene, f"Customer {n}") for n in range(4)]
    for customer in customers:
        billed(scene, *["100"] * 6, customer=customer, gap_days=0)
    few = asked([scene.draft(line("900"), customer=customers[0])])
    many = asked([scene.draft(line(price), customer=each) for each in customers for price in ("900", "800", "100000")])
    assert few == many


def test_the_guardian_asks_three_questions_whatever_it_finds(scene: Scene) -> None:
    def count(draft: Draft) -> int:
        loaded = list(load_many([draft], TODAY).values())
        with CaptureQueriesContext(connection) as seen:
            checked(loaded, TODAY)
        return len(seen.captured_queries)

    new = count(scene.draft(line("900"), customer=scene.person))
    billed(scene, *["100"] * 6)
    as_ever, odd = count(scene.draft(line("101"))), count(scene.draft(line("900")))
    assert new == as_ever == odd == WITHOUT_GUARDIAN + 3


def rows(scene: Scene, today: date, **how: Any) -> list[tuple[str, int, int]]:
    page = queries.rhythm_page(scene.owner, today=today, **how)
    return [(row.customer_name, row.late_days, row.early_days) for row in page.rows]


def test_gu2_customers_out_of_rhythm_are_listed_with_what_was_expected(scene: Scene) -> None:
    other = neighbor(scene, "Zeller")
    for n in range(6, -1, -1):
        for customer in (scene.customer, other)[0 if n else 1 :]:
            draft = scene.draft(line(), customer=customer)
            on = TODAY - timedelta(days=30 * n)
            invoicing.issue_draft(draft=draft, actor=SYSTEM, at=NOW, overrides=ALL, issued_on=on)
    issue(scene.draft(line("1"), customer=scene.person))
    assert rows(scene, TODAY) == []
    assert rows(scene, TODAY, state="all", order="customer") == [("Müller & Söhne", 0, 0), ("Zeller", 0, 0)]
    (late,) = queries.rhythm_page(scene.owner, today=TODAY + timedelta(days=9)).rows
    assert (late.customer_name, late.late_days) == ("Müller & Söhne", 9)
    assert (late.rhythm.last_on, late.rhythm.expected_on) == (TODAY - timedelta(days=30), TODAY)
    both = rows(scene, TODAY + timedelta(days=40), order="-break")
    assert both == [("Müller & Söhne", 40, 0), ("Zeller", 10, 0)]
    assert rows(scene, TODAY + timedelta(days=40), order="break") == both[::-1]
    assert rows(scene, TODAY + timedelta(days=40), search="zell") == [("Zeller", 10, 0)]
    assert rows(scene, TODAY + timedelta(days=40), start=1, limit=1) == both[1:]
    crm.archive_customer(customer=other, actor=SYSTEM, at=NOW)
    assert rows(scene, TODAY + timedelta(days=40)) == [("Müller & Söhne", 40, 0)]


def test_gu2_a_customer_whose_last_invoice_came_too_early_is_listed(scene: Scene) -> None:
    billed(scene, *["100"] * 6, gap_days=30)
    early = scene.draft(line("101", name="Something else"))
    invoicing.issue_draft(draft=early, actor=SYSTEM, at=NOW, overrides=ALL, issued_on=TODAY - timedelta(days=20))
    assert rows(scene, TODAY, state="early") == [("Müller & Söhne", 0, 20)]
    assert rows(scene, TODAY, state="late") == []
