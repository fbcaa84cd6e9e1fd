"""Sealed fields: none is forgotten, each opens, and each is sealed anew for a new key."""

import threading
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.db import connection, models, transaction

from conto.apps.correspondence import actions as correspondence
from conto.apps.correspondence.actions import MailboxEntry
from conto.apps.crm import actions as crm
from conto.apps.crm.models import BankDetail
from conto.apps.factors import actions as factors
from conto.apps.integrations import actions as integrations
from conto.apps.messaging import actions as messaging
from conto.apps.upkeep import actions as upkeep
from conto.apps.vault.sealing import seal, unseal
from conto.config.field_keys import KeyRing, begin_rotation, let_others_go
from conto.config.home import Home
from conto.domain.errors import RuleBroken
from conto.domain.facts import SYSTEM
from conto.domain.ids import new_id
from conto.flows import reseal_fields
from conto.flows.reseal_fields import SEALED_FIELDS
from tests.apps.factors.virtual import code_of
from tests.collecting import saved
from tests.house import FreshBook, connect, waiting_for_locks
from tests.scene import NOW, set_scene
from tests.waiting import wait_until

IBAN = "DE02120300000000202051"
DECLARED = {field.name for field in SEALED_FIELDS}
# Every column of text, JSON or lists, of every table there is.
COLUMNS = """
SELECT table_name, column_name FROM information_schema.columns
WHERE table_schema = 'public' AND data_type IN ('text', 'character varying', 'jsonb', 'json', 'ARRAY', 'bytea')
"""
SEALED_TEXT = r"\m{key}\.[A-Za-z0-9_-]{{38,}}=*"


@pytest.fixture
def own_keys(home: Home, tmp_path: Path, settings: Any) -> Home:
    """Field keys of this test's own."""
    own = Home(tmp_path)
    own.secrets_file.write_bytes(home.secrets_file.read_bytes())
    begin_rotation(own, at=NOW)
    let_others_go(own)
    settings.FIELD_KEYS = KeyRing(own)
    return own


def _fill() -> None:
    """Write something into every sealed field, by the actions that do it in life."""
    scene = set_scene()
    crm.set_bank_detail(customer=scene.customer, holder="", iban=IBAN, actor=SYSTEM, at=NOW)
    messaging.set_mail_server(
        host="mail.example", port=587, security="starttls", username="ada", password="a password of mail",
        from_address="ada@example.com", from_name="Ada", actor=SYSTEM, at=NOW,
    )  # fmt: skip
    messaging.write_mail(
        customer=None, purpose="invitation", subject_id=None, to_address="b@example.com", subject="Come in",
        text="Here: {secret}", language="en", secret="https://x.example/join/1", actor=SYSTEM, at=NOW,
    )  # fmt: skip
    secret = factors.new_secret()
    factors.add_app(member_id=scene.owner.id, secret=secret, code=code_of(secret), actor=SYSTEM, at=NOW)
    factors.make_codes(member_id=scene.owner.id, actor=SYSTEM, at=NOW)
    made = integrations.add_endpoint(url="https://hooks.example/in", description="", types=[], actor=SYSTEM, at=NOW)
    integrations.rotate_secret(endpoint_id=made.endpoint.id, actor=SYSTEM, at=NOW)
    correspondence.add_mailbox(
        new=MailboxEntry(
            name="Post", address="post@example.com", host="imap.example", username="post",
            password="a password of post", read_since=NOW.date(),
        ),
        actor=SYSTEM, at=NOW,
    )  # fmt: skip
    upkeep.save_place(
        place_id=None, name="NAS", kind="ssh", options={"host": "nas"}, secret="a key of ssh", is_on=True,
        actor=SYSTEM, at=NOW,
    )  # fmt: skip
    saved(scene.customer, at=NOW)


def _columns_with(pattern: str) -> set[str]:
    found = set()
    with connection.cursor() as cursor:
        cursor.execute(COLUMNS)
        for table, column in cursor.fetchall():
            cursor.execute(f'SELECT 1 FROM "{table}" WHERE "{column}"::text ~ %s LIMIT 1', [pattern])
            if cursor.fetchone():
                found.add(f"{table}.{column}")
    return found


def test_every_column_that_is_named_sealed_is_known_to_the_rotation() -> None:
    named = {
        f"{model._meta.db_table}.{field.name}"
        for model in apps.get_models()
        for field in model._meta.get_fields()
        if isinstance(field, models.Field) and "sealed" in field.name and isinstance(field, models.TextField)
    }
    assert named == {name for name in DECLARED if not name.startswith("mfa_")}


