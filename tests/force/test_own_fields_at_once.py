"""Two people at the own fields of one record at once: nothing is lost, no value is of another kind than its field."""

from datetime import UTC, datetime
from functools import partial
from typing import Any

import pytest

from conto.apps.crm import actions as crm
from conto.apps.crm.entry import NewCustomer
from conto.apps.crm.own import record_of
from conto.apps.fields import actions as fields
from conto.apps.fields.models import OwnField, OwnValues
from conto.domain.errors import Conflict, EntryRefused
from conto.domain.facts import SYSTEM
from conto.domain.fields import FieldKind, FieldRule, Subject
from tests.force.test_people_at_once import both_at_once, owner_of_a_book
from tests.house import FreshBook

pytestmark = pytest.mark.force
WHO: dict[str, Any] = {"actor": SYSTEM, "at": datetime.now(UTC)}
HELD = "SELECT 1 FROM fields_ownfield FOR UPDATE"


def test_o7_what_two_people_write_at_once_is_all_kept_and_no_kind_changes_below_a_value(fresh_book: FreshBook) -> None:
    owner_of_a_book()
    customer = crm.add_customer(new=NewCustomer(name="Kupfer", currency="EUR"), **WHO)
    made = [
        fields.add_field(subject=Subject.CUSTOMER, field=FieldRule(key="", label=label, kind=FieldKind.TEXT), **WHO)
        for label in ("One", "Two", "Three")
    ]
    write = partial(fields.set_values, of=record_of(customer), **WHO)
    came = both_at_once(
        fresh_book, HELD, partial(write, given={"one": "a"}, seen={}), partial(write, given={"two": "b"}, seen={})
    )
    assert not [each for each in came if isinstance(each, Exception)]
    assert OwnValues.objects.get().values == {"one": "a", "two": "b"}
    came = both_at_once(
        fresh_book, HELD,
        partial(write, given={"one": "x"}, seen={"one": "a"}), partial(write, given={"one": "y"}, seen={"one": "a"}),
    )  # fmt: skip
    assert [type(each) for each in came if isinstance(each, Exception)] == [Conflict]
    to_number = partial(fields.change_field, field_id=made[2].id, changes={"kind": FieldKind.NUMBER}, **WHO)
    came = both_at_once(fresh_book, HELD, to_number, partial(write, given={"three": "often"}))
    assert [type(each) for each in came if isinstance(each, Exception)] in ([Conflict], [EntryRefused])
    is_text = OwnField.objects.get(id=made[2].id).kind == "text"
    assert ("three" in OwnValues.objects.get().values) == is_text
