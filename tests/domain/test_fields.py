"""Fields of one's own: what they hold, read alike wherever it comes from; formulas; what is refused and how."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conto.domain.errors import Conflict, EntryRefused, RuleBroken
from conto.domain.fields import (
    Amount,
    FieldKind,
    FieldRule,
    checked_definition,
    checked_values,
    demand_edited,
    is_edited,
    is_more_open,
    is_seen,
    key_of,
    made_of,
    parse,
    plain_text,
    read,
    read_text,
    rights_needed,
    same_or_meanwhile,
    uses_money,
    with_normal_rights,
)
from conto.domain.fields import formula as language
from conto.domain.fields.definition import demand_unused, type_of
from conto.domain.permissions import Permission, Role

TODAY = date(2026, 11, 20)


def field(key: str, kind: FieldKind, **more: Any) -> FieldRule:
    return FieldRule(key=key, label=more.pop("label", key.capitalize()), kind=kind, **more)


VISITS = field("visits", FieldKind.NUMBER)
BUDGET = field("budget", FieldKind.MONEY)
SINCE = field("since", FieldKind.DATE)
SECTOR = field("sector", FieldKind.CHOICE, choices=("Trade", "Craft", "Öffentlich"))
LIKES = field("likes", FieldKind.MANY, choices=("Wood", "Steel", "Glass"))
SITE = field("site", FieldKind.LINK)
MOTTO = field("motto", FieldKind.TEXT)
ENTERED = (VISITS, BUDGET, SINCE, SECTOR, LIKES, SITE, MOTTO)


def formula_field(text: str, key: str = "made") -> FieldRule:
    return field(key, FieldKind.FORMULA, formula=text)


def refusal(*args: Any, **more: Any) -> RuleBroken:
    with pytest.raises(RuleBroken) as told:
        read(*args, **{"currency": "EUR", **more})
    return told.value


NUMBERS = st.decimals(
    min_value=Decimal(-999999999), max_value=Decimal(999999999), places=6, allow_nan=False, allow_infinity=False
)
DAYS = st.dates(min_value=date(1900, 1, 1), max_value=date(2199, 12, 31))
WORDS = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc", "Zl", "Zp")), max_size=60)


@given(NUMBERS)
def test_o3_a_number_comes_back_from_its_text_whatever_was_written(number: Decimal) -> None:
    kept = read(VISITS, number, currency="EUR")
    assert Decimal(kept) == number
    assert read(VISITS, kept, currency="EUR") == kept
    assert read_text(VISITS, plain_text(kept), currency="EUR", decimal_symbol=".") == kept
    assert read_text(VISITS, kept.replace(".", ","), currency="EUR", decimal_symbol=",") == kept


@given(st.integers(-(10**12), 10**12), st.sampled_from(["EUR", "JPY", "KWD", "USD"]))
def test_o3_an_amount_comes_back_from_its_text_to_the_last_minor_unit(minor: int, currency: str) -> None:
    kept = read(BUDGET, {"amount_minor": minor, "currency": currency}, currency="EUR")
    assert read_text(BUDGET, plain_text(kept), currency="CHF") == kept
    assert read(BUDGET, plain_text(kept), currency="CHF") == kept


@given(DAYS)
def test_o3_a_day_comes_back_from_its_text_and_from_the_ways_people_write_it(day: date) -> None:
    kept = read(SINCE, day, currency="EUR")
    written = (kept, f"{day.day}.{day.month}.{day.year}", f"{day.day:02}/{day.month:02}/{day.year}")
    assert {read_text(SINCE, text, currency="EUR") for text in written} == {kept}


@given(st.lists(st.sampled_from(LIKES.choices)))
def test_o3_several_choices_come_back_in_the_order_of_the_field(chosen: list[str]) -> None:
    kept = read(LIKES, chosen, currency="EUR")
    assert kept == ([each for each in LIKES.choices if each in chosen] or None)
    assert read_text(LIKES, plain_text(kept), currency="EUR") == kept


@given(WORDS)
def test_o3_a_text_is_kept_without_needless_spaces_and_read_again_is_the_same(text: str) -> None:
    kept = read(MOTTO, text, currency="EUR")
    assert kept is None or (kept == " ".join(text.split()) and read(MOTTO, kept, currency="EUR") == kept)


@given(st.sampled_from(ENTERED), st.one_of(WORDS, st.integers(), st.booleans(), st.lists(WORDS), st.floats()))
def test_o3_whatever_is_given_is_kept_in_its_form_or_refused_with_the_label(rule: FieldRule, value: Any) -> None:
    kept, broken = _tried(lambda: read(rule, value, currency="EUR"))
    if broken is None:
        assert kept is None or read(rule, kept, currency="EUR") == kept
    else:
        assert "%(label)s" in broken.message or broken.code.startswith("money.")
        assert broken.message % broken.params


def _tried(attempt: Any) -> tuple[Any, RuleBroken | None]:
    try:
        return attempt(), None
    except RuleBroken as broken:
        return None, broken


@pytest.mark.parametrize(
    ("rule", "value", "words"),
    [
        (VISITS, "many", "“Visits” takes a number, such as 12 or 2.5; “many” is none."),
        (BUDGET, "a lot", "“Budget” takes an amount, such as 1250.00 EUR; “a lot” is none."),
        (BUDGET, "1.5005 EUR", "“Budget”: EUR has 2 decimals."),
        (SINCE, "31.2.2026", "“Since” takes a day, such as 2026-11-22; “31.2.2026” is none."),
        (SECTOR, "Farming", "“Sector” does not offer “Farming”, only: Trade, Craft, Öffentlich."),
        (SITE, "javascript:alert(1)", "“Site” takes an address on the web; “javascript:alert(1)” is none."),
        (MOTTO, "x" * 501, "“Motto” takes at most 500 characters."),
    ],
)
def test_o3_the_words_of_a_refusal_are_the_same_for_pages_programs_and_files(
    rule: FieldRule, value: str, words: str
) -> None:
    of_programs = refusal(rule, value)
    assert of_programs.message % of_programs.params == words
    with pytest.raises(EntryRefused) as of_files:
        checked_values([rule], {rule.key: value}, currency="EUR", decimal_symbol=",")
    told = of_files.value.by_field[f"own.{rule.key}"]
    assert told.message % told.params == words


def test_o3_a_choice_is_found_however_it_is_written_and_a_link_gets_its_scheme() -> None:
    assert read(SECTOR, "offentlich", currency="EUR") == "Öffentlich"
    assert read(SITE, "kupfer.example/x?y=1", currency="EUR") == "https://kupfer.example/x?y=1"


def test_o6_what_is_required_is_asked_of_new_records_and_nobody_empties_it() -> None:
    needed = field("sector", FieldKind.CHOICE, choices=("Trade",), is_required=True)
    for given_, is_new in (({}, True), ({"sector": ""}, False)):
        with pytest.raises(EntryRefused) as told:
            checked_values([needed], given_, currency="EUR", is_new=is_new)
        assert told.value.by_field["own.sector"].code == "field.missing"
    assert checked_values([needed], {}, currency="EUR") == {}
    with pytest.raises(EntryRefused, match="unknown"):
        checked_values([needed], {"colour": "red"}, currency="EUR")


def test_o6_a_value_that_is_no_longer_offered_may_stay() -> None:
    assert checked_values([SECTOR], {"sector": "Old"}, currency="EUR", kept={"sector": "Old"}) == {"sector": "Old"}


def test_o7_what_somebody_did_not_touch_stays_and_two_changes_of_one_field_meet() -> None:
    seen = {"visits": "1", "motto": "a"}
    kept = {"visits": "2", "motto": "a"}
    fields = [VISITS, MOTTO]
    assert same_or_meanwhile(fields, kept, {"visits": "1", "motto": "b"}, seen) == {"motto": "b"}
    with pytest.raises(Conflict, match="Somebody else"):
        same_or_meanwhile(fields, kept, {"visits": "3"}, seen)
    assert same_or_meanwhile(fields, kept, {"visits": "2"}, seen) == {}
    assert same_or_meanwhile(fields, kept, {"visits": "3"}, None) == {"visits": "3"}


def test_o2_a_key_is_made_of_the_label_and_is_the_only_one() -> None:
    assert key_of("Größe der Werkstatt") == "grosse_der_werkstatt"
    assert key_of("Late rate") == "late_rate_2"
    assert key_of("Visits", ["visits", "visits_2"]) == "visits_3"
    assert key_of("2nd try").startswith("field_2nd")
    assert key_of("今日")


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        (field("sector", FieldKind.CHOICE), "field.no_choices"),
        (field("sector", FieldKind.MANY, choices=("a;b",)), "field.bad_choice"),
        (field("x", FieldKind.TEXT, label=" "), "entry.missing"),
        (field("late_rate", FieldKind.NUMBER), "field.bad_key"),
        (field("if", FieldKind.NUMBER), "field.bad_key"),
        (field("x", FieldKind.TEXT, label="visits"), "field.label_taken"),
        (formula_field("visits +"), "formula.unfinished"),
        (formula_field("visits + colour"), "formula.unknown_name"),
        (formula_field("visits + budget"), "formula.types"),
        (formula_field("visits ** 2"), "formula.unexpected"),
        (formula_field("__import__"), "formula.unknown_name"),
        (formula_field("min(visits)"), "formula.count"),
        (formula_field("(" * 31 + "1" + ")" * 31), "formula.too_deep"),
        (formula_field(""), "formula.empty"),
        (formula_field("likes"), "formula.many"),
        (formula_field("made + 1"), "formula.circle"),
    ],
)
def test_o1_o2_what_cannot_be_a_field_is_refused(wrong: FieldRule, code: str) -> None:
    with pytest.raises(RuleBroken) as told:
        checked_definition(wrong, others=ENTERED)
    assert told.value.code == code
    assert told.value.message % told.value.params if told.value.params else told.value.message


def test_o4_a_circle_over_several_formulas_is_refused_with_its_way() -> None:
    first, second = formula_field("b * 2", "a"), formula_field("a / 2", "b")
    with pytest.raises(RuleBroken) as told:
        checked_definition(second, others=[first])
    assert told.value.params["way"] == "B → A → B"


def test_o6_a_kind_with_values_stays_and_a_field_that_a_formula_uses_is_not_put_away() -> None:
    with pytest.raises(Conflict, match="has values"):
        checked_definition(field("visits", FieldKind.TEXT), others=[], before=VISITS, has_values=True)
    assert checked_definition(field("visits", FieldKind.TEXT), others=[], before=VISITS).kind is FieldKind.TEXT
    with pytest.raises(Conflict, match="uses this field"):
        demand_unused(VISITS, [VISITS, formula_field("visits * 2")])


MADE = [
    ("visits * 12", "30"),
    ("-visits + 10 / 4", "0"),
    ("1 / 3", "0.333333"),
    ("round(2.5)", "3"),
    ("round(-2.345, 2)", "-2.35"),
    ("budget / 3", {"amount_minor": 33333, "currency": "EUR"}),
    ("budget - open_balance", {"amount_minor": 75000, "currency": "EUR"}),
    ("budget / open_balance", "4"),
    ("if(visits > 2, budget, open_balance)", {"amount_minor": 100000, "currency": "EUR"}),
    ('if(sector = "Trade", 1, 2)', "1"),
    ("today - since", "19"),
    ("since + 30", "2026-12-01"),
    ("max(since, today)", "2026-11-20"),
    ("first(paid_12_months, budget)", {"amount_minor": 100000, "currency": "EUR"}),
    ("late_rate >= 0.5", "yes"),
    ("visits / (visits - 2.5)", None),
    ("paid_12_months * 2", None),
    ("budget * 1000000000000000", None),
    ("since + 99999999999", None),
]
VALUES = {
    "visits": "2.5", "budget": {"amount_minor": 100000, "currency": "EUR"}, "since": "2026-11-01", "sector": "Trade",
}  # fmt: skip
ROLL = {"open_balance": Amount(Decimal(250), "EUR"), "late_rate": Decimal("0.5"), "paid_12_months": None}


@pytest.mark.parametrize(("text", "expected"), MADE)
def test_o4_formulas_work_with_decimals_money_and_days(text: str, expected: Any) -> None:
    made = checked_definition(formula_field(text), others=ENTERED)
    assert made_of([*ENTERED, made], VALUES, ROLL, TODAY)["made"] == expected


def test_o4_amounts_of_two_currencies_have_no_sum() -> None:
    made = [*ENTERED, formula_field("budget + open_balance")]
    assert made_of(made, VALUES, {"open_balance": Amount(Decimal(1), "USD")}, TODAY) == {"made": None}


def test_o5_a_formula_that_uses_the_ledger_through_another_one_is_known() -> None:
    through = [formula_field("late_rate * 2", "a"), formula_field("a + 1", "b"), formula_field("visits", "c"), VISITS]
    assert [uses_money(each, through) for each in through] == [True, True, False, False]


SMALL = st.decimals(min_value=-1000, max_value=1000, places=3, allow_nan=False, allow_infinity=False)


def _trees() -> Any:
    leaf = SMALL.map(lambda number: (f"({number:f})" if number < 0 else f"{number:f}", number))

    def grown(parts: Any) -> Any:
        pair = st.tuples(st.sampled_from("+-*"), parts, parts)
        return pair.map(lambda drawn: (
            f"({drawn[1][0]} {drawn[0]} {drawn[2][0]})",
            {"+": drawn[1][1] + drawn[2][1], "-": drawn[1][1] - drawn[2][1], "*": drawn[1][1] * drawn[2][1]}[drawn[0]],
        ))  # fmt: skip

    return st.recursive(leaf, grown, max_leaves=5)


@given(_trees())
def test_o4_arithmetic_is_that_of_decimals(drawn: tuple[str, Decimal]) -> None:
    text, expected = drawn
    made = language.evaluate(parse(text), lambda _name: None, TODAY)
    assert made is None if abs(expected) >= 10**15 else made == expected


@given(st.text(alphabet='0123456789.+-*/()<>=!, abif"', max_size=80))
def test_o4_whatever_is_written_is_a_formula_or_refused_and_never_anything_else(text: str) -> None:
    tree, broken = _tried(lambda: parse(text))
    if broken is None:
        _type, broken = _tried(lambda: language.type_of(tree, lambda _name: "number"))
    if broken is None:
        language.evaluate(tree, lambda _name: Decimal(3), TODAY)
    else:
        assert broken.code.startswith("formula.")


def test_o4_what_a_formula_makes_is_known_before_it_is_used() -> None:
    fields = [*ENTERED, formula_field("today - since")]
    assert type_of(fields[-1], fields) == "number"
    assert made_of(fields, {"since": (TODAY - timedelta(days=3)).isoformat()}, {}, TODAY) == {"made": "3"}


def for_roles(key: str, *roles: Role, edited_by: frozenset[Role] | None = None, text: str = "") -> FieldRule:
    kind = FieldKind.FORMULA if text else FieldKind.NUMBER
    return field(key, kind, seen_by=frozenset(roles), edited_by=edited_by, formula=text)


def test_o10_a_field_is_seen_and_changed_by_the_roles_that_it_names_and_always_by_owner_and_admin() -> None:
    wage = for_roles("wage", Role.FINANCE, Role.AUDITOR, edited_by=frozenset({Role.FINANCE, Role.SALES}))
    fields = (VISITS, wage)
    assert {role for role in Role if is_seen(wage, fields, role)} == {
        Role.OWNER, Role.ADMIN, Role.FINANCE, Role.AUDITOR,
    }  # fmt: skip
    assert {role for role in Role if is_edited(wage, fields, role)} == {Role.OWNER, Role.ADMIN, Role.FINANCE}
    assert is_seen(wage, fields, None), "the house itself"
    assert all(is_seen(VISITS, fields, role) and is_edited(VISITS, fields, role) for role in Role)


def test_o10_all_roles_named_is_none_named_and_nobody_changes_what_a_formula_makes() -> None:
    everybody = frozenset(Role)
    made = with_normal_rights(field("x", FieldKind.TEXT, seen_by=everybody, edited_by=everybody - {Role.SALES}))
    assert made.seen_by is None
    assert made.edited_by == everybody - {Role.SALES, Role.OWNER, Role.ADMIN}
    formula = with_normal_rights(for_roles("y", Role.OWNER, text="1", edited_by=frozenset({Role.SALES})))
    assert (formula.seen_by, formula.edited_by) == (frozenset(), None)
    assert not is_edited(formula, (formula,), Role.OWNER)


def test_o10_what_is_not_seen_is_refused_as_if_it_were_not_there_and_what_is_only_read_in_other_words() -> None:
    fields = (VISITS, for_roles("wage"), for_roles("rank", Role.SALES, edited_by=frozenset()))
    with pytest.raises(EntryRefused) as told:
        demand_edited(("visits", "wage", "rank"), fields, Role.SALES)
    assert {key: broken.code for key, broken in told.value.by_field.items()} == {
        "own.wage": "field.unknown", "own.rank": "field.not_yours",
    }  # fmt: skip
    demand_edited(("visits", "wage", "rank"), fields, Role.ADMIN)
    demand_edited(("visits", "wage", "rank"), fields, None)


def test_o11_a_formula_shows_to_who_sees_all_of_it_or_to_whom_it_names() -> None:
    wage = for_roles("wage", Role.FINANCE)
    plain = formula_field("wage * 2", "plain")
    named = for_roles("named", Role.SALES, text="wage > 100")
    over = formula_field("if(named, visits, 0)", "over")
    fields = (VISITS, wage, plain, named, over)
    seen = {each.key: {role for role in Role if is_seen(each, fields, role)} for each in fields}
    always = {Role.OWNER, Role.ADMIN}
    assert seen["plain"] == always | {Role.FINANCE}
    assert seen["named"] == always | {Role.SALES}
    assert seen["over"] == always | {Role.SALES}
    circle = (formula_field("b", "a"), formula_field("a", "b"))
    assert is_seen(circle[0], circle, Role.SALES), "what leads back to itself has no value to hide"


def test_o8_a_value_does_not_go_where_more_roles_see_it() -> None:
    wage, open_wage = for_roles("wage", Role.FINANCE), field("wage", FieldKind.NUMBER)
    closer = for_roles("wage")
    assert is_more_open(open_wage, (open_wage,), wage, (wage,))
    assert not is_more_open(closer, (closer,), wage, (wage,))
    assert not is_more_open(wage, (wage,), wage, (wage,))


def test_o5_a_formula_asks_for_the_rights_of_all_that_it_sums() -> None:
    through = [formula_field("paid_12_months", "a"), formula_field("first(open_balance, a)", "b"), VISITS]
    needed = [rights_needed(each, through) for each in through]
    both = {Permission.INVOICE_VIEW, Permission.PAYMENT_VIEW}
    assert needed == [both, both, frozenset()]
