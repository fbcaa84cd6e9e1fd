"""Who sees a field of one's own, and who may change it, by their role. Source: O-10, O-11."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from conto.domain.errors import EntryRefused, RuleBroken
from conto.domain.fields import formula
from conto.domain.fields.definition import ROLL_UP_RIGHTS, FieldKind, FieldRule
from conto.domain.fields.made import roll_ups_used, tree_of
from conto.domain.permissions import Permission, Role

ALWAYS = frozenset({Role.OWNER, Role.ADMIN})  # who defines fields sees all of them
LIMITED = tuple(role for role in Role if role not in ALWAYS)


def with_normal_rights(field: FieldRule) -> FieldRule:
    """Return a field whose rights are said in the one way in which they are kept. Source: O-10."""
    seen_by, edited_by = _normal(field.seen_by), _normal(field.edited_by)
    return replace(field, seen_by=seen_by, edited_by=edited_by if field.is_entered else None)


def _normal(roles: Iterable[Role] | None) -> frozenset[Role] | None:
    if roles is None:
        return None
    named = frozenset(roles) - ALWAYS
    return None if named == frozenset(LIMITED) else named


def is_seen(field: FieldRule, fields: Sequence[FieldRule], role: Role | None) -> bool:
    """Tell whether a role sees a field; nobody's role, that of the house itself, sees all.

    A formula that names no roles is seen by who sees everything that it is made of; one that names them is seen by
    those. Source: O-10, O-11.
    """
    if role is None or role in ALWAYS:
        return True
    by_key = {each.key: each for each in fields}

    def sees(each: FieldRule, way: frozenset[str]) -> bool:
        if each.seen_by is not None:
            return role in each.seen_by
        if each.kind is not FieldKind.FORMULA or each.key in way:
            return True
        used = formula.names_in(tree_of(each.formula))
        return all(sees(by_key[name], way | {each.key}) for name in used if name in by_key)

    return sees(field, frozenset())


def is_edited(field: FieldRule, fields: Sequence[FieldRule], role: Role | None) -> bool:
    """Tell whether a role may change what a field holds; who does not see it may not. Source: O-10."""
    if not field.is_entered or not is_seen(field, fields, role):
        return False
    return role is None or role in ALWAYS or field.edited_by is None or role in field.edited_by


def edited_fields(fields: Sequence[FieldRule], role: Role | None) -> tuple[FieldRule, ...]:
    """Return the fields that a role may fill in, and the formulas that it sees, which refuse by themselves."""
    return tuple(
        each for each in fields
        if is_edited(each, fields, role) or (not each.is_entered and is_seen(each, fields, role))
    )  # fmt: skip


def demand_edited(keys: Iterable[str], fields: Sequence[FieldRule], role: Role | None) -> None:
    """Refuse values of fields that a role does not see, as if they were not there, and of those it may only read.

    Raises: EntryRefused by `own.` and the key. Source: O-10.
    """
    if role is None:
        return
    known = {field.key: field for field in fields}
    refused: dict[str, RuleBroken] = {}
    for key in keys:
        field = known.get(key)
        if field is None or field.is_archived or not field.is_entered or is_edited(field, fields, role):
            continue  # what cannot be filled in at all is refused with the values
        if is_seen(field, fields, role):
            refused[f"own.{key}"] = not_yours(field)
        else:
            refused[f"own.{key}"] = unknown(key)
    if refused:
        raise EntryRefused(refused)


def not_yours(field: FieldRule) -> RuleBroken:
    """Return the refusal to change a field that a role may only read."""
    return RuleBroken("field.not_yours", "Your role may read “%(label)s” and not change it.", label=field.label)


def unknown(key: str) -> RuleBroken:
    """Return the refusal of a key that names no field, or none that is seen."""
    return RuleBroken("field.unknown", "There is no field with the key “%(name)s”.", name=key)


def is_more_open(
    target: FieldRule, targets: Sequence[FieldRule], source: FieldRule, sources: Sequence[FieldRule]
) -> bool:
    """Tell whether a role sees a field that does not see the one whose value it is to get. Source: O-8."""
    return any(is_seen(target, targets, role) and not is_seen(source, sources, role) for role in LIMITED)


def rights_needed(field: FieldRule, fields: Sequence[FieldRule]) -> frozenset[Permission]:
    """Return what the roll-ups ask for that a formula uses, itself or through another. Source: O-5."""
    return frozenset().union(*(ROLL_UP_RIGHTS[name] for name in roll_ups_used(field, fields)))
