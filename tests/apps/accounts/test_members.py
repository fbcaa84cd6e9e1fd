"""Members: who may make whom, and how the door is locked."""

from datetime import UTC, datetime, timedelta

import pytest

from conto.apps.accounts import actions, queries
from conto.apps.accounts.models import Member
from conto.apps.audit.models import Fact
from conto.domain.errors import Conflict, NotAllowed, RuleBroken
from conto.domain.facts import Actor
from conto.domain.permissions import Role

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
PASSWORD = "correct-horse-battery"

pytestmark = pytest.mark.django_db


def owner() -> Member:
    return actions.add_first_owner(email="Olga@Example.com", name="Olga", password=PASSWORD, at=NOW)


def actor(member: Member) -> Actor:
    return Actor(member.id, "member", member.name)


def add(role: Role, by: Member, email: str = "sam@example.com") -> Member:
    return actions.add_member(email=email, name="Sam", role=role, password=PASSWORD, actor=actor(by), at=NOW)


def kinds() -> list[str]:
    return list(Fact.objects.order_by("id").values_list("kind", flat=True))


def test_the_first_owner_is_made_once() -> None:
    owner()
    with pytest.raises(NotAllowed):
        actions.add_first_owner(email="eve@example.com", name="Eve", password=PASSWORD, at=NOW)
    assert kinds() == ["member_added"]


def test_an_address_is_taken_once_however_it_is_written() -> None:
    olga = owner()
    with pytest.raises(Conflict) as refusal:
        add(Role.SALES, olga, "OLGA@example.COM")
    assert refusal.value.code == "member.email_taken"


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("short-one", "password.too_short"),
        ("1234567890123", "password.too_common"),
        ("8402917365", "password.only_digits"),
        ("password123", "password.too_common"),
        ("Annegret-Kowalski", "password.too_similar"),
        ("anne.k@example", "password.too_similar"),
        ("x" * 201, "password.too_long"),
    ],
)
def test_a_weak_password_is_refused_with_the_reason(password: str, code: str) -> None:
    with pytest.raises(RuleBroken) as refusal:
        actions.add_first_owner(email="anne.k@example.com", name="Annegret Kowalski", password=password, at=NOW)
    assert refusal.value.code == code


def test_the_last_owner_cannot_be_lost() -> None:
    olga = owner()
    for change in ({"role": Role.ADMIN}, {"is_active": False}):
        with pytest.raises(Conflict) as refusal:
            actions.change_member(member_id=olga.id, actor=actor(olga), at=NOW, **change)
        assert refusal.value.code == "member.last_owner"
    second = add(Role.OWNER, olga)
    actions.change_member(member_id=olga.id, is_active=False, actor=actor(second), at=NOW)
    assert not Member.objects.get(id=olga.id).is_active


def test_an_administrator_can_neither_make_nor_touch_an_owner() -> None:
    olga = owner()
    admin = add(Role.ADMIN, olga)
    with pytest.raises(NotAllowed):
        add(Role.OWNER, admin, "new@example.com")
    with pytest.raises(NotAllowed):
        actions.set_password(member_id=olga.id, password=PASSWORD + "2", actor=actor(admin), at=NOW)
    with pytest.raises(NotAllowed):
        actions.change_member(member_id=admin.id, role=Role.OWNER, actor=actor(admin), at=NOW)


def test_a_seller_cannot_make_members() -> None:
    sales = add(Role.SALES, owner())
    with pytest.raises(NotAllowed):
        add(Role.SALES, sales, "new@example.com")


def sign_in(password: str, at: datetime = NOW, email: str = "olga@example.com") -> Member | None:
    return actions.try_sign_in(email=email, password=password, address="127.0.0.1", at=at)


def test_the_right_password_lets_in_and_the_wrong_one_does_not() -> None:
    olga = owner()
    assert sign_in("wrong") is None
    assert sign_in(PASSWORD, email="OLGA@Example.com ") == olga
    assert sign_in(PASSWORD, email="nobody@example.com") is None
    assert kinds()[1:] == ["member_sign_in_failed", "member_signed_in"]


def test_five_wrong_passwords_lock_the_door_and_each_more_for_longer() -> None:
    owner()
    for _ in range(5):
        assert sign_in("wrong") is None
    assert sign_in(PASSWORD) is None, "locked, whatever the password"
    assert sign_in(PASSWORD, NOW + timedelta(seconds=59)) is None
    later = NOW + timedelta(seconds=61)
    assert sign_in("wrong", later) is None
    assert sign_in(PASSWORD, later + timedelta(seconds=61)) is None, "the second lock lasts two minutes"
    assert sign_in(PASSWORD, later + timedelta(seconds=121)) is not None
    assert queries.members()[0].failed_sign_ins == 0


def test_a_member_who_was_deactivated_stays_out() -> None:
    olga = owner()
    sam = add(Role.SALES, olga)
    actions.change_member(member_id=sam.id, is_active=False, actor=actor(olga), at=NOW)
    assert sign_in(PASSWORD, email=sam.email) is None


def test_a_new_password_opens_a_locked_door() -> None:
    olga = owner()
    for _ in range(6):
        sign_in("wrong")
    actions.set_password(member_id=olga.id, password=PASSWORD + "!", actor=actor(olga), at=NOW)
    assert sign_in(PASSWORD + "!") is not None