@pytest.mark.django_db
def test_no_column_of_the_book_holds_sealed_text_that_the_rotation_does_not_know(own_keys: Home) -> None:
    _fill()
    key_id = own_keys and reseal_fields.active_key()
    held = {f"{field.model._meta.db_table}.{field.column}" for field in SEALED_FIELDS}
    assert _columns_with(SEALED_TEXT.format(key=key_id)) == held
    assert reseal_fields.keys_in_use() == {key_id: len(SEALED_FIELDS)}, "each field is filled once"


@pytest.mark.django_db
def test_every_field_is_sealed_anew_and_the_old_key_is_needed_no_more(own_keys: Home, settings: Any) -> None:
    _fill()
    old = reseal_fields.active_key()
    before = {field.name: field.token(field.filled().get()) for field in SEALED_FIELDS}
    plain = {field.name: _opened(field) for field in SEALED_FIELDS}
    new = begin_rotation(own_keys, at=NOW)
    assert reseal_fields.reseal(actor=SYSTEM, at=NOW).fields == len(SEALED_FIELDS)
    assert reseal_fields.reseal(actor=SYSTEM, at=NOW).fields == 0
    assert let_others_go(own_keys) == [old]
    settings.FIELD_KEYS = KeyRing(own_keys)
    assert {field.name: _opened(field) for field in SEALED_FIELDS} == plain
    assert not before.items() & {field.name: field.token(field.filled().get()) for field in SEALED_FIELDS}.items()
    assert reseal_fields.sealed_fields_open().violated == 0
    told = [fact.body for fact in reseal_fields.latest_facts().filter(kind="field_key_rotated")]
    assert told == [{"key_id": new, "fields": len(SEALED_FIELDS)}]


@pytest.mark.django_db
def test_a_field_that_no_key_opens_is_found_and_stays_as_it_is(own_keys: Home) -> None:
    _fill()
    row = BankDetail.objects.get()
    BankDetail.objects.update(iban_sealed="1.bm90IHNlYWxlZCB3aXRoIGFueSBrZXkgb2Ygb3Vycw==")
    verdict = reseal_fields.sealed_fields_open()
    assert (verdict.id, verdict.shown) == ("I41", (f"crm_bankdetail.iban_sealed of row {row.id}",))
    begin_rotation(own_keys, at=NOW)
    done = reseal_fields.reseal(actor=SYSTEM, at=NOW)
    assert done.unopened == (f"crm_bankdetail.iban_sealed of row {row.id}",)
    assert done.fields == len(SEALED_FIELDS) - 1
    assert not reseal_fields.latest_facts().filter(kind="field_key_rotated").exists()


@pytest.mark.parametrize("token", ["", "1", "1.", "1.é", "1.AAAA", "9.bm90aGluZw=="])
def test_what_is_no_sealed_text_is_refused_in_words(token: str) -> None:
    with pytest.raises(RuleBroken, match="cannot be opened"):
        unseal(token, column="c", row_id=new_id())


def test_a_rotation_waits_for_who_has_sealed_with_the_old_key(fresh_book: FreshBook, own_keys: Home) -> None:
    customer = set_scene().customer
    row = BankDetail(id=new_id(), customer=customer, holder="H", iban_last4="2051", changed_at=NOW)
    rotating = threading.Thread(target=_reseal_elsewhere)
    with transaction.atomic():
        row.iban_sealed = seal(IBAN, column="crm_bankdetail.iban", row_id=row.id)
        new = begin_rotation(own_keys, at=NOW)
        rotating.start()
        with connect(fresh_book.admin_dsn) as watcher:
            wait_until(
                lambda: waiting_for_locks(watcher) == 1 or not rotating.is_alive(),
                "the rotation came to no lock",
            )
        assert rotating.is_alive(), "it would miss the row that is about to be written"
        row.save()
    rotating.join()
    assert reseal_fields.keys_in_use() == {new: 1}


def _reseal_elsewhere() -> None:
    try:
        reseal_fields.reseal(actor=SYSTEM, at=NOW)
    finally:
        connection.close()


def _opened(field: Any) -> str:
    row = field.filled().get()
    column, row_id = field.bound_to(row)
    return unseal(field.token(row), column=column, row_id=row_id)
