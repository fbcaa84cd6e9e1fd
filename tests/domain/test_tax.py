"""The decision table of tax (T-1), rates by place and day (T-5, T-6), territories (T-7)."""

from datetime import date
from decimal import Decimal

import pytest

from conto.domain.tax import (
    BuyerTax,
    Exemption,
    Rate,
    RateClass,
    SellerTax,
    SupplyKind,
    TaxCategory,
    TaxTreatment,
    combined,
    decide,
    rate_for,
    reason_texts,
    territory,
)
from tests.domain.documents import D
from tests.domain.refusals import refused

GOODS, SERVICES, DIGITAL = SupplyKind
STANDARD, REDUCED = RateClass.STANDARD, RateClass.REDUCED
DAY = date(2027, 3, 1)
LONG_AGO = date(2016, 1, 1)


def rate(country: str, percent: str, region: str = "", rate_class: RateClass = STANDARD, *days: date) -> Rate:
    return Rate(country, region, rate_class, D(percent), days[0] if days else LONG_AGO, days[1] if days[1:] else None)


RATES = (
    rate("DE", "19"),
    rate("DE", "7", "", REDUCED),
    rate("FR", "20"),
    rate("AT", "20"),
    rate("GB", "20"),
    rate("CH", "8.1"),
    rate("ES", "21"),
    rate("ES", "7", "CN"),
    rate("US", "4", "NY"),
    rate("US", "4.5", "NY/Kings"),
    rate("US", "0.375", "NY/Kings/New York"),
    rate("US", "0", "OR"),
)

GERMAN = SellerTax("DE")
FRENCH_FIRM = BuyerTax("FR", is_business=True, vat_number="FR40303265045", vat_number_is_valid=True)
FRENCH_PERSON = BuyerTax("FR")

