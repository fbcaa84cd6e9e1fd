"""Fields of one's own: what they are, added, changed, put in order, archived."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal
from uuid import UUID

from django.http import HttpRequest
from pydantic import Field

from conto.api import paging
from conto.api.door import caller_of
from conto.api.fields import Entry, Flag, Id
from conto.api.idempotency import repeatable
from conto.api.operations import Match, noun, reads, writes
from conto.api.reading import found, given, lock
from conto.apps.fields import actions, queries
from conto.domain.errors import RuleBroken
from conto.domain.fields import FieldKind, FieldRule, Subject, is_seen
from conto.domain.ids import new_id
from conto.domain.permissions import Permission, Role

router = noun("Fields")
_VIEW, _EDIT = Permission.CUSTOMER_VIEW, Permission.FIELD_EDIT
SubjectWord = Literal["customer", "contact", "lead", "deal", "quote", "invoice"]
KindWord = Literal["text", "number", "money", "date", "choice", "many", "link", "formula"]
Label = Annotated[str, Field(min_length=1, max_length=60, examples=["Sector"])]
Choice = Annotated[str, Field(min_length=1, max_length=80, examples=["Trade"])]
Choices = Annotated[list[Choice], Field(max_length=100, description="What can be chosen, in order.", examples=[[]])]
Formula = Annotated[str, Field(max_length=500, description="Over the keys of other fields.", examples=[""])]

RoleWord = Literal["sales", "finance", "support", "marketing", "auditor"]
Roles = Annotated[
    list[str] | None,
    Field(description="Roles beside owner and admin; null: whoever sees the record.", examples=[None]),
]
RolesGiven = Annotated[
    list[RoleWord] | None,
    Field(
        description="Roles beside owner and admin, who always do; null: whoever sees the record, or the field.",
        max_length=5, examples=[None],
    ),
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class OwnField:
    """A field of one's own."""

    id: Id
    subject: Annotated[str, Field(examples=["customer"])]
    key: Annotated[str, Field(description="Names it in `own` and in formulas.", examples=["sector"])]
    label: Label
    kind: Annotated[str, Field(examples=["text"])]
    choices: Choices
    formula: Formula
    is_required: bool
    is_listed: bool
    position: int
    is_archived: bool
    seen_by: Roles
    edited_by: Roles


class OwnFieldFields(Entry):
    """What can be said of a field; what is left out of a change stays."""

    label: Label = "-"
    kind: KindWord = "text"
    choices: Choices = []
    formula: Formula = ""
    is_required: Annotated[Flag, Field(description="New records are refused without it.")] = False
    is_listed: Annotated[Flag, Field(description="A column of the list, with a filter.")] = False
    seen_by: RolesGiven = None
    edited_by: RolesGiven = None


class OwnFieldEntry(OwnFieldFields):
    """A new field, at the end of those of its kind of record."""

    subject: Annotated[SubjectWord, Field(examples=["customer"])]
    label: Label
    key: Annotated[
        str,
        Field(pattern="^([a-z][a-z0-9_]{0,39})?$", description="Empty: made of the label.", examples=[""]),
    ] = ""


class FieldOrderEntry(Entry):
    """The keys of the fields in their order; those that are left out follow as they were."""

    subject: Annotated[SubjectWord, Field(examples=["customer"])]
    keys: Annotated[list[Annotated[str, Field(max_length=40, examples=["sector"])]], Field(max_length=60)]


def _record(request: HttpRequest, field_id: UUID) -> Any:
    row = found(queries.row_by_id(field_id))
    return found(row if row.key in _seen(request, Subject(row.subject)) else None)


def _seen(request: HttpRequest, subject: Subject) -> set[str]:
    """Return the keys of the fields that the caller may know of, archived ones too."""
    caller = caller_of(request)
    every = queries.all_fields(caller.business, subject)
    return {field.key for field in every if is_seen(field, every, Role(caller.member.role))}


def _roles(names: Sequence[str] | None) -> frozenset[Role] | None:
    return None if names is None else frozenset(map(Role, names))


