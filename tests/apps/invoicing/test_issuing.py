from datetime import date, timedelta
from decimal import Decimal

import pytest

from conto.apps.audit.models import Fact
from conto.apps.crm import actions as crm
from conto.apps.crm.entry import NewCustomer, PostalAddress
from conto.apps.invoicing import actions as invoicing
from conto.apps.invoicing import queries
from conto.apps.invoicing.actions import AllowanceEntry
from conto.apps.invoicing.models import Document, Draft, NumberCounter
from conto.apps.ledger import queries as ledger
from conto.apps.ledger.models import Entry
from conto.domain.errors import Conflict, RuleBroken
from conto.domain.facts import SYSTEM
from tests.scene import NOW, TODAY, Scene, issue, line


def test_a_draft_takes_everything_from_the_profile_and_nothing_is_typed(scene: Scene) -> None:
    draft = scene.draft()
    assert (draft.currency, draft.language, draft.terms_days) == ("EUR", "de", 14)
    assert draft.shown_total_minor == 11900


def test_n1_an_issued_draft_has_the_next_number_is_booked_and_is_gone_as_a_draft(scene: Scene) -> None:
    draft = scene.draft(line("100", "3"), line("19.99", "2", rate_class="reduced"))
    assert queries.next_number(draft, TODAY) == "INV-2026-00001"
    document = issue(draft)
    assert document.id == draft.id
    assert document.number == "INV-2026-00001"
    assert (document.net_minor, document.tax_minor, document.payable_minor) == (33998, 5980, 39978)
    assert document.due_on == TODAY + timedelta(days=14)
    assert ledger.open_minor(document.id) == 39978
    assert not Draft.objects.filter(id=draft.id).exists()
    assert Fact.objects.get(subject_id=document.id, kind="invoice_issued").entry_id == document.entry_id


def test_i7_issuing_twice_is_a_conflict_and_the_series_has_no_gap(scene: Scene) -> None:
    draft = scene.draft()
    issue(draft)
    with pytest.raises(Conflict, match="already issued"):
        invoicing.issue_draft(draft=draft, actor=SYSTEM, at=NOW)
    assert scene.issued(line("7")).number == "INV-2026-00002"


def test_i6_a_blocking_finding_stops_and_takes_no_number(scene: Scene) -> None:
    empty = invoicing.create_draft(customer=scene.customer, actor=SYSTEM, at=NOW)
    with pytest.raises(RuleBroken) as refusal:
        invoicing.issue_draft(draft=empty, actor=SYSTEM, at=NOW)
    assert "check.no_lines" in [finding.code for finding in refusal.value.params["findings"]]
    assert not NumberCounter.objects.exists()


def test_i6_a_warning_stops_until_somebody_gives_the_reason_and_the_reason_is_kept(scene: Scene) -> None:
    draft = scene.draft(line("0"))
    with pytest.raises(RuleBroken):
        invoicing.issue_draft(draft=draft, actor=SYSTEM, at=NOW)
    document = issue(draft)
    assert {row.reason for row in document.overrides.all()} == {"as agreed"}
    assert Fact.objects.filter(kind="check_overridden", subject_id=document.id).count() == 1


def test_a_document_of_zero_has_an_entry_without_transfers_and_is_settled(scene: Scene) -> None:
    document = scene.issued(line("0"))
    assert document.entry.transfer_count == 0
    assert ledger.open_minor(document.id) == 0
    assert queries.state_of(document, 0, TODAY) == "paid"


def test_n2_numbers_follow_dates_so_an_earlier_date_is_refused(scene: Scene) -> None:
    scene.issued()
    with pytest.raises(RuleBroken) as refusal:
        invoicing.issue_draft(draft=scene.draft(line("5")), actor=SYSTEM, at=NOW, issued_on=date(2026, 11, 21))
    assert "check.before_last" in [finding.code for finding in refusal.value.params["findings"]]


def test_n3_a_firm_that_switches_in_mid_year_starts_where_it_was_and_the_next_year_starts_at_one(scene: Scene) -> None:
    invoicing.save_series(
        legal_entity=scene.seller, kind="invoice", prefix="RE", start_ordinal=318, actor=SYSTEM, at=NOW
    )
    assert scene.issued().number == "RE-2026-00318"
    assert scene.issued(line("2")).number == "RE-2026-00319"
    later = NOW.replace(year=2027, month=1, day=2)
    document = invoicing.issue_draft(draft=scene.draft(line("3")), actor=SYSTEM, at=later)
    assert document.number == "RE-2027-00001"


