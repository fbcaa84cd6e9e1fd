"""What a person can do on the pages a program can do too (API-1), or it is declared why not."""

from conto.api.operations import RULES
from tests.api.acts import DONE_BY, NOT_BY_PROGRAMS, pages_that_act


def test_every_act_of_the_pages_is_an_operation_or_declared_as_none() -> None:
    acts = set(pages_that_act()) - _only_shown()
    assert acts - DONE_BY.keys() - NOT_BY_PROGRAMS.keys() == set(), "say in tests/api/acts.py who does it, or why not"
    assert (DONE_BY.keys() | NOT_BY_PROGRAMS.keys()) - acts == set(), "there are no such pages any more"
    assert DONE_BY.keys() & NOT_BY_PROGRAMS.keys() == set()


def test_the_operations_that_do_it_are_there() -> None:
    assert {name for names in DONE_BY.values() for name in names} - RULES.keys() == set()


def _only_shown() -> set[str]:
    """Return pages whose source speaks of POST for another reason than taking one."""
    return {"settings_logo_picture", "settings_preview", "settings_backups"}
