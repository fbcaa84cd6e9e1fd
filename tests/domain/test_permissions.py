"""Roles and permissions (A-1)."""

import pytest

from conto.domain.permissions import GRANTS, Permission, Role, demand, is_granted, roles_granting
from tests.domain.refusals import refused

P = Permission
CHANGING = {p for p in P if p.value.split(":")[1] not in {"view", "view_cost", "view_bank", "export", "verify"}}
MOVES_MONEY = {P.PAYMENT_REFUND, P.INVOICE_WRITE_OFF, P.INVOICE_OVERRIDE_CHECKS, P.INVOICE_CREDIT}


def test_a1_every_role_has_its_row_and_every_permission_somebody() -> None:
    assert set(GRANTS) == set(Role)
    assert all(roles_granting(permission) for permission in P)


def test_a1_the_owner_may_everything_and_the_auditor_changes_nothing() -> None:
    assert GRANTS[Role.OWNER] == frozenset(P)
    assert not GRANTS[Role.AUDITOR] & CHANGING


@pytest.mark.parametrize("role", [Role.ADMIN, Role.SALES, Role.SUPPORT, Role.MARKETING, Role.AUDITOR])
def test_a1_only_owner_and_finance_give_money_away(role: Role) -> None:
    assert not GRANTS[role] & MOVES_MONEY


def test_a1_whoever_may_change_a_thing_may_see_it() -> None:
    for role, granted in GRANTS.items():
        for permission in granted:
            area = permission.value.split(":")[0]
            view = next((p for p in P if p.value == f"{area}:view"), None)
            assert view is None or view in granted, (role, permission)


def test_a1_only_owner_and_admin_change_members_and_settings() -> None:
    assert roles_granting(P.MEMBER_EDIT) == (Role.OWNER, Role.ADMIN)
    assert roles_granting(P.SETTINGS_EDIT) == (Role.OWNER, Role.ADMIN)


def test_a1_a_refusal_names_who_may() -> None:
    demand("finance", P.PAYMENT_REFUND)
    with refused("permission.missing"):
        demand(Role.SALES, P.PAYMENT_REFUND)
    with refused("permission.missing"):
        demand("king", P.CUSTOMER_VIEW)
    assert not is_granted("king", P.CUSTOMER_VIEW)
