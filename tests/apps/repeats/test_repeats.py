"""Repeating invoices: agreed, made once and in order, changed, paused, held, sent."""

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection

from conto.apps.audit.models import Fact
from conto.apps.bulk.invariants import ask
from conto.apps.crm import actions as crm
from conto.apps.invoicing import actions as invoicing
from conto.apps.invoicing.actions import LineEntry
from conto.apps.invoicing.entries import AllowanceEntry
from conto.apps.invoicing.models import Document, DocumentLine, Draft
from conto.apps.messaging.models import Mail
from conto.apps.repeats import actions, queries
from conto.apps.repeats.models import Repeat, RepeatInvoice, RepeatVersion
from conto.apps.repeats.queries.invariants import INVARIANTS
from conto.apps.subscriptions.models import RecurringMovement
from conto.domain.facts import SYSTEM
from conto.domain.period import Interval
from conto.domain.repeat import Covers, Does
from conto.flows import make_repeats
from tests.domain.refusals import refused
from tests.repeating import FIRST, NOW, agreed, made, on, repeating
from tests.scene import Scene, line

pytestmark = pytest.mark.django_db
HOW: dict[str, Any] = {"actor": SYSTEM, "at": NOW}


@pytest.fixture(autouse=True)
def in_order(db: None) -> Iterator[None]:
    """Hold after each test that what the book promises of repeating invoices is so."""
    yield
    connection.check_constraints()
    assert [found.shown for found in map(ask, INVARIANTS)] == [(), ()]


def papers(repeat: Repeat | None = None) -> list[tuple[Any, ...]]:
    """List what was issued by schedules: day, first line, total, what it is about."""
    rows = RepeatInvoice.objects.filter(**({"repeat": repeat} if repeat else {})).order_by("due_on", "repeat__title")
    issued = Document.objects.in_bulk([row.document_id for row in rows])
    names = dict(DocumentLine.objects.filter(document__in=issued, position=1).values_list("document_id", "name"))
    return [
        (
            row.due_on, names[row.document_id], issued[row.document_id].payable_minor,
            issued[row.document_id].details["period_start_on"],
        )
        for row in rows
    ]  # fmt: skip


def test_ri1_ri4_ri5_ri6_an_invoice_comes_each_month_in_the_words_of_its_customer(scene: Scene) -> None:
    lines = [
        LineEntry("Support {month} {year}", Decimal(2), Decimal(100), description="{period}, Nr. {number}"),
        LineEntry("Hosting", Decimal(1), Decimal(50), allowance_percent=Decimal(10)),
    ]
    row = repeating(
        scene.customer, lines=lines, does=Does.ISSUE, covers=Covers.CALENDAR,
        head={"terms_days": 10, "intro": "Vom {from} bis {to}", "order_reference": "Q{quarter} {day}"},
        allowances=[AllowanceEntry("Treue", Decimal(10))],
    )  # fmt: skip
    assert made(at=NOW - timedelta(days=1)) == 0
    assert made() == 1
    document = Document.objects.get()
    rows = list(DocumentLine.objects.filter(document=document).order_by("position"))
    assert [each.name for each in rows] == ["Support November 2026", "Hosting"]
    assert rows[0].description == "1.–30. Nov. 2026, Nr. 1"
    assert (document.net_minor, document.payable_minor, document.terms_days) == (22050, 26240, 10)
    assert document.details["intro"] == "Vom 1. November 2026 bis 30. November 2026"
    assert document.details["order_reference"] == "Q4 22. November 2026"
    assert made(at=on(date(2026, 12, 22))) == 1
    kinds = Fact.objects.filter(kind__startswith="repeat").order_by("at").values_list("kind", "subject_kind")
    assert list(kinds) == [("repeat_added", "repeat"), ("repeat_made", "document"), ("repeat_made", "document")]
    row.refresh_from_db()
    assert (row.made_count, row.next_on, row.last_made_on) == (2, date(2027, 1, 22), date(2026, 12, 22))


