"""Write the values of own fields."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from psycopg.types.json import Jsonb

from conto.apps.audit import actions as audit
from conto.apps.bulk import copy_rows
from conto.apps.fields.entry import Record
from conto.apps.fields.models import OwnField, OwnValues
from conto.apps.fields.queries import rule_of
from conto.domain import facts
from conto.domain.errors import RuleBroken
from conto.domain.facts import Actor
from conto.domain.fields import (
    FieldRule,
    Subject,
    checked_values,
    demand_edited,
    edited_fields,
    is_more_open,
    plain_text,
    read,
    same_or_meanwhile,
)

Checked = Mapping[str, Any]


@transaction.atomic
def set_values(
    *,
    of: Record,
    given: Mapping[str, Any],
    actor: Actor,
    at: datetime,
    is_new: bool = False,
    seen: Mapping[str, Any] | None = None,
) -> UUID | None:
    """Write values of a record's own fields and return the fact that tells of it, or nothing when all stays.

    Only the keys that are `given` change; nothing empties a field. The role of the actor says which may be given, and
    of a new record which must. `seen` is what the one who changes it saw: what they
    did not touch stays, whoever changed it meanwhile.

    Raises: EntryRefused with every value that cannot stand, by `own.` and its key; Conflict when somebody else changed
    the same field meanwhile.
    """
    every = _held(of.subject)
    demand_edited(given, every, actor.role)
    fields = edited_fields(every, actor.role)
    if not given and not (is_new and any(field.is_required for field in fields)):
        return None
    kept = {} if is_new else _locked(of, at)
    checked = checked_values(fields, given, currency=of.currency, is_new=is_new, kept=kept)
    changed = same_or_meanwhile(fields, kept, checked, seen)
    if not changed:
        return None
    merged = {key: value for key, value in (kept | changed).items() if value is not None}
    if is_new:
        OwnValues.objects.create(subject_id=of.id, subject_kind=of.subject, values=merged, changed_at=at)
    else:
        OwnValues.objects.filter(subject_id=of.id).update(values=merged, changed_at=at)
    return audit.record(_fact(of, fields, kept, changed), actor=actor, at=at)


def check_new(
    subject: Subject, given: Mapping[str, Any] | None, currency: str, *, actor: Actor, asks_needed: bool = True
) -> dict[str, Any]:
    """Check the values of a record that is not there yet; none at all when they were not asked for.

    What is needed is asked of who may fill it in. Source: O-10.

    Without `asks_needed` what is needed may be missing where nobody was asked for it.

    Raises: EntryRefused with every value that cannot stand, and with what is required and missing.
    """
    if given is None:
        return {}
    every = _held(subject)
    demand_edited(given, every, actor.role)
    return checked_values(edited_fields(every, actor.role), given, currency=currency, is_new=asks_needed)


@transaction.atomic
def set_many_values(*, rows: Sequence[tuple[Record, Checked]], actor: Actor, at: datetime) -> None:
    """Write the values of new records of one kind by one COPY.

    Raises: EntryRefused for the first row that cannot stand; its `row` tells which.
    """
    if not rows:
        return
    every = _held(rows[0][0].subject)
    fields = edited_fields(every, actor.role)
    made: list[tuple[Record, Checked]] = []
    for place, (of, given) in enumerate(rows):
        try:
            demand_edited(given, every, actor.role)
            checked = checked_values(fields, given, currency=of.currency, is_new=True)
        except RuleBroken as broken:
            broken.params["row"] = place + 1
            raise
        if values := {key: value for key, value in checked.items() if value is not None}:
            made.append((of, values))
    columns = ["subject_id", "subject_kind", "values", "changed_at"]
    copy_rows(OwnValues, columns, [(of.id, of.subject.value, Jsonb(values), at) for of, values in made])
    audit.record_many(((_fact(of, fields, {}, values), at) for of, values in made), actor=actor)


@transaction.atomic
def copy_values(*, subject: Subject, from_id: UUID, to_id: UUID, at: datetime) -> None:
    """Give a record the values of another one of its kind, as its next version."""
    for row in OwnValues.objects.filter(subject_id=from_id, subject_kind=subject):
        OwnValues.objects.create(subject_id=to_id, subject_kind=subject, values=row.values, changed_at=at)


@transaction.atomic
def carry_values(*, from_id: UUID, to: Record, actor: Actor, at: datetime) -> None:
    """Give a record what another one holds in fields with the same key and of the same kind.

    What it holds already stays, and what its own field does not offer is left behind; nothing is asked for. Whoever
    carries them: all of it goes over but what more roles would see then.

    Source: O-8.
    """
    row = OwnValues.objects.filter(subject_id=from_id).first()
    if row is None or not row.values:
        return
    sources = _held(Subject(row.subject_kind))
    by_key = {field.key: field for field in sources}
    targets = _held(to.subject)
    kept = OwnValues.objects.filter(subject_id=to.id).values_list("values", flat=True).first() or {}
    given: dict[str, Any] = {}
    for field in targets:
        source = by_key.get(field.key)
        is_same = source is not None and source.kind is field.kind and field.is_entered and not field.is_archived
        if source is None or not is_same or field.key not in row.values or field.key in kept:
            continue
        if is_more_open(field, targets, source, sources):
            continue
        with suppress(RuleBroken):
            given[field.key] = read(field, row.values[field.key], currency=to.currency)
    set_values(of=to, given=given, actor=replace(actor, role=None), at=at)


def forget_values(subject_ids: Sequence[UUID]) -> None:
    """Take the values of records away that are gone themselves."""
    OwnValues.objects.filter(subject_id__in=subject_ids).delete()


def _held(subject: Subject) -> list[FieldRule]:
    """Return the fields of a kind of record, which stay what they are up to the end of the transaction."""
    statement = "SELECT * FROM fields_ownfield WHERE subject = %s ORDER BY position, id FOR SHARE"
    return [rule_of(row) for row in OwnField.objects.raw(statement, [subject.value])]


def _locked(of: Record, at: datetime) -> dict[str, Any]:
    with connection.cursor() as cursor:
        cursor.execute(
            'INSERT INTO fields_ownvalues (subject_id, subject_kind, "values", changed_at)'
            " VALUES (%s, %s, '{}', %s) ON CONFLICT DO NOTHING",
            [of.id, of.subject.value, at],
        )
    return dict(OwnValues.objects.select_for_update().get(subject_id=of.id).values)


def _fact(of: Record, fields: Sequence[FieldRule], kept: Checked, changed: Checked) -> facts.OwnValuesChanged:
    labels = {field.key: field.label for field in fields}
    return facts.OwnValuesChanged(
        subject_id=of.id,
        customer_id=of.customer_id,
        of=of.subject.value,
        changes={
            labels.get(key, key): [plain_text(kept.get(key)) or None, plain_text(value) or None]
            for key, value in changed.items()
        },
        keys={labels.get(key, key): key for key in changed},
    )