CASES = [
    # (rule, seller, buyer, supply, rate class, category, rate, code, country of the tax)
    ("T-1.4", GERMAN, BuyerTax("DE"), SERVICES, STANDARD, "S", "19", None, "DE"),
    ("T-1.4", GERMAN, BuyerTax("DE"), GOODS, REDUCED, "S", "7", None, "DE"),
    ("T-1.4", GERMAN, BuyerTax("DE"), GOODS, RateClass.ZERO, "Z", "0", None, "DE"),
    ("T-1.3", GERMAN, BuyerTax("DE"), SERVICES, RateClass.EXEMPT, "E", "0", None, "DE"),
    ("T-1.6", GERMAN, FRENCH_FIRM, GOODS, STANDARD, "K", "0", "VATEX-EU-IC", "DE"),
    ("T-1.7", GERMAN, FRENCH_FIRM, SERVICES, STANDARD, "AE", "0", "VATEX-EU-AE", "FR"),
    ("T-1.7", GERMAN, FRENCH_FIRM, DIGITAL, STANDARD, "AE", "0", "VATEX-EU-AE", "FR"),
    ("T-1.8", GERMAN, FRENCH_PERSON, SERVICES, STANDARD, "S", "19", None, "DE"),
    ("T-1.9", SellerTax("DE", uses_oss=True), FRENCH_PERSON, GOODS, STANDARD, "S", "20", None, "FR"),
    ("T-1.9", SellerTax("DE", uses_oss=True), FRENCH_PERSON, DIGITAL, STANDARD, "S", "20", None, "FR"),
    ("T-1.9", SellerTax("DE", registered_in=frozenset({"FR"})), FRENCH_PERSON, GOODS, STANDARD, "S", "20", None, "FR"),
    ("T-1.10", GERMAN, FRENCH_PERSON, DIGITAL, STANDARD, "S", "19", None, "DE"),
    ("T-1.11", GERMAN, BuyerTax("US"), GOODS, STANDARD, "G", "0", "VATEX-EU-G", "DE"),
    ("T-1.11", GERMAN, BuyerTax("GB"), GOODS, STANDARD, "G", "0", "VATEX-EU-G", "DE"),
    ("T-1.11", GERMAN, BuyerTax("ES", "CN"), GOODS, STANDARD, "G", "0", "VATEX-EU-G", "DE"),
    ("T-1.12", GERMAN, BuyerTax("CH", is_business=True), SERVICES, STANDARD, "O", "0", "VATEX-EU-O", "CH"),
    ("T-1.12", GERMAN, BuyerTax("CH"), DIGITAL, STANDARD, "O", "0", "VATEX-EU-O", "CH"),
    ("T-1.13", GERMAN, BuyerTax("CH"), SERVICES, STANDARD, "S", "19", None, "DE"),
    # Northern Ireland belongs to the Union for goods, to Britain for services
    (
        "T-1.6",
        GERMAN,
        BuyerTax("GB", "NIR", is_business=True, vat_number="XI980780684", vat_number_is_valid=True),
        GOODS,
        STANDARD,
        "K",
        "0",
        "VATEX-EU-IC",
        "DE",
    ),
    ("T-1.12", GERMAN, BuyerTax("GB", "NIR", is_business=True), SERVICES, STANDARD, "O", "0", "VATEX-EU-O", "GB"),
    ("T-1.6", SellerTax("GB", "NIR"), FRENCH_FIRM, GOODS, STANDARD, "K", "0", "VATEX-EU-IC", "GB"),
    ("T-1.4", SellerTax("GB"), BuyerTax("GB", "NIR"), GOODS, STANDARD, "S", "20", None, "GB"),
    ("T-1.4", SellerTax("GB"), BuyerTax("GB"), SERVICES, STANDARD, "S", "20", None, "GB"),
    ("T-1.11", SellerTax("GB"), FRENCH_FIRM, GOODS, STANDARD, "G", "0", None, "GB"),
    ("T-1.4", SellerTax("CH"), BuyerTax("CH"), SERVICES, STANDARD, "S", "8.1", None, "CH"),
    ("T-1.4", SellerTax("CH"), BuyerTax("LI"), SERVICES, STANDARD, "S", "8.1", None, "CH"),
    ("T-1.4", SellerTax("FR"), BuyerTax("MC"), SERVICES, STANDARD, "S", "20", None, "FR"),
    # small businesses, sellers outside the tax, the Canary Islands
    ("T-1.2", SellerTax("DE", is_small_business=True), BuyerTax("DE"), SERVICES, STANDARD, "E", "0", None, "DE"),
    (
        "T-1.2",
        SellerTax("FR", is_small_business=True),
        BuyerTax("FR"),
        SERVICES,
        STANDARD,
        "E",
        "0",
        "VATEX-FR-FRANCHISE",
        "FR",
    ),
    ("T-1.7", SellerTax("DE", is_small_business=True), FRENCH_FIRM, SERVICES, STANDARD, "AE", "0", "VATEX-EU-AE", "FR"),
    ("T-1.1", SellerTax("DE", is_registered=False), BuyerTax("DE"), SERVICES, STANDARD, "O", "0", "VATEX-EU-O", "DE"),
    ("T-1.4", SellerTax("ES", "CN"), BuyerTax("ES", "CN"), GOODS, STANDARD, "L", "7", None, "ES"),
    ("T-1.11", SellerTax("ES"), BuyerTax("ES", "CN"), GOODS, STANDARD, "G", "0", "VATEX-EU-G", "ES"),
    # the United States
    ("T-1.17", SellerTax("US", "NY"), BuyerTax("US", "NY/Kings/New York"), GOODS, STANDARD, "S", "8.875", None, "US"),
    ("T-1.17", SellerTax("US", "NY"), BuyerTax("US", "NY"), GOODS, STANDARD, "S", "4", None, "US"),
    ("T-1.17", SellerTax("US", "OR"), BuyerTax("US", "OR"), GOODS, STANDARD, "Z", "0", None, "US"),
    ("T-1.16", SellerTax("US", "NY"), BuyerTax("US", "OR"), GOODS, STANDARD, "O", "0", None, "US"),
    (
        "T-1.17",
        SellerTax("US", "OR", registered_in=frozenset({"US-NY"})),
        BuyerTax("US", "NY"),
        GOODS,
        STANDARD,
        "S",
        "4",
        None,
        "US",
    ),
    ("T-1.15", SellerTax("US", "NY"), BuyerTax("US", "NY", is_exempt=True), GOODS, STANDARD, "E", "0", None, "US"),
    ("T-1.14", SellerTax("US", "NY"), BuyerTax("DE"), GOODS, STANDARD, "O", "0", None, "DE"),
]