def test_ri2_it_is_over_when_nothing_is_left(scene: Scene) -> None:
    row = repeating(scene.customer, most_invoices=2, does=Does.ISSUE)
    until = repeating(scene.person, ends_on=FIRST, does=Does.ISSUE)
    assert made(at=on(date(2027, 5, 1))) == 3
    for each in (row, until):
        each.refresh_from_db()
        assert (each.state, each.next_on) == ("ended", None)
        with refused("repeat.is_over"):
            actions.change_repeat(repeat=each, agreed=agreed(), **HOW)
    assert Fact.objects.filter(kind="repeat_ended").count() == 2
    with refused("repeat.ends_before_start"):
        repeating(scene.customer, ends_on=FIRST - timedelta(days=1))
    ended = actions.end_repeat(repeat=repeating(scene.customer), **HOW)
    assert (ended.state, made()) == ("ended", 0)


@pytest.mark.parametrize("stops", [[0, 31, 59, 90, 120], [120], [5, 61, 61, 120], [118, 119, 120]])
def test_ri3_however_late_and_often_it_runs_the_invoices_are_the_same(scene: Scene, stops: list[int]) -> None:
    repeating(scene.customer, next_on=date(2026, 10, 31), does=Does.ISSUE)
    repeating(
        scene.person, next_on=date(2026, 11, 20), title="Weekly", interval=Interval.WEEK, every=3, does=Does.ISSUE
    )
    for stop in stops:
        made(at=NOW + timedelta(days=stop), chunk=1 if stop % 2 else 50)
        assert made(at=NOW + timedelta(days=stop)) == 0
    monthly = [date(2026, 10, 31), date(2026, 11, 30), date(2026, 12, 31), date(2027, 1, 31), date(2027, 2, 28)]
    weekly = [date(2026, 11, 20) + timedelta(weeks=3 * n) for n in range(6)]
    found = papers()
    assert sorted(each[0] for each in found) == sorted([*monthly, *weekly])
    assert {(each[0].isoformat() == each[3], each[2]) for each in found} == {(True, 11900)}
    for customer in (scene.customer, scene.person):
        numbers = (
            Document.objects.filter(customer=customer)
            .order_by("issued_on", "ordinal")
            .values_list("details", flat=True)
        )
        starts = [each["period_start_on"] for each in numbers]
        assert starts == sorted(starts), "in order"


