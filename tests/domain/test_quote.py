"""Quotes: their life, what counts, what has to be approved, and what they bill."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conto.domain import contract, quote
from conto.domain.canonical import read_back
from conto.domain.contract import Renewal
from conto.domain.document import Party, PostalAddress
from conto.domain.errors import Conflict
from conto.domain.invoice import DocumentInput, LineInput, PriceMode, compute
from conto.domain.quote import BillingRule, ChoiceKind, ContractOffer, Milestone, QuoteContent, QuoteLine, QuoteState
from tests.domain.documents import S7, S19, D, percents, prices, quantities
from tests.domain.refusals import refused

TODAY = date(2026, 11, 22)


def line(position: int, price: str = "100", quantity: str = "1", **more: Any) -> QuoteLine:
    return QuoteLine(position, f"Item {position}", D(quantity), D(price), more.pop("tax", S19), **more)


def content(*lines: QuoteLine, **more: Any) -> QuoteContent:
    party = Party("Anna", PostalAddress("DE"))
    known: dict[str, Any] = {"price_mode": PriceMode.NET, "valid_until": TODAY} | more
    return QuoteContent(
        "Q-2026-00007", 1, "EUR", language="de", offered_on=TODAY, seller=party, buyer=party, lines=lines, **known
    )


_CODES = {
    QuoteState.DRAFT: "not_sent",
    QuoteState.SENT: "sent_stays",
    QuoteState.ACCEPTED: "already_accepted",
    QuoteState.DECLINED: "declined",
    QuoteState.WITHDRAWN: "withdrawn",
    QuoteState.SUPERSEDED: "superseded",
    QuoteState.EXPIRED: "expired",
}
WORKSHOP = content(
    line(1, "1000"),
    line(2, "20", kind=ChoiceKind.CHOICE, choice_group="Hosting", is_chosen=True),
    line(3, "50", kind=ChoiceKind.CHOICE, choice_group="Hosting"),
    line(4, "300", kind=ChoiceKind.OPTIONAL, is_chosen=True),
)


@st.composite
def contents(draw: st.DrawFn) -> QuoteContent:
    """A quote of up to eight lines of any kind."""
    kinds = st.sampled_from(list(ChoiceKind))
    lines = []
    for position in range(1, draw(st.integers(1, 8)) + 1):
        kind = draw(kinds)
        lines.append(
            line(
                position,
                str(draw(prices)),
                str(draw(quantities)),
                tax=draw(st.sampled_from([S19, S7])),
                rate_class=draw(st.sampled_from(["standard", "reduced"])),
                allowance_percent=draw(percents),
                kind=kind,
                choice_group=draw(st.sampled_from("AB")) if kind is ChoiceKind.CHOICE else "",
                is_chosen=draw(st.booleans()),
            )
        )
    return content(
        *lines, discount_percent=draw(percents), price_mode=draw(st.sampled_from(list(PriceMode))),
    )  # fmt: skip


def test_q1_a_quote_holds_until_the_end_of_its_last_day() -> None:
    assert quote.state_on("sent", TODAY, TODAY) is QuoteState.SENT
    assert quote.state_on("sent", TODAY, TODAY + timedelta(days=1)) is QuoteState.EXPIRED
    assert quote.state_on("accepted", TODAY, TODAY + timedelta(days=400)) is QuoteState.ACCEPTED


@pytest.mark.parametrize(
    ("step", "allowed"),
    [
        (quote.allowed_to_change, {"draft"}),
        (quote.allowed_to_accept, {"sent"}),
        (quote.allowed_to_decline, {"sent", "expired"}),
        (quote.allowed_to_withdraw, {"sent", "expired"}),
        (quote.allowed_to_renew, {"sent", "expired", "declined", "withdrawn"}),
    ],
)
def test_q1_q2_each_step_is_allowed_from_its_states_only(step: Any, allowed: set[str]) -> None:
    for state in QuoteState:
        if state.value in allowed:
            step(state)
        else:
            with pytest.raises(Conflict, match=_CODES[state]):
                step(state)


def test_q3_the_default_choice_takes_marked_options_and_one_of_each_group() -> None:
    assert quote.default_choice(WORKSHOP.lines) == {2, 4}
    assert quote.compute_quote(WORKSHOP).totals.net_minor == 132000
    assert quote.compute_quote(WORKSHOP, {3}).totals.net_minor == 105000


@given(contents())
def test_q3_the_default_choice_is_always_a_good_one(some: QuoteContent) -> None:
    quote.check_choice(some.lines, quote.default_choice(some.lines))


def test_q3_a_choice_of_two_of_a_group_of_none_or_of_a_fixed_line_is_refused() -> None:
    for chosen, code in (({2, 3}, "choose_one"), (set(), "choose_one"), ({1, 2}, "not_offered"), ({9}, "not_offered")):
        with refused(f"quote.{code}"):
            quote.check_choice(WORKSHOP.lines, chosen)


@given(contents(), st.sets(st.integers(1, 8)))
def test_q4_a_quote_comes_to_what_an_invoice_over_its_lines_would(some: QuoteContent, wanted: set[int]) -> None:
    chosen = quote.asked_choice(some.lines, wanted)
    plain = replace(some, discount_percent=D(0))
    lines = quote.counting(plain.lines, chosen)
    invoice = compute(
        DocumentInput(
            "EUR",
            plain.price_mode,
            tuple(
                LineInput(n.position, n.name, n.quantity, n.unit_price, n.tax, allowance_percent=n.allowance_percent)
                for n in lines
            ),
        )
    )
    assert quote.compute_quote(plain, chosen).totals == invoice.totals


@given(contents())
def test_q4_the_frozen_bytes_give_back_the_same_quote(some: QuoteContent) -> None:
    again = read_back(QuoteContent, some.to_canonical())
    assert again == some
    assert again.sha256() == some.sha256()
    assert quote.paper_of(again) == quote.paper_of(some)


def test_q4_paper_shows_what_does_not_count_and_leaves_it_out_of_the_totals() -> None:
    paper = quote.paper_of(WORKSHOP)
    assert [each.choice for each in paper.lines] == ["", "taken", "open", "taken"]
    assert [each.net_minor for each in paper.lines] == [100000, 2000, 5000, 30000]
    assert paper.totals.net_minor == 132000
    assert not paper.is_payable


@pytest.mark.parametrize(
    ("price", "asked", "off", "whole", "discount"),
    [
        ("100", "100", "10", "10", "19"),
        ("90", "100", "10", "10", "27.1"),
        ("90", None, "20", "0", "20"),
        ("120", "100", "0", "0", "0"),
    ],
)
def test_q5_the_deepest_discount_counts_all_discounts_together(
    price: str, asked: str | None, off: str, whole: str, discount: str
) -> None:
    some = content(
        line(1, price, allowance_percent=D(off), list_price=D(asked) if asked else None),
        line(2),
        discount_percent=D(whole),
    )
    assert quote.deepest_discount(some) == D(discount)
    assert quote.needs_approval(some, D(20)) is (D(discount) > 20)
    assert not quote.needs_approval(some, None)


def test_q6_what_stands_against_sending_is_listed() -> None:
    codes = {each.code for each in quote.findings_before_sending(content(), today=TODAY)}
    assert codes == {"quote.no_lines"}
    wrong = content(
        line(1, "-5"),
        line(2, kind=ChoiceKind.CHOICE, choice_group="A"),
        line(3, allowance_percent=D(50)),
        billing_rule=BillingRule.MILESTONES,
        milestones=(Milestone("Start", D(40)),),
        valid_until=TODAY - timedelta(days=1),
    )
    codes = {each.code for each in quote.findings_before_sending(wrong, today=TODAY, limit_percent=D(20))}
    assert codes == {
        "check.negative_price",
        "quote.group_of_one",
        "quote.milestones_sum",
        "quote.valid_in_the_past",
        "quote.needs_approval",
    }
    assert not quote.findings_before_sending(WORKSHOP, today=TODAY, limit_percent=D(20))
    deep = content(line(1, allowance_percent=D(50)))
    assert not quote.findings_before_sending(deep, today=TODAY, limit_percent=D(20), is_approved=True)


def test_q8_a_signature_is_strokes_of_a_pen_or_a_typed_name() -> None:
    quote.check_signature("drawn", "M10 20L30 40L50 20M80 80L90 90", "Anna")
    quote.check_signature("typed", "Anna Sommer", "Anna Sommer")
    for kind, signature in (
        ("drawn", "<svg onload=alert(1)>"),
        ("drawn", "M10 20"),
        ("drawn", "M10 20" + "L1 1" * 9000),
        ("typed", "Anna\n"),
        ("picture", "M10 20L30 40"),
    ):
        with refused("quote.bad_signature"):
            quote.check_signature(kind, signature, "Anna")
    with refused("quote.no_name"):
        quote.check_signature("typed", "Anna", " ")
    with refused("quote.no_signature"):
        quote.check_signature("drawn", "", "Anna")


def test_q9_each_rule_makes_its_invoices() -> None:
    (full,) = quote.bills(WORKSHOP, {3})
    assert [each.position for each in full.lines] == [1, 3]
    assert not full.waits
    deposit, rest = quote.bills(replace(WORKSHOP, billing_rule=BillingRule.DEPOSIT, deposit_percent=D(30)), {2})
    assert (deposit.kind, deposit.percent, deposit.waits) == ("deposit", D(30), False)
    assert (rest.kind, rest.waits) == ("whole", True)
    (later,) = quote.bills(replace(WORKSHOP, billing_rule=BillingRule.ON_DELIVERY), {2})
    assert later.waits
    steps = tuple(Milestone(name, D(part)) for name, part in (("A", 33), ("B", 33), ("C", 34)))
    parts = quote.bills(content(line(1, "100.01"), billing_rule=BillingRule.MILESTONES, milestones=steps), ())
    assert [part.parts[0].amount_minor for part in parts] == [3300, 3300, 3401]
    assert [part.waits for part in parts] == [False, True, True]


@given(contents(), st.lists(st.integers(1, 60), min_size=1, max_size=5))
def test_q9_milestones_sum_to_the_quote(some: QuoteContent, weights: list[int]) -> None:
    whole = sum(weights)
    steps = tuple(Milestone(f"Step {n}", Decimal(each) * 100 / whole) for n, each in enumerate(weights))
    with_steps = replace(some, billing_rule=BillingRule.MILESTONES, milestones=steps)
    chosen = quote.default_choice(some.lines)
    parts = quote.bills(with_steps, chosen)
    billed = sum(part.amount_minor for bill in parts for part in bill.parts)
    totals = quote.compute_quote(some, chosen).totals
    wanted = totals.net_minor if some.price_mode is PriceMode.NET else totals.gross_minor
    assert billed == wanted + (0 if some.price_mode is PriceMode.NET else totals.rounding_minor)


@pytest.mark.parametrize(
    ("offer", "accepted", "ends", "renews"),
    [
        (ContractOffer(None, 12, Renewal.AUTO, 0, 30), date(2026, 11, 23), None, date(2027, 11, 23)),
        (ContractOffer(date(2027, 1, 1), 24), date(2026, 11, 23), date(2028, 12, 31), None),
        (ContractOffer(notice_days=14), date(2026, 11, 23), None, None),
        (ContractOffer(date(2027, 1, 1), 12, Renewal.ASK, 6), date(2027, 1, 5), date(2027, 12, 31), date(2028, 1, 1)),
    ],
)
def test_g6_the_terms_of_the_contract_follow_from_the_quote_and_the_day(
    offer: ContractOffer, accepted: date, ends: date | None, renews: date | None
) -> None:
    terms = quote.terms_on(offer, accepted)
    assert terms.starts_on == (offer.starts_on or accepted)
    assert (contract.last_day(terms), contract.next_renewal(terms, accepted)) == (ends, renews)
    assert quote.read_offer(quote.written_offer(offer)) == offer
    assert read_back(QuoteContent, content(line(1), contract=offer).to_canonical()).contract == offer


@pytest.mark.parametrize(
    ("price", "off", "whole", "agreed"),
    [("100", "10", "5", ("100", "14.5")), ("49.90", "2.5", "3.333", ("48.236833", "2.5")), ("9", "0", "0", ("9", "0"))],
)
def test_g6_the_discount_on_the_whole_becomes_part_of_each_agreed_price(
    price: str, off: str, whole: str, agreed: tuple[str, str]
) -> None:
    lines = (line(1, price, allowance_percent=D(off)), line(2, price, kind=ChoiceKind.OPTIONAL))
    (one,) = quote.agreed_prices(content(*lines, discount_percent=D(whole)), ())
    assert (one.unit_price, one.allowance_percent) == (D(agreed[0]), D(agreed[1]))


def test_g6_the_same_line_twice_agrees_one_price() -> None:
    twice = replace(line(1), name="Day"), replace(line(2), name="Day"), replace(line(3, "90"), name="Day")
    assert [each.unit_price for each in quote.agreed_prices(content(*twice), ())] == [D(100), D(90)]
