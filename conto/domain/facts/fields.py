"""Facts about fields of one's own: what they are, and what they hold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from conto.domain.facts.base import Changes, Fact


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnFieldAdded(Fact):
    """Records of a kind have one more field."""

    subject_kind: ClassVar[str] = "own_field"
    label: str
    of: str
    key: str
    field_kind: str
    formula: str = ""
    seen_by: tuple[str, ...] | None = None
    edited_by: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnFieldChanged(Fact):
    """What a field is changed."""

    subject_kind: ClassVar[str] = "own_field"
    label: str
    changes: Changes


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnFieldArchived(Fact):
    """A field is out of use; its values stay."""

    subject_kind: ClassVar[str] = "own_field"
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnFieldRestored(Fact):
    """A field is in use again."""

    subject_kind: ClassVar[str] = "own_field"
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnFieldsOrdered(Fact):
    """The fields of a kind of record stand in another order."""

    subject_kind: ClassVar[str] = "own_field"
    of: str
    keys: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnValuesChanged(Fact):
    """Values of a record's own fields changed, by the labels of the fields."""

    subject_kind: ClassVar[str] = "own_values"
    of: str
    changes: Changes
    keys: dict[str, str] | None = None  # by label: a label can become that of another field, a key cannot