def test_the_issue_date_is_today_where_the_seller_is(scene: Scene) -> None:
    late_evening = NOW.replace(hour=23, minute=30)  # already the next day in Berlin
    document = invoicing.issue_draft(draft=scene.draft(), actor=SYSTEM, at=late_evening)
    assert document.issued_on == date(2026, 11, 23)


def test_t6_a_business_abroad_with_a_confirmed_number_owes_the_tax_itself(scene: Scene) -> None:
    buyer = crm.add_customer(
        new=NewCustomer(
            name="Atelier Lumière",
            currency="EUR",
            language="fr",
            billing=PostalAddress(country="FR", line1="1 rue Neuve", postcode="69001", city="Lyon"),
            vat_number="FR40303265045",
        ),
        actor=SYSTEM,
        at=NOW,
    )
    buyer.tax_identifiers.update(is_confirmed=True)
    document = scene.issued(customer=buyer)
    group = document.taxes.get()
    assert (group.category, group.tax_minor, group.exemption_code) == ("AE", 0, "VATEX-EU-AE")
    assert document.payable_minor == 10000


def test_t3_prices_with_tax_and_a_discount_on_the_document_are_frozen_as_computed(scene: Scene) -> None:
    draft = scene.draft(
        line("119"), line("10.70", "3", rate_class="reduced"), customer=scene.person, price_mode="gross"
    )
    invoicing.set_allowances(
        draft=draft, allowances=[AllowanceEntry("Rabatt", percent=Decimal(10))], actor=SYSTEM, at=NOW
    )
    document = issue(draft)
    assert document.payable_minor == 13599
    assert document.net_minor + document.tax_minor + document.rounding_minor == 13599
    assert document.allowances.count() == 2  # one per tax group


@pytest.mark.parametrize("terms", [0, 7, 30])
def test_the_live_totals_are_what_is_issued(scene: Scene, terms: int) -> None:
    draft = scene.draft(line("33.33", "3"), line("0.05", "7"), terms_days=terms)
    shown = queries.computed(draft, TODAY)
    document = issue(draft)
    assert shown.document
    assert shown.document.totals.payable_minor == document.payable_minor
    assert shown.due_on == document.due_on


def test_many_drafts_are_issued_together_and_the_bad_ones_set_aside_in_words(scene: Scene) -> None:
    good = [scene.draft(line(str(n + 1))) for n in range(5)]
    bad = invoicing.create_draft(customer=scene.customer, actor=SYSTEM, at=NOW)
    wanted = [good[0].id, bad.id, *[draft.id for draft in good[1:]]]
    results = invoicing.issue_drafts(draft_ids=wanted, actor=SYSTEM, at=NOW)
    assert [result.number for result in results] == [
        "INV-2026-00001",
        "",
        "INV-2026-00002",
        "INV-2026-00003",
        "INV-2026-00004",
        "INV-2026-00005",
    ]
    assert [finding.text for finding in results[1].findings] == ["The document has no lines."]
    assert Document.objects.count() == Entry.objects.count() == 5


def test_a_stale_form_is_refused(scene: Scene) -> None:
    draft = scene.draft()
    invoicing.set_lines(draft=draft, lines=[line("5")], actor=SYSTEM, at=NOW, expected_version=1)
    with pytest.raises(Conflict, match="Somebody else"):
        invoicing.set_lines(draft=draft, lines=[line("6")], actor=SYSTEM, at=NOW, expected_version=1)


def test_a_copy_has_the_same_lines_and_total_and_no_number(scene: Scene) -> None:
    draft = scene.draft(line("119", "2"), price_mode="gross")
    invoicing.set_allowances(draft=draft, allowances=[AllowanceEntry("Bonus", amount_minor=1000)], actor=SYSTEM, at=NOW)
    document = issue(draft)
    copy = invoicing.copy_document(document=document, actor=SYSTEM, at=NOW)
    assert copy.shown_total_minor == document.payable_minor == 22800


def test_the_paper_says_what_the_rows_say(scene: Scene) -> None:
    draft = scene.draft(line("119", "2"), line("5", rate_class="reduced"), price_mode="gross")
    invoicing.change_draft(draft=draft, changes={"order_reference": "PO-7", "notes": "Danke"}, actor=SYSTEM, at=NOW)
    before = queries.preview(Draft.objects.get(id=draft.id), TODAY)
    document = issue(draft)
    after = queries.issued_document(document)
    assert before.totals == after.totals
    assert before.lines == after.lines
    assert after.number == document.number
    assert after.order_reference == "PO-7"
    assert after.notes == ("Danke",)
    assert after.payment.iban == "DE89370400440532013000"
    assert sum(row.net_minor for row in after.lines) == after.totals.lines_net_minor
