"""Add, change, order, archive and restore fields."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from conto.apps.accounts import actions as accounts
from conto.apps.audit import actions as audit
from conto.apps.fields.models import OwnField, OwnValues
from conto.apps.fields.queries import rule_of
from conto.domain import facts
from conto.domain.errors import Conflict, RuleBroken
from conto.domain.facts import Actor, changes_between
from conto.domain.fields import (
    FieldKind,
    FieldRule,
    Subject,
    checked_definition,
    key_of,
    uses_money,
    with_normal_rights,
)
from conto.domain.fields.definition import demand_unused
from conto.domain.ids import new_id
from conto.domain.permissions import Role

CHANGEABLE = ("label", "kind", "choices", "formula", "is_required", "is_listed", "seen_by", "edited_by")


@transaction.atomic
def add_field(
    *, subject: Subject, field: FieldRule, actor: Actor, at: datetime, field_id: UUID | None = None
) -> OwnField:
    """Add a field to a kind of record, at the end; without a key it gets one made of its label.

    Raises: RuleBroken for a definition that cannot stand.
    """
    accounts.mark_own_fields()
    others = _locked(subject)
    if not field.key:
        field = replace(field, key=key_of(field.label, [each.key for each in others]))
    if any(each.key == field.key for each in others):
        raise Conflict("field.key_taken", "Another field has the key “%(key)s”.", key=field.key)
    checked = with_normal_rights(checked_definition(field, others=[rule_of(each) for each in others]))
    _demand_customer(subject, checked, others)
    row = OwnField.objects.create(
        id=field_id or new_id(), subject=subject, key=checked.key, position=len(others) + 1, **_columns(checked)
    )
    fact = facts.OwnFieldAdded(
        subject_id=row.id, label=row.label, of=subject, key=row.key, field_kind=row.kind, formula=row.formula,
        seen_by=_names(checked.seen_by), edited_by=_names(checked.edited_by),
    )  # fmt: skip
    audit.record(fact, actor=actor, at=at)
    return row


@transaction.atomic
def change_field(*, field_id: UUID, changes: Mapping[str, Any], actor: Actor, at: datetime) -> OwnField:
    """Change a field; its key stays, and its kind too as soon as it has values.

    Raises: RuleBroken for a definition that cannot stand, Conflict for a kind with values.
    """
    accounts.mark_own_fields()
    row, others = _one_of(field_id)
    before = rule_of(row)
    wanted = replace(before, **{name: changes[name] for name in CHANGEABLE if name in changes})
    checked = with_normal_rights(
        checked_definition(
            wanted, others=[rule_of(each) for each in others], before=before, has_values=_has_values(row)
        )
    )
    _demand_customer(row.subject, checked, others)
    told = changes_between(_told(before), _told(checked))
    if told:
        for name, value in _columns(checked).items():
            setattr(row, name, value)
        row.save()
        audit.record(facts.OwnFieldChanged(subject_id=row.id, label=row.label, changes=told), actor=actor, at=at)
    return row


@transaction.atomic
def archive_field(*, field_id: UUID, actor: Actor, at: datetime) -> OwnField:
    """Take a field out of forms, lists and files; its values stay.

    Raises: Conflict when it is archived already or a formula uses it.
    """
    accounts.mark_own_fields()
    row, others = _one_of(field_id)
    if row.is_archived:
        raise Conflict("field.already_archived", "“%(label)s” is archived already.", label=row.label)
    demand_unused(rule_of(row), [rule_of(each) for each in others])
    row.is_archived = True
    row.save(update_fields=["is_archived"])
    audit.record(facts.OwnFieldArchived(subject_id=row.id, label=row.label), actor=actor, at=at)
    return row


@transaction.atomic
def restore_field(*, field_id: UUID, actor: Actor, at: datetime) -> OwnField:
    """Bring an archived field back, with its values.

    Raises: Conflict when it is in use, or another one has its label now.
    """
    accounts.mark_own_fields()
    row, others = _one_of(field_id)
    if not row.is_archived:
        raise Conflict("field.not_archived", "“%(label)s” is in use.", label=row.label)
    back = replace(rule_of(row), is_archived=False)
    checked_definition(back, others=[rule_of(each) for each in others], before=back)
    row.is_archived = False
    row.save(update_fields=["is_archived"])
    audit.record(facts.OwnFieldRestored(subject_id=row.id, label=row.label), actor=actor, at=at)
    return row


@transaction.atomic
def order_fields(*, subject: Subject, keys: Sequence[str], actor: Actor, at: datetime) -> None:
    """Put the fields of a kind of record in another order; those that are not named follow as they were."""
    accounts.mark_own_fields()
    there = _locked(subject)
    places = {key: place for place, key in enumerate(keys)}
    ordered = sorted(there, key=lambda row: (places.get(row.key, len(places)), row.position))
    moved = [row for place, row in enumerate(ordered, 1) if row.position != place]
    for place, row in enumerate(ordered, 1):
        row.position = place
    if moved:
        OwnField.objects.bulk_update(ordered, ["position"])
        fact = facts.OwnFieldsOrdered(subject_id=moved[0].id, of=subject, keys=tuple(row.key for row in ordered))
        audit.record(fact, actor=actor, at=at)


def _demand_customer(subject: str, field: FieldRule, others: Sequence[OwnField]) -> None:
    """Refuse a formula of leads that asks what the ledger says of the customer that they are not yet (O-5)."""
    if subject == Subject.LEAD and uses_money(field, [*(rule_of(each) for each in others), field]):
        raise RuleBroken("formula.no_customer", "A lead is no customer yet: the ledger knows nothing of it.")


def _locked(subject: str) -> list[OwnField]:
    return list(OwnField.objects.select_for_update().filter(subject=subject).order_by("position", "id"))


def _one_of(field_id: UUID) -> tuple[OwnField, list[OwnField]]:
    known = OwnField.objects.filter(id=field_id).first()
    if known is None:
        raise RuleBroken("field.gone", "There is no such field.")
    rows = _locked(known.subject)
    return next(row for row in rows if row.id == field_id), [row for row in rows if row.id != field_id]


def _has_values(row: OwnField) -> bool:
    return OwnValues.objects.filter(subject_kind=row.subject, values__has_key=row.key).exists()


def _columns(field: FieldRule) -> dict[str, Any]:
    return {
        "label": field.label, "kind": field.kind, "choices": list(field.choices), "formula": field.formula,
        "is_required": field.is_required, "is_listed": field.is_listed,
        "seen_by": _listed(field.seen_by), "edited_by": _listed(field.edited_by),
    }  # fmt: skip


def _listed(roles: frozenset[Role] | None) -> list[str] | None:
    """Return roles by their names, in the order of the house."""
    return None if roles is None else [role.value for role in Role if role in roles]


def _names(roles: frozenset[Role] | None) -> tuple[str, ...] | None:
    listed = _listed(roles)
    return None if listed is None else tuple(listed)


def _told(field: FieldRule) -> dict[str, Any]:
    return _columns(field) | {"kind": FieldKind(field.kind).value}
