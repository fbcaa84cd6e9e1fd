"""Facts (F-1): frozen, named, and cheap to turn into JSON."""

import json
from dataclasses import FrozenInstanceError, fields
from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID

import pytest

from conto.domain import facts
from conto.domain.facts import FACTS, Changes, Fact, changes_between

ANY = UUID(int=7)
SAMPLES = {
    "list[str]": ["one place"],
    "str": "x",
    "int": 1,
    "bool": True,
    "Decimal": Decimal("1.50"),
    "date": date(2027, 1, 1),
    "datetime": datetime(2027, 1, 1, tzinfo=UTC),
    "UUID": ANY,
    "Changes": {"name": ["a", None]},
    "tuple[str, ...]": ("a", "b"),
    "dict[str, int]": {"EUR": 1},
    "dict[str, str]": {"kind": "x"},
}


def sample(cls: type[Fact]) -> Fact:
    given = {f.name: SAMPLES[str(f.type).removesuffix(" | None")] for f in fields(cls)}
    return cls(**given)  # type: ignore[arg-type]


@pytest.mark.parametrize("cls", FACTS.values(), ids=FACTS)
def test_f1_every_fact_has_a_name_a_subject_and_a_payload_of_json(cls: type[Fact]) -> None:
    fact = sample(cls)
    assert cls.subject_kind
    payload = fact.payload()
    assert json.loads(json.dumps(payload)) == payload
    assert not {"subject_id", "customer_id", "entry_id"} & set(payload)
    with pytest.raises(FrozenInstanceError):
        fact.subject_id = ANY  # type: ignore[misc]


def test_f1_a_kind_is_the_name_in_small_letters() -> None:
    assert facts.InvoiceIssued.kind == "invoice_issued"
    assert facts.MemberSignInFailed.kind == "member_sign_in_failed"
    assert len(FACTS) == len({cls.__name__ for cls in FACTS.values()})


def test_f1_every_fact_is_offered_by_its_package() -> None:
    assert {cls.__name__ for cls in FACTS.values()} <= set(vars(facts))


def test_f1_amounts_and_days_are_written_without_loss() -> None:
    fact = facts.PriceSet(subject_id=ANY, currency="EUR", amount=Decimal("1E-12"), valid_from=date(2027, 1, 1))
    assert Decimal(fact.payload()["amount"]) == Decimal("1E-12")
    assert fact.payload()["valid_from"] == "2027-01-01"


def test_f1_what_is_no_json_is_refused() -> None:
    fact = facts.CustomerChanged(subject_id=ANY, changes={"x": [1.5, object()]})
    with pytest.raises(TypeError):
        fact.payload()


def test_f1_changes_keep_what_was_and_what_is() -> None:
    found: Changes = changes_between({"name": "A", "city": "Bonn"}, {"name": "B", "city": "Bonn", "zip": "1"})
    assert found == {"name": ["A", "B"], "zip": [None, "1"]}