def test_ri3_a_run_that_is_cut_off_has_made_whole_chunks_and_goes_on(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    for n in range(3):
        repeating(scene.customer, title=f"No. {n}", does=Does.ISSUE, price=100 + n)
    noted, calls = actions.note_made, []

    def killed(**given: Any) -> None:
        noted(**given)
        calls.append(1)
        if len(calls) == 2:
            raise KeyboardInterrupt

    monkeypatch.setattr(actions, "note_made", killed)
    with pytest.raises(KeyboardInterrupt):
        made(chunk=1)
    assert (RepeatInvoice.objects.count(), Document.objects.count()) == (1, 1)
    monkeypatch.undo()
    assert made(chunk=1) == 2
    assert (RepeatInvoice.objects.count(), Document.objects.count(), made()) == (3, 3, 0)


def test_ri3_a_run_asks_as_often_for_many_as_for_one(
    scene: Scene, django_assert_num_queries: Any, django_assert_max_num_queries: Any
) -> None:
    counts = []
    for many in (1, 1, 5):  # the first finds a book without documents
        for n in range(many):
            repeating(scene.customer, title=f"{len(counts)} {n}", does=Does.ISSUE, price=100 + 10 * len(counts) + n)
        with django_assert_max_num_queries(200) as asked:
            assert made() == many
        counts.append(len(asked))
    assert counts[1] == counts[2]
    with django_assert_num_queries(5):  # nothing is due: sellers, the question, what is to be sent, the savepoint
        assert made() == 0


def test_ri5_words_that_nothing_replaces_are_refused_when_they_are_typed(scene: Scene) -> None:
    for more in ({"lines": [line(name="{mnoth}")]}, {"head": {"notes": "{x}"}}, {"lines": [line(description="{y}")]}):
        with refused("repeat.unknown_word"):
            repeating(scene.customer, **more)
    with refused("repeat.no_title"):
        repeating(scene.customer, title=" ")
    with refused("repeat.no_lines"):
        actions.create_repeat(customer=scene.customer, agreed=_no_lines(), **HOW)
    with refused("line.bad_number"):
        repeating(scene.customer, lines=[line(price="1E12")])


def _no_lines() -> Any:
    return actions.Agreed(title="Nothing", lines=(), next_on=FIRST)


def test_ri6_it_is_drafted_for_somebody_to_look_at(scene: Scene) -> None:
    row = repeating(scene.customer, allowances=[AllowanceEntry("Treue", Decimal(10))])
    assert made() == 1
    draft = Draft.objects.get()
    assert (draft.shown_total_minor, draft.period_start_on, draft.keeps_lines) == (10710, FIRST, False)
    invoicing.set_lines(draft=draft, lines=[line("80")], **HOW)
    invoicing.discard_draft(draft=Draft.objects.get(), **HOW)
    assert made() == 0, "what is discarded is not made again"
    assert [each.is_gone for each in queries.made_of(row)] == [True]


def test_ri6_what_cannot_be_made_is_held_and_seen_and_stops_nobody_else(scene: Scene) -> None:
    held = repeating(scene.customer, does=Does.ISSUE)
    crm.archive_customer(customer=scene.customer, **HOW)
    with refused("repeat.customer_archived"):
        repeating(scene.customer)
    repeating(scene.person, does=Does.ISSUE)
    assert (made(), made()) == (1, 0)
    held.refresh_from_db()
    assert (held.held_code, held.next_on, held.made_count) == ("repeat.customer_archived", FIRST, 0)
    union = [row for part in queries.waiting(scene.owner) for row in part]
    assert [(row[0], row[1], row[2]) for row in union] == [("repeat_held", held.id, "Müller & Söhne")]
    actions.try_again(repeat=held, **HOW)
    assert made() == 0, "it is held again"
    crm.restore_customer(customer=scene.customer, **HOW)
    actions.try_again(repeat=held, **HOW)
    assert made() == 1
    with refused("repeat.not_held"):
        actions.try_again(repeat=held, **HOW)


def test_ri6_what_the_check_list_stops_is_a_held_draft(scene: Scene) -> None:
    row = repeating(scene.customer, lines=[line("0")], does=Does.SEND)
    assert made() == 1
    assert Draft.objects.get().held_for
    assert (RepeatInvoice.objects.get().sending, Mail.objects.count()) == ("", 0)
    assert [(each.is_draft, each.number) for each in queries.made_of(row)] == [(True, "")]


def test_ri6_it_is_issued_and_sent_once_and_what_cannot_be_sent_is_seen(scene: Scene) -> None:
    repeating(scene.customer, does=Does.SEND)
    silent = repeating(scene.person, does=Does.SEND)  # has no address
    assert made() == 2
    assert make_repeats.send_waiting(**HOW) == 0
    assert [each.to_address for each in Mail.objects.all()] == ["einkauf@mueller.example"]
    assert sorted(RepeatInvoice.objects.values_list("sending", flat=True)) == ["refused", "sent"]
    union = [row for part in queries.waiting(scene.owner) for row in part]
    assert [(row[0], row[1], row[4]) for row in union] == [("repeat_unsent", silent.id, 1)]
    assert queries.unsent_count(silent) == 1
    actions.settle_unsent(repeat=silent, **HOW)
    assert not [row for part in queries.waiting(scene.owner) for row in part]
    with refused("repeat.nothing_unsent"):
        actions.settle_unsent(repeat=silent, **HOW)


def test_ri7_a_change_counts_from_the_next_invoice_on_and_what_was_agreed_is_kept(scene: Scene) -> None:
    row = repeating(scene.customer, next_on=date(2026, 10, 31), does=Does.ISSUE)
    made(at=on(date(2026, 11, 10)))
    terms = queries.terms_for(Repeat.objects.get())
    same = queries.agreed_of(Repeat.objects.get(), terms)
    assert actions.change_repeat(repeat=row, agreed=same, **HOW).version == 1, "what says the same changes nothing"
    row.refresh_from_db()
    dearer = agreed(next_on=row.next_on, does=Does.ISSUE, price=120, head=dict(terms.head))
    assert actions.change_repeat(repeat=row, agreed=dearer, expected_version=1, **HOW).version == 2
    with refused("repeat.changed_meanwhile"):
        actions.change_repeat(repeat=row, agreed=dearer, expected_version=1, **HOW)
    made(at=on(date(2026, 12, 31)))
    assert [(each[0].day, each[2]) for each in papers(row)] == [(31, 11900), (30, 14280), (31, 14280)], "the 31st stays"
    assert [each.version for each in RepeatInvoice.objects.order_by("ordinal")] == [1, 2, 2]
    assert [each.anchor_on.day for each in RepeatVersion.objects.order_by("version")] == [31, 31]
    row.refresh_from_db()
    with refused("repeat.made_already"):
        actions.change_repeat(repeat=row, agreed=agreed(next_on=date(2026, 12, 31)), **HOW)
    actions.change_repeat(repeat=row, agreed=agreed(next_on=date(2027, 1, 15), does=Does.ISSUE), **HOW)
    made(at=on(date(2027, 2, 15)))
    assert [each[0] for each in papers(row)][3:] == [date(2027, 1, 15), date(2027, 2, 15)]
    assert Fact.objects.filter(kind="repeat_changed").count() == 2


def test_ri7_a_pause_makes_nothing_and_is_not_made_up(scene: Scene) -> None:
    row = repeating(scene.customer, next_on=date(2026, 12, 1), most_invoices=3, does=Does.ISSUE)
    made(at=on(date(2026, 12, 1)))
    actions.pause_repeat(repeat=row, actor=SYSTEM, at=on(date(2026, 12, 15)))
    assert made(at=on(date(2027, 2, 10))) == 0
    actions.resume_repeat(repeat=row, actor=SYSTEM, at=on(date(2027, 2, 10)))
    made(at=on(date(2027, 6, 1)))
    assert [each[0].isoformat() for each in papers(row)] == ["2026-12-01", "2027-03-01", "2027-04-01"]


def test_ri8_what_comes_is_foreseen_to_the_cent(scene: Scene) -> None:
    row = repeating(scene.customer, lines=[line("33.33", "3")], does=Does.ISSUE, most_invoices=14)
    row = queries.repeat_for(scene.owner, row.id) or row
    coming = queries.coming_of(row, queries.terms_for(row))
    assert len(coming) == 12
    made(at=on(coming[-1].due_on))
    assert [(each.due_on, each.total_minor) for each in coming] == [(each[0], each[2]) for each in papers(row)]


def test_an_invoice_or_draft_is_the_source_of_what_repeats(scene: Scene) -> None:
    off = [AllowanceEntry("Treue", Decimal(10)), AllowanceEntry("Fracht", amount_minor=500, is_charge=True)]
    draft = scene.draft(line("100", "2", rate_class="reduced"), line("7"), notes="Danke")
    invoicing.set_allowances(draft=draft, allowances=off, **HOW)
    first = queries.source_for(scene.owner, draft.id)
    document = scene.issued(line("100", "2", rate_class="reduced"), line("7"), notes="Danke")
    second = queries.source_for(scene.owner, document.id)
    assert first is not None
    assert second is not None
    assert [each.percent for each in first.allowances] == [Decimal(10), None]
    assert first.head["notes"] == second.head["notes"] == "Danke"
    row = actions.create_repeat(
        customer=scene.customer, source_id=document.id, **HOW,
        agreed=agreed(lines=second.lines, head=second.head, allowances=second.allowances, does=Does.ISSUE),
    )  # fmt: skip
    made(at=on(FIRST))
    issued = Document.objects.get(id=RepeatInvoice.objects.get(repeat=row).document_id)
    assert (issued.payable_minor, issued.tax_minor) == (document.payable_minor, document.tax_minor)


def test_ri9_what_recurs_a_month_knows_nothing_of_it(scene: Scene) -> None:
    repeating(scene.customer, does=Does.ISSUE)
    made()
    assert not RecurringMovement.objects.exists()
