"""Every read of own fields: what they are, their values for a page of records, and which records fit."""

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from django.db import models
from django.db.models import DecimalField, F, QuerySet
from django.db.models.fields.json import KT
from django.db.models.functions import Cast, Upper

from conto.apps.accounts.models import Business
from conto.apps.bulk.composed import Composed, given
from conto.apps.fields.filters import Wanted
from conto.apps.fields.models import OwnField, OwnValues
from conto.domain.facts import OwnValuesChanged
from conto.domain.fields import FieldKind, FieldRule, Subject, is_edited, is_seen
from conto.domain.permissions import Role

Fields = tuple[FieldRule, ...]
_KNOWN: dict[UUID, dict[Subject, Fields]] = {}
_MOST_KNOWN = 20
_VALUES = Composed(lambda: OwnValues.objects.filter(subject_id__one_of=given("ids")))


def rule_of(row: OwnField) -> FieldRule:
    """Return a row as the rules know it."""
    return FieldRule(
        key=row.key, label=row.label, kind=FieldKind(row.kind), choices=tuple(row.choices), formula=row.formula,
        is_required=row.is_required, is_listed=row.is_listed, is_archived=row.is_archived,
        seen_by=_roles(row.seen_by), edited_by=_roles(row.edited_by),
    )  # fmt: skip


def _roles(names: Sequence[str] | None) -> frozenset[Role] | None:
    return None if names is None else frozenset(map(Role, names))


def all_fields(business: Business | None, subject: Subject) -> Fields:
    """Return the fields of a kind of record, the archived ones too, in order.

    A book without such fields is asked nothing; one with them is asked once after each change of a field, in every
    process: the business carries a mark that is another one then.
    """
    mark = business.own_fields_mark if business else None
    if mark is None:
        return ()
    if mark not in _KNOWN:
        while len(_KNOWN) >= _MOST_KNOWN:
            _KNOWN.pop(next(iter(_KNOWN)), None)
        found: dict[Subject, list[FieldRule]] = {}
        for row in rows():
            found.setdefault(Subject(row.subject), []).append(rule_of(row))
        _KNOWN[mark] = {each: tuple(rules) for each, rules in found.items()}
    return _KNOWN[mark].get(subject, ())


def fields_of(business: Business | None, subject: Subject) -> Fields:
    """Return the fields in use of a kind of record, in order."""
    return tuple(field for field in all_fields(business, subject) if not field.is_archived)


def seen_fields(business: Business | None, subject: Subject, role: Role | str | None) -> Fields:
    """Return the fields in use that a role sees by what they are; what they are made of is asked elsewhere (O-5).

    Source: O-10.
    """
    every = fields_of(business, subject)
    return tuple(field for field in every if is_seen(field, every, _role(role)))


def edited_fields(business: Business | None, subject: Subject, role: Role | str | None) -> Fields:
    """Return the fields in use that a role may fill in, in order. Source: O-10."""
    every = fields_of(business, subject)
    return tuple(field for field in every if is_edited(field, every, _role(role)))


def _role(role: Role | str | None) -> Role | None:
    return None if role is None else Role(role)


def told_body(kind: str, body: dict[str, Any], business: Business | None, role: Role | str | None) -> dict[str, Any]:
    """Return what a fact says as far as a role may read it: no value of a field that it does not see.

    What was told before facts named their fields is told to who sees every field of that kind of record.

    Source: O-12.
    """
    if kind != OwnValuesChanged.kind or "of" not in body:
        return body
    every = all_fields(business, Subject(body["of"]))
    seen = {field.key for field in every if is_seen(field, every, _role(role))}
    if len(seen) == len(every):
        return body
    keys = body.get("keys") or {}
    told = {label: pair for label, pair in body.get("changes", {}).items() if keys.get(label) in seen}
    return body | {"changes": told, "keys": {label: keys[label] for label in told}}


def rows(subject: Subject | None = None) -> QuerySet[OwnField]:
    """Return the fields as rows, in order."""
    found = OwnField.objects.order_by("subject", "is_archived", "position", "key")
    return found.filter(subject=subject) if subject else found


def row_by_id(field_id: UUID) -> OwnField | None:
    """Return one field."""
    return OwnField.objects.filter(id=field_id).first()


def rows_with_values(subject: Subject) -> frozenset[str]:
    """Return the keys of a kind of record's fields that have values."""
    found = OwnValues.objects.filter(subject_kind=subject)
    keys = found.annotate(key=models.Func(F("values"), function="jsonb_object_keys")).values_list("key", flat=True)
    return frozenset(keys.distinct())


def values_of(business: Business | None, subject: Subject, ids: Collection[UUID]) -> dict[UUID, dict[str, Any]]:
    """Return the values of some records by id, with one question, and with none when there are no fields."""
    if not ids or not all_fields(business, subject):
        return {}
    return {row.subject_id: row.values for row in _VALUES(ids=list(ids))}


def ids_with(subject: Subject, wanted: Sequence[Wanted]) -> Any:
    """Return the ids of the records whose values fit, as a question inside another one."""
    found = OwnValues.objects.filter(subject_kind=subject)
    for each in wanted:
        found = _fitting(found, each)
    return found.values("subject_id")


def _fitting(found: QuerySet[OwnValues], wanted: Wanted) -> QuerySet[OwnValues]:
    key, kind = wanted.field.key, wanted.field.kind
    if kind in {FieldKind.TEXT, FieldKind.LINK}:
        found = found.annotate(**{f"text_{key}": Upper(KT(f"values__{key}"))})
        return found.filter(**{f"text_{key}__contains": str(wanted.value).upper()})
    if wanted.value is not None:
        value = wanted.value if kind is not FieldKind.NUMBER else str(wanted.value)
        return found.filter(values__contains={key: value})
    if kind is FieldKind.MONEY:
        currency = (wanted.least or wanted.most)["currency"]
        found = found.filter(values__contains={key: {"currency": currency}})
        least, most = (end["amount_minor"] if end else None for end in (wanted.least, wanted.most))
        path: Any = Cast(KT(f"values__{key}__amount_minor"), models.BigIntegerField())
    else:
        least, most = wanted.least, wanted.most
        number = DecimalField(max_digits=30, decimal_places=6)
        path = Cast(KT(f"values__{key}"), number) if kind is FieldKind.NUMBER else KT(f"values__{key}")
    found = found.annotate(**{f"asked_{key}": path})
    if least is not None:
        found = found.filter(**{f"asked_{key}__gte": least})
    return found if most is None else found.filter(**{f"asked_{key}__lte": most})
