"""How far a role sees."""

import pytest

from conto.domain.errors import RuleBroken
from conto.domain.permissions import Permission, Role, is_granted
from conto.domain.sight import LIMITABLE, Area, Reach, check_limit, reach_of


def test_v1_a_role_sees_all_until_something_else_is_chosen() -> None:
    chosen = {(Role.SALES, Area.DEALS): Reach.OWN, (Role.SUPPORT, Area.DEALS): Reach.TEAM}
    assert reach_of(Role.SALES, Area.DEALS, {}) is Reach.ALL
    assert reach_of(Role.SALES, Area.DEALS, chosen) is Reach.OWN
    assert reach_of("support", Area.DEALS, chosen) is Reach.TEAM
    assert reach_of(Role.SALES, Area.CUSTOMERS, chosen) is Reach.ALL


def test_v1_a_role_that_nobody_knows_sees_nothing_of_others() -> None:
    assert reach_of("king", Area.DEALS, {}) is Reach.OWN


def test_v2_who_keeps_the_books_or_reads_who_did_what_sees_all() -> None:
    assert LIMITABLE == (Role.SALES, Role.SUPPORT, Role.MARKETING)
    for role in set(Role) - set(LIMITABLE):
        assert is_granted(role, Permission.LEDGER_VIEW) or is_granted(role, Permission.AUDIT_VIEW)
        assert reach_of(role, Area.CUSTOMERS, {(role, Area.CUSTOMERS): Reach.OWN}) is Reach.ALL
        with pytest.raises(RuleBroken, match="sees everybody"):
            check_limit(role, Reach.TEAM)
        check_limit(role, Reach.ALL)
