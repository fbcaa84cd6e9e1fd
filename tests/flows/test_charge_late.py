"""Charging for paying late: drafts by the rule, each day once, waived with a reason (LF-1 to LF-9)."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from conto.apps.audit.models import Fact
from conto.apps.bulk.invariants import ask
from conto.apps.crm import actions as crm
from conto.apps.crm.entry import NewCustomer, PostalAddress
from conto.apps.invoicing import actions as invoicing
from conto.apps.invoicing import queries as documents
from conto.apps.invoicing.models import Document, Draft, IssueBatch
from conto.apps.invoicing.queries.tax_report import tax_rows
from conto.apps.late import actions, queries
from conto.apps.late.models import LateCharge, LateWaiver
from conto.apps.ledger.models import Account, Transfer
from conto.apps.payments import actions as payments
from conto.apps.quotas import queries as quotas
from conto.domain.errors import Conflict, RuleBroken
from conto.domain.facts import SYSTEM
from conto.domain.late import LateAmounts, LateRule
from conto.flows import charge_late, credit_invoice, get_documents, move_clock, verify_book
from tests.scene import NOW, Scene, line

YES = dict.fromkeys(["check.buyer_address", "check.similar_document"], "as agreed")
BERLIN = PostalAddress(country="DE", line1="Weg 2", postcode="10115", city="Berlin")
RULE = LateRule(
    is_on=True,
    counts_from=date(2026, 1, 1),
    grace_days=14,
    yearly_percent=Decimal(9),
    charge_day=0,
    amounts={"EUR": LateAmounts(fee_minor=4000)},
)


def at(days: int) -> datetime:
    """Give the morning of a day after the invoices of the scene were issued."""
    return NOW + timedelta(days=days)


def set_rule(rule: LateRule = RULE) -> None:
    actions.set_rule(rule=rule, actor=SYSTEM, at=NOW, today=NOW.date())


def overdue(scene: Scene, price: str = "1000", **more: object) -> Document:
    """Issue an invoice that is due in ten days."""
    return scene.issued(line(price), terms_days=10, **more)


def issued_on_day(draft: Draft, days: int = 41) -> Document:
    return invoicing.issue_draft(draft=draft, actor=SYSTEM, at=at(days), overrides=YES)


def assert_in_order() -> None:
    """Fail unless all rules of the book hold that are asked in SQL."""
    connection.check_constraints()
    assert {rule.id: ask(rule).shown for rule in verify_book.BY_SQL if ask(rule).violated} == {}


def charges() -> list[tuple[str, int]]:
    return [(row.kind, row.amount_minor) for row in LateCharge.objects.order_by("at", "id")]


def test_lf1_lf7_without_a_rule_nothing_is_charged_and_one_query_is_asked(scene: Scene) -> None:
    overdue(scene)
    with CaptureQueriesContext(connection) as asked:
        assert charge_late.run_if_due(actor=SYSTEM, at=at(60)) == 0
    assert len(asked) == 1
    assert charge_late.run(actor=SYSTEM, at=at(60)).documents == 0


def test_lf2_lf3_lf8_a_late_invoice_is_charged_on_a_draft_that_explains_itself(scene: Scene) -> None:
    invoice = overdue(scene)
    set_rule()
    assert charge_late.run(actor=SYSTEM, at=at(24)).documents == 0, "the last grace day is not over"
    done = charge_late.run(actor=SYSTEM, at=at(41))
    assert (done.documents, done.invoices, done.totals_minor) == (1, 1, {"EUR": 4000 + 880})
    draft = Draft.objects.get()
    assert (draft.charges_late, draft.terms_days, draft.held_for, draft.shown_total_minor) == (True, 14, "", 4880)
    fee, interest = draft.lines.order_by("position")
    assert (fee.name, fee.description) == ("Mahngebühr für INV-2026-00001", "Fällig am 02.12.2026.")
    assert interest.name == "Verzugszinsen für INV-2026-00001"
    assert "30 Tage" in interest.description
    assert "1.190,00\xa0€" in interest.description
    assert [row.invoice_id for row in LateCharge.objects.all()] == [invoice.id] * 2
    told = Fact.objects.filter(kind="late_charged")
    assert [fact.subject_id for fact in told] == [invoice.id] * 2
    paper = issued_on_day(draft)
    assert (paper.source, paper.type_code, paper.tax_minor, paper.payable_minor) == ("late_charges", 380, 0, 4880)
    assert [tax.category for tax in paper.taxes.all()] == ["O"]
    xml = get_documents.content(paper, "cii", at=at(41))  # refused unless EN 16931 finds nothing
    assert "Verzugszinsen für INV-2026-00001" in xml.decode()


def test_j16_late_charges_have_an_account_of_their_own_and_the_tax_report_equals_the_ledger(scene: Scene) -> None:
    overdue(scene)
    set_rule()
    charge_late.run(actor=SYSTEM, at=at(41))
    paper = issued_on_day(Draft.objects.get())
    assert posted(paper) == [("receivable", "late_charges", 4000 + 880, "O")]
    note = credit_invoice.credit(document=paper, reason="kept", actor=SYSTEM, at=at(42), overrides=YES)
    assert posted(note) == [("late_charges", "customer_credit", 4880, "O")]
    rows = tax_rows(scene.seller, date(2026, 1, 1), date(2027, 12, 31))
    assert {(row.category, row.taxable_minor, row.tax_minor) for row in rows} == {("S", 100_000, 19_000), ("O", 0, 0)}
    assert_in_order()


def posted(document: Document) -> list[tuple[str, str, int, str | None]]:
    roles = dict(Account.objects.values_list("id", "role"))
    return [
        (roles[row.debit_account_id], roles[row.credit_account_id], row.amount_minor, row.tax_category)
        for row in Transfer.objects.filter(entry=document.entry)
    ]


def test_lf3_lf4_part_payments_count_from_their_day_and_parts_sum_to_the_whole(scene: Scene) -> None:
    invoice = overdue(scene)
    set_rule(replace(RULE, amounts={}))
    charge_late.run(actor=SYSTEM, at=at(30))
    pay(scene, invoice, 50_000, 35)
    charge_late.run(actor=SYSTEM, at=at(41))
    exact = Decimal(119_000 * 24 + 69_000 * 6) * 9 / 36500
    assert sum(minor for _kind, minor in charges()) == round(exact)
    pay(scene, invoice, 69_000, 45)
    charge_late.run(actor=SYSTEM, at=at(60))
    assert LateCharge.objects.count() == 3, "paid late since the last run: its last days are charged"
    charge_late.run(actor=SYSTEM, at=at(90))
    assert LateCharge.objects.count() == 3


def pay(scene: Scene, invoice: Document, amount_minor: int, days: int) -> None:
    payments.receive_payment(
        customer=scene.customer,
        legal_entity=scene.seller,
        method="bank_transfer",
        amount_minor=amount_minor,
        currency="EUR",
        received_on=at(days).date(),
        allocate_to=[(invoice.id, amount_minor)],
        actor=SYSTEM,
        at=at(days),
    )


def test_lf1_who_is_exempt_excluded_or_a_person_is_charged_nothing(scene: Scene) -> None:
    overdue(scene, customer=scene.person)
    first, second = overdue(scene), overdue(scene)
    set_rule()
    actions.exclude_invoice(document=first, reason="disputed", actor=SYSTEM, at=NOW)
    with pytest.raises(Conflict, match="excluded already"):
        actions.exclude_invoice(document=first, reason="disputed", actor=SYSTEM, at=NOW)
    actions.exempt_customer(customer=scene.customer, reason="a friend", actor=SYSTEM, at=NOW)
    with pytest.raises(Conflict, match="exempt already"):
        actions.exempt_customer(customer=scene.customer, reason="a friend", actor=SYSTEM, at=NOW)
    with pytest.raises(RuleBroken, match="Say why"):
        actions.exclude_invoice(document=second, reason="  ", actor=SYSTEM, at=NOW)
    assert charge_late.run(actor=SYSTEM, at=at(41)).documents == 0
    actions.end_exemption(customer=scene.customer, actor=SYSTEM, at=NOW)
    assert charge_late.run(actor=SYSTEM, at=at(42)).invoices == 1
    actions.include_invoice(document=first, actor=SYSTEM, at=NOW)
    set_rule(replace(RULE, companies_only=False))
    assert charge_late.run(actor=SYSTEM, at=at(43)).invoices == 3
    assert not Draft.objects.filter(customer=scene.person, shown_total_minor=0)
    kinds = ["late_excluded", "late_exempted", "late_exemption_ended", "late_included"]
    assert sorted(Fact.objects.filter(kind__in=kinds).values_list("kind", flat=True)) == kinds


def test_lf1_no_interest_on_late_charges(scene: Scene) -> None:
    overdue(scene)
    set_rule(replace(RULE, yearly_percent=Decimal(0)))
    charge_late.run(actor=SYSTEM, at=at(41))
    issued_on_day(Draft.objects.get())
    assert charge_late.run(actor=SYSTEM, at=at(200)).documents == 0


def test_gu2_z2_what_charges_for_paying_late_is_no_rhythm_and_no_sale(scene: Scene) -> None:
    for n in reversed(range(6)):
        on = NOW.date() - timedelta(days=30 * n)
        invoicing.issue_draft(
            draft=scene.draft(line("100"), terms_days=10), actor=SYSTEM, at=NOW, overrides=YES, issued_on=on
        )
    set_rule()
    charge_late.run(actor=SYSTEM, at=at(12))
    first, last = NOW.date() - timedelta(days=400), NOW.date() + timedelta(days=30)
    sold = quotas.divided("invoiced", "EUR", first, last, zone="Europe/Berlin")
    charged = issued_on_day(Draft.objects.get(), 12)
    assert charged.payable_minor > 0
    (row,) = documents.rhythm_page(scene.owner, today=NOW.date() + timedelta(days=13), state="all").rows
    assert row.rhythm.last_on == NOW.date(), "the charge came twelve days later"
    assert quotas.divided("invoiced", "EUR", first, last, zone="Europe/Berlin") == sold
    credit_invoice.credit(document=charged, reason="They are right", actor=SYSTEM, at=at(12))
    assert quotas.divided("invoiced", "EUR", first, last, zone="Europe/Berlin") == sold, "nor is what takes it back"


def test_lf6_one_document_for_each_customer_and_currency_and_none_below_the_smallest_amount(scene: Scene) -> None:
    overdue(scene)
    overdue(scene)
    overdue(scene, currency="CHF")
    overdue(scene, customer=scene.person)
    amounts = {"EUR": LateAmounts(least_minor=1500), "CHF": LateAmounts(least_minor=1500)}
    set_rule(replace(RULE, amounts=amounts, companies_only=False))
    done = charge_late.run(actor=SYSTEM, at=at(41))
    assert (done.documents, done.invoices, set(done.totals_minor)) == (1, 2, {"EUR"})
    assert charge_late.run(actor=SYSTEM, at=at(80)).documents == 3
    assert Draft.objects.count() == 4


def test_lf7_a_run_goes_once_on_its_day_and_catches_up(scene: Scene) -> None:
    overdue(scene)
    set_rule(replace(RULE, charge_day=1))
    assert charge_late.run_if_due(actor=SYSTEM, at=datetime(2026, 11, 30, 9, tzinfo=NOW.tzinfo)) == 0
    assert charge_late.run_if_due(actor=SYSTEM, at=datetime(2027, 2, 3, 9, tzinfo=NOW.tzinfo)) == 1
    assert charge_late.run_if_due(actor=SYSTEM, at=datetime(2027, 2, 4, 9, tzinfo=NOW.tzinfo)) == 0
    assert move_clock.HAPPEN_WITH_TIME["late"](datetime(2027, 3, 1, 9, tzinfo=NOW.tzinfo)) == 1
    days = LateCharge.objects.filter(kind="interest").order_by("at").values_list("days", flat=True)
    assert [(span.lower, span.upper) for span in days] == [
        (date(2026, 12, 3), date(2027, 2, 3)), (date(2027, 2, 3), date(2027, 3, 1)),
    ]  # fmt: skip


def test_lf7_switched_off_or_changed_in_between_a_run_goes_by_the_rule_of_now(scene: Scene) -> None:
    overdue(scene)
    set_rule()
    set_rule(replace(RULE, is_on=False))
    assert charge_late.run(actor=SYSTEM, at=at(41)).documents == 0


def test_lf7_what_is_issued_by_itself_is_given_to_a_batch(scene: Scene) -> None:
    overdue(scene)
    set_rule(replace(RULE, issues_itself=True))
    charge_late.run(actor=SYSTEM, at=at(41))
    assert IssueBatch.objects.get().draft_ids == [Draft.objects.get().id]


def test_lf7_a_chunk_takes_as_many_queries_for_three_as_for_one(scene: Scene) -> None:
    def asked(days: int) -> int:
        with CaptureQueriesContext(connection) as seen:
            assert charge_late.run(actor=SYSTEM, at=at(days)).documents
        return len(seen)

    set_rule()
    overdue(scene)
    asked(41)  # prepares what is asked for the first time
    one = asked(81)
    for n in range(2):
        new = NewCustomer(name=f"Firma {n}", currency="EUR", language="de", billing=BERLIN)
        overdue(scene, customer=crm.add_customer(new=new, actor=SYSTEM, at=NOW))
    assert asked(121) == one


def test_lf9_waived_as_a_draft_the_line_goes_and_its_days_are_not_charged_again(scene: Scene) -> None:
    invoice = overdue(scene)
    set_rule()
    charge_late.run(actor=SYSTEM, at=at(41))
    draft = Draft.objects.get()
    fee, interest = LateCharge.objects.order_by("position")
    with pytest.raises(Conflict, match="Waive what"):
        invoicing.discard_draft(draft=draft, actor=SYSTEM, at=at(41))
    with pytest.raises(Conflict, match="Waive what"):
        invoicing.set_lines(draft=draft, lines=[line()], actor=SYSTEM, at=at(41))
    with pytest.raises(RuleBroken, match="Say why"):
        charge_late.waive(charge_id=fee.id, reason=" ", actor=SYSTEM, at=at(41))
    assert charge_late.waive(charge_id=fee.id, reason="first time", actor=SYSTEM, at=at(41)) is None
    with pytest.raises(Conflict, match="waived already"):
        charge_late.waive(charge_id=fee.id, reason="first time", actor=SYSTEM, at=at(41))
    draft.refresh_from_db()
    assert (draft.lines.count(), draft.lines.get().position, draft.shown_total_minor) == (1, 1, 880)
    assert [row.state for row in queries.charges_of_invoice(scene.owner, invoice.id)] == ["draft", "waived"]
    charge_late.waive(charge_id=interest.id, reason="first time", actor=SYSTEM, at=at(41))
    assert not Draft.objects.exists(), "the draft goes with its last line"
    charge_late.run(actor=SYSTEM, at=at(51))
    assert charges()[2:] == [("interest", 294)], "10 days, and no fee again"
    assert_in_order()


def test_lf9_waived_when_issued_it_is_credited_line_by_line(scene: Scene) -> None:
    invoice, _other = overdue(scene), overdue(scene)
    set_rule()
    charge_late.run(actor=SYSTEM, at=at(41))
    dropped, *rest = LateCharge.objects.order_by("position")
    charge_late.waive(charge_id=dropped.id, reason="first time", actor=SYSTEM, at=at(41))
    paper = issued_on_day(Draft.objects.get())
    pay(scene, invoice, 119_000, 41)
    note = charge_late.waive(charge_id=rest[1].id, reason="goodwill", actor=SYSTEM, at=at(42))
    assert note is not None
    assert (note.corrects_id, note.payable_minor, note.lines.get().corrects_position) == (paper.id, 4000, 2)
    assert LateWaiver.objects.get(charge=rest[1]).credit_note_id == note.id
    assert [row.state for row in queries.charge_page(scene.owner, state="waived").rows] == ["waived", "waived"]
    assert [row.state for row in queries.charge_page(scene.owner, state="charged").rows] == ["charged"] * 2
    assert not queries.charge_page(scene.owner, state="draft").rows
    assert Fact.objects.filter(kind="late_charge_waived").count() == 2
    assert_in_order()


def test_preview_tells_what_a_rule_would_charge_and_writes_nothing(scene: Scene) -> None:
    invoice = overdue(scene)
    told = charge_late.preview(member=scene.owner, rule=replace(RULE, is_on=False), at=at(41))
    assert [(each.invoice.id, each.wanted.amount_minor) for each in told.charges] == [(invoice.id, 4880)]
    assert (told.totals_minor, told.documents, told.is_cut) == ({"EUR": 4880}, 1, False)
    assert not LateCharge.objects.exists()


def test_lf10_setting_the_rule_keeps_what_changed(scene: Scene) -> None:
    set_rule()
    set_rule()
    fact = Fact.objects.get(kind="settings_changed")
    assert fact.payload.body["changes"]["EUR"] == [None, "40.00 / 0.00 / 0.00"]
    assert queries.late_rule() == RULE
    set_rule(replace(RULE, amounts={"CHF": LateAmounts(cap_minor=5)}))
    assert queries.late_rule().amounts == {"CHF": LateAmounts(cap_minor=5)}