@pytest.mark.parametrize("case", CASES, ids=lambda c: f"{c[0]}-{c[1].country}-{c[2].country}-{c[3]}-{c[5]}")
def test_t1_the_table_decides(case: tuple[str, SellerTax, BuyerTax, SupplyKind, RateClass, str, str, str, str]) -> None:
    rule, seller, buyer, supply, rate_class, category, percent, code, country = case
    found = decide(seller, buyer, supply, rate_class, RATES, DAY)
    assert (found.rule, found.category, found.rate, found.exemption_code, found.country) == (
        rule,
        category,
        D(percent),
        code,
        country,
    )
    assert bool(found.reason) == (category in {"E", "AE", "K", "G", "O"})


def test_t1_every_row_of_the_table_is_tried() -> None:
    tried = {case[0] for case in CASES} | {"T-1.5"}  # T-1.5 has its own test
    assert tried == {f"T-1.{i}" for i in range(1, 18)}


@pytest.mark.parametrize(
    "buyer",
    [
        BuyerTax("FR", is_business=True, vat_number="FR40303265045", vat_number_is_valid=False),
        BuyerTax("FR", is_business=True, vat_number="", vat_number_is_valid=True),
        BuyerTax("FR", is_business=False, vat_number="FR40303265045", vat_number_is_valid=True),
    ],
)
@pytest.mark.parametrize("supply", list(SupplyKind))
def test_t1_without_a_validated_number_of_a_business_vat_is_charged(buyer: BuyerTax, supply: SupplyKind) -> None:
    assert decide(GERMAN, buyer, supply, STANDARD, RATES, DAY).category is TaxCategory.S


def test_t1_a_domestic_business_owes_the_tax_of_supplies_that_the_law_names() -> None:
    firm = BuyerTax("DE", is_business=True)
    found = decide(GERMAN, firm, SERVICES, STANDARD, RATES, DAY, is_reverse_charged=True)
    assert (found.rule, found.category) == ("T-1.5", TaxCategory.AE)
    person = decide(GERMAN, BuyerTax("DE"), SERVICES, STANDARD, RATES, DAY, is_reverse_charged=True)
    assert person.category is TaxCategory.S


def test_t1_an_exempt_item_says_why() -> None:
    medical = Exemption("Medical care", "VATEX-EU-132-1C")
    found = decide(GERMAN, BuyerTax("DE"), SERVICES, RateClass.EXEMPT, RATES, DAY, exemption=medical)
    assert (found.reason, found.exemption_code) == ("Medical care", "VATEX-EU-132-1C")


def test_t1_a_small_business_uses_the_words_of_its_law() -> None:
    german = decide(SellerTax("DE", is_small_business=True), BuyerTax("DE"), SERVICES, STANDARD, (), DAY)
    assert "§ 19 UStG" in (german.reason or "")
    polish = decide(SellerTax("PL", is_small_business=True), BuyerTax("PL"), SERVICES, STANDARD, (), DAY)
    assert polish.reason in reason_texts()


@pytest.mark.parametrize(
    ("category", "percent"), [("AE", "19"), ("K", "1"), ("E", "7"), ("O", "1"), ("Z", "1"), ("G", "1")]
)
def test_t1_only_taxed_categories_have_a_rate(category: str, percent: str) -> None:
    with refused("tax.rate_not_allowed"):
        TaxTreatment(TaxCategory(category), D(percent))


def test_t1_a_standard_rate_lies_above_zero_and_no_rate_above_100() -> None:
    with refused("tax.standard_needs_rate"):
        TaxTreatment(TaxCategory.S, D(0))
    with refused("tax.rate_out_of_range"):
        TaxTreatment(TaxCategory.S, D(101))


