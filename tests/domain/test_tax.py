"""The decision table of tax (T-1), rates by place and day (T-5, T-6), territories (T-7)."""

from datetime import date
from decimal import Decimal

import pytest

from conto.domain.tax import (
    EU_COUNTRIES,
    NEEDS_REASON,
    TAXED,
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
    with refused("tax.rate_not_allowed", category=category):
        TaxTreatment(TaxCategory(category), D(percent))


def test_t1_a_standard_rate_lies_above_zero_and_no_rate_above_100() -> None:
    with refused("tax.standard_needs_rate"):
        TaxTreatment(TaxCategory.S, D(0))
    for percent in (D("100.01"), D(-1)):
        with refused("tax.rate_out_of_range", rate=percent):
            TaxTreatment(TaxCategory.S, percent)
    assert TaxTreatment(TaxCategory.S, D(100)).rate == 100


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
    with refused("tax.no_rate", rate_class="reduced", country="FR", day="2027-03-01"):
        rate_for(RATES, "FR", "", REDUCED, DAY)
    with refused("tax.no_rate", country="FR X"):
        rate_for(RATES, "FR", "X", REDUCED, DAY)
    with refused("tax.no_rate", country="US NV"):
        combined(RATES, "US", "NV", STANDARD, DAY)
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
        ("ES", "52001", ("ES", "CE")),
        ("GB", "JE2 3AB", ("JE", "")),
        ("GB", "GY1 1AA", ("GG", "")),
        ("gb", "BT1 1AA", ("gb", "")),
        ("GB", "bt1 1aa", ("GB", "NIR")),
        ("GB", "B T1 1AA", ("GB", "NIR")),
        ("FR", "97200", ("MQ", "")),
        ("FR", "97300", ("GF", "")),
        ("FR", "97400", ("RE", "")),
        ("FR", "97600", ("YT", "")),
        ("FR", "97500", ("FR", "")),
        ("DE", "27498", ("DE-HELGOLAND", "")),
        ("IT", "23041", ("IT-LIVIGNO", "")),
        ("GR", "63086", ("GR-ATHOS", "")),
        ("AT", "22100", ("AT", "")),
    ],
)
def test_t7_islands_and_enclaves_are_places_of_their_own(country: str, postcode: str, place: tuple[str, str]) -> None:
    assert territory(country, postcode) == place


REGIONAL = (rate("DE", "19"), rate("DE", "16", "X"), rate("FR", "20"), rate("FR", "13", "Y"))


def test_t1_the_rate_is_that_of_the_region_where_the_law_places_the_supply() -> None:
    here = SellerTax("DE", "X")
    there = BuyerTax("FR", "Y")
    for seller, buyer, supply, rule, percent in (
        (here, there, SERVICES, "T-1.8", 16),
        (SellerTax("DE", "X", uses_oss=True), there, GOODS, "T-1.9", 13),
        (here, there, GOODS, "T-1.10", 16),
        (here, BuyerTax("CH"), SERVICES, "T-1.13", 16),
        (here, BuyerTax("DE"), SERVICES, "T-1.4", 16),
    ):
        found = decide(seller, buyer, supply, STANDARD, REGIONAL, DAY)
        assert (found.rule, found.rate) == (rule, percent)


def test_t1_a_region_that_is_called_like_the_islands_of_spain_is_none_of_them() -> None:
    found = decide(SellerTax("DE", "CN"), BuyerTax("DE", "CN"), GOODS, STANDARD, RATES, DAY)
    assert found.category is TaxCategory.S
    ceuta = (rate("ES", "4", "CE"),)
    assert decide(SellerTax("ES", "CE"), BuyerTax("ES", "CE"), GOODS, STANDARD, ceuta, DAY).category is TaxCategory.M


def test_t1_a_domestic_supply_to_a_business_is_taxed_unless_the_law_names_it() -> None:
    assert decide(GERMAN, BuyerTax("DE", is_business=True), SERVICES, STANDARD, RATES, DAY).rule == "T-1.4"


@pytest.mark.parametrize(
    ("country", "region", "code"),
    [("GB", "NIR", "VATEX-EU-G"), ("GB", "", None), ("ES", "CN", None), ("FR", "", "VATEX-EU-G"), ("CH", "", None)],
)
def test_t1_an_export_names_the_law_of_the_union_where_it_holds(country: str, region: str, code: str | None) -> None:
    found = decide(SellerTax(country, region), BuyerTax("US"), GOODS, STANDARD, RATES, DAY)
    assert (found.rule, found.exemption_code) == ("T-1.11", code)
    assert found.reason == ("Export outside the EU" if code else "Zero-rated export")


@pytest.mark.parametrize(("seller", "taxed_in"), [("MC", "FR"), ("IM", "GB"), ("LI", "CH"), ("EL", "GR"), ("UK", "GB")])
def test_t1_some_places_are_taxed_as_a_part_of_another_country(seller: str, taxed_in: str) -> None:
    rates = (rate(taxed_in, "17"),)
    assert decide(SellerTax(seller), BuyerTax(taxed_in), SERVICES, STANDARD, rates, DAY).rate == 17
    assert decide(SellerTax(taxed_in), BuyerTax(seller), SERVICES, STANDARD, rates, DAY).rate == 17


SMALL = SellerTax("DE", is_small_business=True)


