"""The business, its legal entities, bank accounts and logo."""

import io
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, connection
from PIL import Image

from conto.apps.accounts import actions, queries
from conto.apps.accounts.models import LegalEntity
from conto.apps.accounts.queries import BankAccountDetails, SellerDetails
from conto.domain.errors import Conflict, RuleBroken
from conto.domain.facts import SYSTEM

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
SELLER = SellerDetails(
    name="Kestrel & Finch",
    country="DE",
    currency="EUR",
    zone="Europe/Berlin",
    vat_number="de 136 695 976",
    postcode="10115",
    phone="030 123456",
)
ACCOUNT = BankAccountDetails(holder="Kestrel & Finch", currency="EUR", iban="DE89 3704 0044 0532 0130 00")

pytestmark = pytest.mark.django_db


def set_up() -> LegalEntity:
    return actions.set_up_business(seller=SELLER, bank_account=ACCOUNT, actor=SYSTEM, at=NOW)


def picture(size: tuple[int, int] = (3000, 300), kind: str = "JPEG") -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, "#1f5c46").save(out, kind)
    return out.getvalue()


def test_a_book_has_one_business_with_checked_details() -> None:
    entity = set_up()
    assert (entity.vat_number, entity.phone, entity.is_default) == ("DE136695976", "+4930123456", True)
    account = queries.bank_account(entity, "EUR")
    assert account is not None
    assert (account.iban, account.is_default) == ("DE89370400440532013000", True)
    with pytest.raises(Conflict):
        set_up()


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"vat_number": "DE123"}, "contact.bad_tax_id"),
        ({"zone": "Europe/Nowhere"}, "zone.unknown"),
        ({"currency": "XXQ"}, "money.unknown_currency"),
        ({"name": " "}, "business.no_name"),
        ({"postcode": "1"}, "contact.bad_postcode"),
    ],
)
def test_details_that_cannot_be_right_are_refused(wrong: dict[str, str], code: str) -> None:
    with pytest.raises(RuleBroken) as refusal:
        actions.set_up_business(seller=replace(SELLER, **wrong), bank_account=None, actor=SYSTEM, at=NOW)
    assert refusal.value.code == code


def test_an_iban_with_a_wrong_digit_is_refused() -> None:
    with pytest.raises(RuleBroken) as refusal:
        actions.set_up_business(
            seller=SELLER, bank_account=replace(ACCOUNT, iban="DE88370400440532013000"), actor=SYSTEM, at=NOW
        )
    assert refusal.value.code == "contact.bad_iban"


def test_the_default_account_of_a_currency_is_one_and_is_inherited() -> None:
    entity = set_up()
    second = actions.set_bank_account(
        legal_entity_id=entity.id,
        details=replace(ACCOUNT, iban="DE02120300000000202051", is_default=True),
        actor=SYSTEM,
        at=NOW,
    )
    account = queries.bank_account(entity, "EUR")
    assert account is not None
    assert account.id == second.id
    actions.remove_bank_account(legal_entity_id=entity.id, account_id=second.id, actor=SYSTEM, at=NOW)
    account = queries.bank_account(entity, "EUR")
    assert account is not None
    assert account.iban == "DE89370400440532013000"
    assert account.is_default


def test_a_logo_is_drawn_anew_as_a_small_png() -> None:
    entity = actions.set_logo(legal_entity_id=set_up().id, content=picture(), actor=SYSTEM, at=NOW)
    assert entity.logo is not None
    with Image.open(io.BytesIO(entity.logo)) as drawn:
        assert (drawn.format, drawn.size) == ("PNG", (1200, 120))


@pytest.mark.parametrize(
    "content", [b"<svg onload='alert(1)'/>", b"", b"\x89PNG\r\n\x1a\nrubbish", b"x" * (2 * 1024 * 1024 + 1)]
)
def test_a_file_that_is_no_picture_or_too_large_is_no_logo(content: bytes) -> None:
    with pytest.raises(RuleBroken) as refusal:
        actions.clean_logo(content)
    assert refusal.value.code in {"logo.not_a_picture", "logo.too_large"}


def test_the_clock_of_a_real_book_cannot_be_moved() -> None:
    set_up()
    with pytest.raises(Conflict):
        actions.move_clock(to=NOW + timedelta(days=1), actor=SYSTEM, at=NOW)


def test_the_clock_of_a_sandbox_moves_forward_only() -> None:
    actions.set_up_business(seller=SELLER, bank_account=None, actor=SYSTEM, at=NOW, is_sandbox=True)
    business = actions.move_clock(to=NOW + timedelta(days=3), actor=SYSTEM, at=NOW)
    assert queries.book_time(business, NOW) == NOW + timedelta(days=3)
    with pytest.raises(RuleBroken):
        actions.move_clock(to=NOW - timedelta(days=1), actor=SYSTEM, at=NOW)


@pytest.mark.parametrize(
    ("is_sandbox", "attack"),
    [
        (False, "UPDATE accounts_business SET clock_ahead_seconds = 60"),
        (False, "UPDATE accounts_business SET is_sandbox = true"),
        (False, "UPDATE accounts_business SET lived_until = now()"),
        (True, "UPDATE accounts_business SET clock_ahead_seconds = 59"),
        (True, "UPDATE accounts_business SET clock_ahead_seconds = 0, is_sandbox = false"),
    ],
)
def test_the_database_refuses_to_move_a_real_clock_or_to_move_one_back(*, is_sandbox: bool, attack: str) -> None:
    actions.set_up_business(seller=SELLER, bank_account=None, actor=SYSTEM, at=NOW, is_sandbox=is_sandbox)
    if is_sandbox:
        actions.move_clock(to=NOW + timedelta(minutes=1), actor=SYSTEM, at=NOW)
    with pytest.raises(IntegrityError), connection.cursor() as cursor:
        cursor.execute(attack)


def test_the_past_of_a_demo_company_is_lived_on_its_clock_which_nobody_else_moves_meanwhile() -> None:
    begun = NOW - timedelta(days=365)
    actions.set_up_business(
        seller=SELLER, bank_account=None, actor=SYSTEM, at=begun, is_sandbox=True, clock_ahead=begun - NOW
    )
    with pytest.raises(Conflict):
        actions.move_clock(to=NOW, actor=SYSTEM, at=begun)
    actions.note_life(until=NOW - timedelta(days=1), clock_ahead=timedelta(days=-1))
    actions.note_life(until=NOW - timedelta(days=1), clock_ahead=timedelta(days=-9))
    business = queries.business()
    assert business is not None
    assert queries.book_time(business, NOW) == NOW - timedelta(days=1), "never back"
    actions.note_life(until=NOW, clock_ahead=timedelta(seconds=5))
    actions.move_clock(to=NOW + timedelta(days=1), actor=SYSTEM, at=NOW)