@pytest.mark.parametrize(
    ("day", "percent"),
    [(date(2020, 6, 30), "19"), (date(2020, 7, 1), "16"), (date(2020, 12, 31), "16"), (date(2021, 1, 1), "19")],
)
def test_t5_a_rate_holds_up_to_the_day_before_the_next(day: date, percent: str) -> None:
    dated = (
        rate("DE", "19", "", STANDARD, LONG_AGO, date(2020, 7, 1)),
        rate("DE", "16", "", STANDARD, date(2020, 7, 1), date(2021, 1, 1)),
        rate("DE", "19", "", STANDARD, date(2021, 1, 1)),
    )
    assert rate_for(dated, "DE", "", STANDARD, day) == D(percent)


def test_t5_a_missing_rate_is_said_and_not_guessed() -> None:
    with refused("tax.no_rate"):
        rate_for(RATES, "FR", "", REDUCED, DAY)
    with refused("tax.no_rate"):
        rate_for(RATES, "DE", "", STANDARD, date(2015, 12, 31))
    with refused("tax.no_rate"):
        decide(SellerTax("US", "NV"), BuyerTax("US", "NV"), GOODS, STANDARD, RATES, DAY)
    with refused("tax.no_rate"):
        rate_for(RATES, "ES", "CE", STANDARD, DAY)  # the peninsula's 21 % does not reach Ceuta


def test_t5_the_nearest_place_wins_and_then_the_newer_rate() -> None:
    table = (rate("DE", "19"), rate("DE", "10", "X"), rate("DE", "11", "X", STANDARD, date(2027, 1, 1)))
    for rates in (table, table[::-1]):
        assert rate_for(rates, "DE", "X", STANDARD, DAY) == D(11)
        assert rate_for(rates, "DE", "X/Y", STANDARD, date(2026, 12, 31)) == D(10)
        assert rate_for(rates, "DE", "Y", STANDARD, DAY) == D(19)


def test_t5_a_rate_that_ended_is_no_rate_on_its_end_day() -> None:
    ended = (rate("DE", "16", "", STANDARD, date(2020, 7, 1), date(2021, 1, 1)),)
    assert rate_for(ended, "DE", "", STANDARD, date(2020, 12, 31)) == D(16)
    with refused("tax.no_rate"):
        rate_for(ended, "DE", "", STANDARD, date(2021, 1, 1))


def test_t6_levels_add_up_and_a_newer_rate_of_a_level_replaces_the_older() -> None:
    newer = (*RATES, rate("US", "4.25", "NY", STANDARD, date(2027, 1, 1)))
    assert combined(newer, "US", "NY/Kings/New York", STANDARD, DAY) == D("9.125")
    assert combined(RATES, "US", "NY/Queens", STANDARD, DAY) == D(4)
    assert combined(RATES, "US", "NYX", RateClass.ZERO, DAY) == Decimal(0)
    with refused("tax.no_rate"):
        combined(RATES, "US", "NYX", STANDARD, DAY)


@pytest.mark.parametrize(
    ("country", "postcode", "place"),
    [
        ("ES", "35001", ("ES", "CN")),
        ("ES", "38001", ("ES", "CN")),
        ("ES", "51001", ("ES", "CE")),
        ("ES", "28001", ("ES", "")),
        ("GB", "BT1 1AA", ("GB", "NIR")),
        ("GB", "IM1 1AA", ("IM", "")),
        ("GB", "B1 1AA", ("GB", "")),
        ("FR", "98000", ("MC", "")),
        ("FR", "97110", ("GP", "")),
        ("DE", "78266", ("CH", "")),
        ("DE", "10115", ("DE", "")),
        ("FI", "22100", ("AX", "")),
    ],
)
def test_t7_islands_and_enclaves_are_places_of_their_own(country: str, postcode: str, place: tuple[str, str]) -> None:
    assert territory(country, postcode) == place