def _shape(row: Any) -> OwnField:
    return OwnField(
        row.id, row.subject, row.key, row.label, str(row.kind), list(row.choices), row.formula, row.is_required,
        row.is_listed, row.position, row.is_archived, row.seen_by, row.edited_by,
    )  # fmt: skip


def _read(request: HttpRequest, field_id: UUID) -> OwnField:
    return _shape(_record(request, field_id))


def _hold(request: HttpRequest, field_id: UUID) -> None:
    del request
    lock(queries.rows(), field_id)


_MATCH = Match(_read, _hold)


@reads(router, "/fields", needs=_VIEW, gives=paging.Page[OwnField])
def list_fields(request: HttpRequest) -> Any:
    """List the fields of one's own that the caller may see, archived ones too."""
    seen = {subject: _seen(request, subject) for subject in Subject}
    return paging.whole(_shape(row) for row in queries.rows() if row.key in seen[Subject(row.subject)])


@reads(router, "/fields/{uuid:field_id}", needs=_VIEW, gives=OwnField, is_record=True)
def get_field(request: HttpRequest, field_id: UUID) -> Any:
    """Get a field."""
    return _read(request, field_id)


@writes(router, "/fields", needs=_EDIT, gives=OwnField, status=201)
def add_field(request: HttpRequest, field: OwnFieldEntry) -> Any:
    """Add a field to a kind of record; it is at once in forms, lists, files and here."""
    caller, named = caller_of(request), repeatable(request)
    if field.formula and field.kind != "formula":
        raise RuleBroken("field.no_formula", "Only a field of the kind “formula” has a formula.")
    made = FieldRule(
        key=field.key, label=field.label, kind=FieldKind(field.kind), choices=tuple(field.choices),
        formula=field.formula, is_required=field.is_required, is_listed=field.is_listed,
        seen_by=_roles(field.seen_by), edited_by=_roles(field.edited_by),
    )  # fmt: skip
    row = actions.add_field(
        subject=Subject(field.subject), field=made, field_id=named.id_of("field") if named else new_id(),
        actor=caller.actor, at=caller.at,
    )  # fmt: skip
    return _shape(row)


@writes(router, "/fields/{uuid:field_id}", method="PATCH", needs=_EDIT, gives=OwnField, match=_MATCH)
def change_field(request: HttpRequest, field_id: UUID, changes: OwnFieldFields) -> Any:
    """Change a field; its key stays, and its kind too as soon as it has values."""
    caller, entered = caller_of(request), given(changes)
    if "kind" in entered:
        entered["kind"] = FieldKind(entered["kind"])
    if "choices" in entered:
        entered["choices"] = tuple(entered["choices"])
    entered |= {name: _roles(entered[name]) for name in ("seen_by", "edited_by") if name in entered}
    _record(request, field_id)
    return _shape(actions.change_field(field_id=field_id, changes=entered, actor=caller.actor, at=caller.at))


@writes(router, "/fields/order", method="PUT", needs=_EDIT, gives=paging.Page[OwnField])
def order_fields(request: HttpRequest, order: FieldOrderEntry) -> Any:
    """Put the fields of a kind of record in another order."""
    caller = caller_of(request)
    actions.order_fields(subject=Subject(order.subject), keys=order.keys, actor=caller.actor, at=caller.at)
    return paging.whole(_shape(row) for row in queries.rows(Subject(order.subject)))


@writes(router, "/fields/{uuid:field_id}/archive", needs=_EDIT, gives=OwnField)
def archive_field(request: HttpRequest, field_id: UUID) -> Any:
    """Take a field out of use; its values stay."""
    caller = caller_of(request)
    _record(request, field_id)
    return _shape(actions.archive_field(field_id=field_id, actor=caller.actor, at=caller.at))


@writes(router, "/fields/{uuid:field_id}/restore", needs=_EDIT, gives=OwnField)
def restore_field(request: HttpRequest, field_id: UUID) -> Any:
    """Bring an archived field back into use, with its values."""
    caller = caller_of(request)
    _record(request, field_id)
    return _shape(actions.restore_field(field_id=field_id, actor=caller.actor, at=caller.at))
