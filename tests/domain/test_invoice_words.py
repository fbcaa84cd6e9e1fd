"""Which words an invoice is sent with, and what is filled into them."""

from datetime import date, timedelta
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conto.domain.errors import RuleBroken
from conto.domain.invoice_words import PLACES, Occasion, PaidBefore, Words, check_words, filled, fitting, occasions

TODAY = date(2026, 11, 23)
ME = UUID(int=1)
DUE = date(2026, 10, 1)


def words(
    *, customer: UUID | None = None, tag: str = "", occasion: Occasion | None = None, language: str = "en"
) -> Words:
    return Words(uuid4(), "invoice", language, customer, tag, occasion, "A", "B")


Tags = tuple[str, ...]


def fits(*known: Words, now: tuple[Occasion, ...] = (Occasion.FIRST,), tags: Tags = ("vip",)) -> Words | None:
    return fitting(known, kind="invoice", language="en", customer_id=ME, tags=tags, now=now)


def paid(days_late: int) -> PaidBefore:
    return PaidBefore(DUE - timedelta(30), DUE, DUE + timedelta(days_late), is_open=False)


def unpaid(due_on: date) -> PaidBefore:
    return PaidBefore(due_on - timedelta(30), due_on, None, is_open=True)


def test_iw1_the_table_of_the_rule() -> None:
    always, first = words(), words(occasion=Occasion.FIRST)
    vip, own_late = words(tag="vip"), words(customer=ME, occasion=Occasion.LATE)
    assert fits(always, first) is first
    assert fits(always, first, vip) is vip
    assert fits(vip, own_late) is vip
    assert fits(vip, own_late, now=(Occasion.LATE, Occasion.FIRST)) is own_late
    assert fits(words(language="de")) is None
    assert fits(words(customer=UUID(int=2)), words(tag="other")) is None


def test_iw1_the_first_occasion_that_there_are_words_for_counts_and_the_first_tag() -> None:
    late, reliable = words(occasion=Occasion.LATE), words(occasion=Occasion.RELIABLE)
    assert fits(late, reliable, now=(Occasion.OVERDUE, Occasion.LATE, Occasion.RELIABLE)) is late
    gold, vip = words(tag="gold"), words(tag="vip")
    assert fits(vip, gold, tags=("vip", "gold")) is gold
    assert fitting([late], kind="credit_note", language="en", customer_id=ME, tags=(), now=tuple(Occasion)) is None


@given(st.permutations(range(6)))
def test_iw1_the_order_in_which_words_were_written_does_not_matter(order: list[int]) -> None:
    known = [
        words(), words(occasion=Occasion.FIRST), words(tag="vip"), words(tag="vip", occasion=Occasion.FIRST),
        words(customer=ME), words(customer=ME, occasion=Occasion.FIRST),
    ]  # fmt: skip
    assert fits(*[known[place] for place in order]) is known[5]


@pytest.mark.parametrize(
    ("before", "has_earlier", "expected"),
    [
        ([], False, (Occasion.FIRST,)),
        ([], True, (Occasion.RETURNING,)),
        ([paid(0)], True, ()),
        ([paid(0)] * 3, True, (Occasion.RELIABLE,)),
        ([paid(0)] * 2 + [paid(1)], True, (Occasion.LATE,)),
        ([unpaid(TODAY)] + [paid(-3)] * 3, True, (Occasion.RELIABLE,)),
        ([unpaid(TODAY - timedelta(1))] + [paid(0)] * 3, True, (Occasion.OVERDUE,)),
        ([unpaid(TODAY - timedelta(1)), paid(4)], True, (Occasion.OVERDUE, Occasion.LATE)),
        ([PaidBefore(TODAY - timedelta(366), DUE, None, is_open=False)], True, (Occasion.RETURNING,)),
        ([PaidBefore(TODAY - timedelta(365), DUE, None, is_open=False)], True, ()),
    ],
)
def test_iw2_what_happened_before(
    before: list[PaidBefore],
    *,
    has_earlier: bool,
    expected: tuple[Occasion, ...],
) -> None:
    assert occasions(before, has_earlier=has_earlier, on=TODAY) == expected


def test_iw2_late_is_who_was_late_with_what_was_paid_last() -> None:
    was_late_once = PaidBefore(DUE - timedelta(90), DUE - timedelta(60), DUE - timedelta(50), is_open=False)
    assert occasions([paid(0), was_late_once], has_earlier=True, on=TODAY) == ()


def test_iw3_places_are_filled_in_and_values_not_read_again() -> None:
    assert (
        filled("{number} for {customer}: {link}", {"number": "7", "customer": "{link}", "link": "x"})
        == "7 for {link}: x"
    )
    check_words(kind="invoice", subject="Yours", text=" ".join(f"{{{place}}}" for place in PLACES))


@pytest.mark.parametrize(
    ("subject", "text", "code"),
    [
        ("", "Text", "invoice_words.empty"),
        ("Subject", "", "invoice_words.empty"),
        ("Dear {name}", "Text", "invoice_words.unknown_place"),
        ("x" * 301, "Text", "entry.too_long"),
        ("Subject", "x" * 20_001, "entry.too_long"),
    ],
)
def test_iw3_what_cannot_be_sent_is_refused(subject: str, text: str, code: str) -> None:
    with pytest.raises(RuleBroken) as refused:
        check_words(kind="invoice", subject=subject, text=text)
    assert refused.value.code == code
