"""What people type: search keys (K-1), phones (K-2), mails (K-3), banks (K-4), tax ids (K-5), postcodes (K-6)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conto.domain.contact import (
    check_bic,
    check_email,
    check_iban,
    check_postcode,
    check_tax_id,
    fold,
    normalize_phone,
    phone_search_key,
    sort_key,
)
from tests.domain.refusals import refused


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("Straße", "strasse"),
        ("ÆRØ", "aero"),
        ("Łódź", "lodz"),
        ("İstanbul", "istanbul"),
        ("  Müller   &  Söhne ", "muller & sohne"),
        ("ＡＢＣ", "abc"),
        ("Ñandú", "nandu"),
        ("Żółć", "zolc"),
        ("東京", "東京"),
    ],
)
def test_k1_a_search_key_knows_no_accent_and_no_case(text: str, key: str) -> None:
    assert fold(text) == key


def test_k1_names_sort_without_their_punctuation() -> None:
    names = ["Öztürk", "O’Brien", "Zöe", "ocean", "“Adler” AG", "Äpfel"]
    assert sorted(names, key=sort_key) == ["“Adler” AG", "Äpfel", "O’Brien", "ocean", "Öztürk", "Zöe"]


@given(st.text(max_size=40))
def test_k1_folding_twice_is_folding_once(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@pytest.mark.parametrize(
    ("typed", "country"),
    [
        ("030 901820", "DE"),
        ("+49 30 901820", ""),
        ("0049 30 901820", "DE"),
        ("(030) 90-18-20", "de"),
        ("+49 (0)30 901820", ""),
    ],
)
def test_k2_a_phone_number_has_one_form(typed: str, country: str) -> None:
    assert normalize_phone(typed, country) == "+4930901820"
    assert "+4930901820".endswith(phone_search_key(typed)) or phone_search_key(typed) == "4930901820"


@pytest.mark.parametrize("typed", ["", "12", "call me", "+999 1234567", "030 901820"])
def test_k2_what_is_no_phone_number_is_refused(typed: str) -> None:
    with refused("contact.bad_phone"):
        normalize_phone(typed)


def test_k3_a_mail_address_has_its_domain_in_small_letters() -> None:
    assert check_email(" Anna.Kern@EXAMPLE.com ") == "Anna.Kern@example.com"
    assert check_email("josé@exämple.de") == "josé@exämple.de"


@pytest.mark.parametrize(
    "typed", ["", "a", "a@", "@b.de", "a b@c.de", "a@b", "a@b..de", "a@b.de, c@d.de", "a@b.de\nBcc: x@y.z"]
)
def test_k3_what_is_no_mail_address_is_refused(typed: str) -> None:
    with refused("contact.bad_email"):
        check_email(typed)


def test_k4_an_iban_loses_its_spaces() -> None:
    assert check_iban("de89 3704 0044 0532 0130 00") == "DE89370400440532013000"
    assert check_bic("cobadeff xxx".replace(" ", "")) == "COBADEFFXXX"


@pytest.mark.parametrize(
    "typed", ["DE89370400440532013001", "DE8937040044053201300", "XX00", "", "0089370400440532013000"]
)
def test_k4_an_iban_proves_its_digits(typed: str) -> None:
    with refused("contact.bad_iban"):
        check_iban(typed)


def test_k4_a_bic_has_its_form() -> None:
    with refused("contact.bad_bic"):
        check_bic("COBA1")


@pytest.mark.parametrize(
    ("country", "typed", "number"),
    [
        ("DE", "136 695 976", "DE136695976"),
        ("DE", "DE136695976", "DE136695976"),
        ("AT", "ATU13585627", "ATU13585627"),
        ("FR", "FR 40 303265045", "FR40303265045"),
        ("NL", "NL004495445B01", "NL004495445B01"),
        ("GR", "EL094259216", "EL094259216"),
        ("GR", "GR094259216", "EL094259216"),
        ("GB", "GB980780684", "GB980780684"),
        ("GB", "XI980780684", "XI980780684"),
        ("XI", "980780684", "XI980780684"),
        ("CH", "CHE-107.787.577 MWST", "CHE107787577MWST"),
        ("US", "91-1144442", "911144442"),
        ("IN", "27AAPFU0939F1ZV", "27AAPFU0939F1ZV"),
        ("AU", "83 914 571 673", "83914571673"),
        ("KE", "p051-1", "P051-1"),
    ],
)
def test_k5_a_tax_number_has_the_form_of_its_country(country: str, typed: str, number: str) -> None:
    assert check_tax_id(country, typed) == number


@pytest.mark.parametrize(
    ("country", "typed"),
    [
        ("DE", "DE136695977"),
        ("DE", "FR40303265045"),
        ("FR", "1"),
        ("GB", "GB980780685"),
        ("US", "1"),
        ("KE", "?"),
        ("AT", ""),
    ],
)
def test_k5_a_tax_number_proves_its_digits(country: str, typed: str) -> None:
    with refused("contact.bad_tax_id"):
        check_tax_id(country, typed)


@pytest.mark.parametrize(
    ("country", "typed", "shown"),
    [
        ("DE", " 10115 ", "10115"),
        ("GB", "sw1a1aa", "SW1A 1AA"),
        ("GB", "EC1A 1BB", "EC1A 1BB"),
        ("GB", "m1 1ae", "M1 1AE"),
        ("NL", "1234ab", "1234 AB"),
        ("PL", "00950", "00-950"),
        ("JP", "1000001", "100-0001"),
        ("CA", "k1a0b1", "K1A 0B1"),
        ("US", "10001-1234", "10001-1234"),
        ("IE", "d02x285", "D02 X285"),
        ("LV", "LV-1010", "LV-1010"),
        ("HK", "", ""),
        ("AE", "any thing", "ANY THING"),
    ],
)
def test_k6_a_postcode_is_written_as_its_country_does(country: str, typed: str, shown: str) -> None:
    assert check_postcode(country, typed) == shown


@pytest.mark.parametrize(
    ("country", "typed"), [("DE", "1011"), ("DE", "1011A"), ("GB", "12345"), ("US", "1234"), ("NL", "")]
)
def test_k6_a_postcode_has_the_form_of_its_country(country: str, typed: str) -> None:
    with refused("contact.bad_postcode"):
        check_postcode(country, typed)