@pytest.mark.parametrize(
    ("buyer", "supply"),
    [
        (FRENCH_FIRM, GOODS),
        (FRENCH_PERSON, SERVICES),
        (BuyerTax("FR", is_business=True, vat_number="FR40303265045"), SERVICES),
        (BuyerTax("FR", is_business=True, vat_number_is_valid=True), SERVICES),
        (BuyerTax("FR", vat_number="FR40303265045", vat_number_is_valid=True), SERVICES),
        (BuyerTax("DE", is_business=True, vat_number="DE136695976", vat_number_is_valid=True), SERVICES),
        (BuyerTax("CH", is_business=True, vat_number="CHE-1", vat_number_is_valid=True), SERVICES),
    ],
)
def test_t1_a_small_business_shifts_the_tax_for_services_to_firms_of_the_union_only(
    buyer: BuyerTax, supply: SupplyKind
) -> None:
    assert decide(SMALL, buyer, supply, STANDARD, (), DAY).rule == "T-1.2"


@pytest.mark.parametrize(
    ("country", "code", "words"),
    [
        ("DE", None, "Steuerfreier Umsatz für Kleinunternehmer gemäß § 19 UStG"),
        ("AT", None, "Umsatzsteuerfrei aufgrund der Kleinunternehmerregelung (§ 6 Abs. 1 Z 27 UStG)"),
        ("FR", "VATEX-FR-FRANCHISE", "TVA non applicable, art. 293 B du CGI"),
        ("BE", None, "Petite entreprise soumise au régime de la franchise de taxe – TVA non applicable"),
        ("LU", None, "TVA non applicable, art. 57 de la loi TVA"),
        (
            "NL",
            None,
            "Factuur vrijgesteld van omzetbelasting op grond van artikel 25 Wet op de omzetbelasting 1968",
        ),
        ("IT", None, "Operazione effettuata ai sensi dell'art. 1, commi da 54 a 89, legge n. 190/2014"),
        ("PL", None, "Exempt under the scheme for small businesses"),
    ],
)
def test_t1_each_law_has_its_words_for_small_businesses(country: str, code: str | None, words: str) -> None:
    found = decide(SellerTax(country, is_small_business=True), BuyerTax(country), SERVICES, STANDARD, (), DAY)
    assert (found.exemption_code, found.reason) == (code, words)


def test_t1_the_words_that_paper_prints() -> None:
    assert reason_texts() == (
        "Reverse charge", "Intra-Community supply", "Export outside the EU", "Not subject to VAT", "Exempt from VAT",
        "Exempt under the scheme for small businesses", "Zero-rated export",
        "No sales tax is collected in this state", "Exempt under the buyer's certificate",
    )  # fmt: skip
    said = {case[0]: decide(*case[1:5], RATES, DAY).reason for case in CASES}
    assert said["T-1.6"] == "Intra-Community supply"
    assert said["T-1.7"] == "Reverse charge"
    assert said["T-1.12"] == "Not subject to VAT"
    assert said["T-1.3"] == "Exempt from VAT"
    assert said["T-1.14"] == "Zero-rated export"
    assert said["T-1.15"] == "Exempt under the buyer's certificate"
    assert said["T-1.16"] == "No sales tax is collected in this state"
    church = BuyerTax("US", "NY", is_exempt=True, exempt_reason="Church")
    assert decide(SellerTax("US", "NY"), church, GOODS, STANDARD, RATES, DAY).reason == "Church"


def test_t1_in_the_united_states_an_exempt_item_is_exempt_and_a_state_begins_the_place() -> None:
    seller = SellerTax("US", "NY/Kings/New York")
    medical = Exemption("Medical care", "US-1")
    found = decide(seller, BuyerTax("US", "NY/Kings"), GOODS, RateClass.EXEMPT, RATES, DAY, exemption=medical)
    assert (found.rule, found.reason, found.exemption_code) == ("T-1.3", "Medical care", "US-1")
    assert decide(seller, BuyerTax("US", "NY/Kings/New York"), GOODS, STANDARD, RATES, DAY).rate == D("8.875")
    unregistered = SellerTax("US", "NY", is_registered=False)
    assert decide(unregistered, BuyerTax("US", "NY"), GOODS, STANDARD, RATES, DAY).rule == "T-1.16"


def test_t6_an_older_rate_that_is_listed_later_does_not_come_back() -> None:
    newer = (rate("US", "4.25", "NY", STANDARD, date(2027, 1, 1)), rate("US", "4", "NY"))
    assert combined(newer, "US", "NY", STANDARD, DAY) == D("4.25")
    assert isinstance(combined(RATES, "US", "OR", STANDARD, DAY), Decimal)


def test_t1_the_codes_are_those_of_the_lists_that_they_come_from() -> None:
    assert [category.value for category in TaxCategory] == ["S", "Z", "E", "AE", "K", "G", "O", "L", "M"]
    assert {c.value for c in TAXED} == {"S", "L", "M"}
    assert {c.value for c in NEEDS_REASON} == {"E", "AE", "K", "G", "O"}
    assert [kind.value for kind in SupplyKind] == ["goods", "services", "digital"]
    assert [kind.value for kind in RateClass] == ["standard", "reduced", "reduced2", "super_reduced", "zero", "exempt"]
    assert " ".join(sorted(EU_COUNTRIES)) == (
        "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK"
    )
