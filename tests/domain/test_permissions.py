"""Roles and permissions (A-1)."""

import pytest

from conto.domain.permissions import GRANTS, Permission, Role, demand, is_granted, roles_granting, roles_within
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


# Written a second time, by permission: Owner, Admin, Sales, Finance, sUpport, Marketing, auditoR.
MATRIX = """
customer:view             OASFUMR
customer:edit             OASFU--
customer:archive          OA-F---
customer:export           OA-F---
customer:view_bank        O--F---
lead:view                 OASF-MR
lead:edit                 OAS--M-
lead:export               OA-----
lead_form:edit            OA---M-
deal:view                 OASFUMR
deal:edit                 OAS----
deal:export               OA-----
pipeline:edit             OA-----
letter:view               OASFU-R
letter:edit               OAS----
field:edit                OA-----
quote:view                OASFU-R
quote:draft               OASF---
quote:send                OASF---
quote:export              OA-F---
quote:approve             OA-F---
contract:view             OASF--R
contract:edit             OASF---
plan:view                 OASFU-R
plan:edit                 OA-F---
subscription:view         OASFU-R
subscription:edit         OASF---
subscription:bill         O--F---
usage:record              OA-F---
project:view              OASF--R
project:edit              OASF---
project:bill              OASF---
work:record               OASFU--
work:approve              OA-F---
target:view               OASF--R
target:edit               OA-----
item:view                 OASFUMR
item:edit                 OA-F---
item:view_cost            OA-F--R
invoice:view              OASFU-R
invoice:draft             OASF---
invoice:issue             O--F---
invoice:send              OASFU--
invoice:credit            O--F---
invoice:write_off         O--F---
invoice:override_checks   O--F---
invoice:charge_late       O--F---
invoice:export            OA-F--R
payment:view              OASFU-R
payment:record            O--F---
payment:allocate          O--F---
payment:refund            O--F---
ledger:view               OA-F--R
ledger:edit               O--F---
ledger:close              O--F---
ledger:reopen             O------
settings:view             OA-F--R
settings:edit             OA-----
member:view               OA----R
member:edit               OA-----
member:view_as            OA-----
security:edit             O------
audit:view                OA----R
audit:export              OA----R
import:run                OA-F---
book:move_clock           OA-----
book:verify               OA-F--R
book:monitor              OA-----
book:practice             O------
integration:manage        OA-----
backup:manage             OA-----
"""
LETTERS = dict(zip("OASFUMR", ("owner", "admin", "sales", "finance", "support", "marketing", "auditor"), strict=True))


def test_a1_each_role_may_what_the_matrix_says_and_nothing_else() -> None:
    written = {row.split()[0]: row.split()[1] for row in MATRIX.strip().splitlines()}
    assert list(written) == [permission.value for permission in P]
    assert list(LETTERS.values()) == [role.value for role in Role]
    for permission, letters in written.items():
        allowed = tuple(LETTERS[letter] for letter in letters if letter != "-")
        assert tuple(role.value for role in roles_granting(Permission(permission))) == allowed, permission


def test_a1_a_refusal_names_the_permission_and_who_has_it() -> None:
    with refused("permission.missing", permission=P.PAYMENT_REFUND, roles=(Role.OWNER, Role.FINANCE)):
        demand(Role.ADMIN, P.PAYMENT_REFUND)
    assert str(roles_granting(P.PAYMENT_REFUND)) == "owner, finance"


def test_a1_nobody_gives_a_role_with_a_right_that_they_lack() -> None:
    assert roles_within(Role.OWNER) == tuple(Role)
    assert roles_within("admin") == (Role.ADMIN, Role.SALES, Role.SUPPORT, Role.MARKETING, Role.AUDITOR)
    assert roles_within(Role.FINANCE) == (Role.FINANCE, Role.SUPPORT)
    assert roles_within(Role.MARKETING) == (Role.MARKETING,)
