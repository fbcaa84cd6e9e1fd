"""What happened: one frozen dataclass per fact, recorded in the transaction that made it true.

A fact names its subject, its customer (for the timeline) and the journal entry that it posted, if any; everything
else is its payload. Personal words are kept out where an id will do.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import date, datetime
from decimal import Decimal
from typing import Any, ClassVar, Literal
from uuid import UUID

from conto.domain.permissions import Role

Changes = dict[str, list[Any]]
ActorKind = Literal["member", "system", "customer", "import"]
Channel = Literal["web", "api", "cli", "job", "portal", "import"]


@dataclass(frozen=True, slots=True)
class Origin:
    """From where it was done: the entrance, the network address, the program, the API key."""

    channel: Channel
    address: str = ""
    agent: str = ""
    key_id: UUID | None = None

    def body(self) -> dict[str, str]:
        """Give what is known as JSON values."""
        known = {"channel": self.channel, "address": self.address, "agent": self.agent}
        if self.key_id:
            known["key_id"] = str(self.key_id)
        return {name: value for name, value in known.items() if value}


@dataclass(frozen=True, slots=True)
class Actor:
    """Who did it: a member, the system, a customer on the portal, or an import; and from where."""

    member_id: UUID | None
    kind: ActorKind
    name: str
    origin: Origin | None = None
    role: Role | None = None  # what they are here, where that limits which fields they fill in


SYSTEM = Actor(None, "system", "Conto")

_WORD = re.compile(r"(?<!^)(?=[A-Z])")
_HEAD = frozenset({"subject_id", "customer_id", "entry_id"})
_OWN_FIELDS: dict[type, tuple[str, ...]] = {}
FACTS: dict[str, type[Fact]] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """The head that all facts share."""

    kind: ClassVar[str] = "fact"
    subject_kind: ClassVar[str] = ""

    subject_id: UUID
    customer_id: UUID | None = None
    entry_id: UUID | None = None

    def __init_subclass__(cls) -> None:
        cls.kind = _WORD.sub("_", cls.__name__).lower()
        FACTS[cls.kind] = cls

    def payload(self) -> dict[str, Any]:
        """Give the fact's own fields as JSON values."""
        cls = type(self)
        names = _OWN_FIELDS.get(cls)
        if names is None:
            names = _OWN_FIELDS[cls] = tuple(f.name for f in fields(cls) if f.name not in _HEAD)
        return {
            name: value if value is None or type(value) in _PLAIN else _json(value)
            for name in names
            for value in (getattr(self, name),)
        }


_PLAIN = frozenset({str, int, bool})


def _json(value: Any) -> Any:
    match value:
        case None | bool() | int() | str():
            return str(value) if type(value) not in _PLAIN and isinstance(value, str) else value
        case UUID() | Decimal():
            return str(value)
        case datetime() | date():
            return value.isoformat()
        case dict():
            return {str(key): _json(item) for key, item in value.items()}
        case list() | tuple() | set() | frozenset():
            return [_json(item) for item in _ordered(value)]
    raise TypeError(f"{type(value).__name__} has no place in a fact")


def _ordered(items: Any) -> Iterator[Any]:
    return iter(sorted(items)) if isinstance(items, set | frozenset) else iter(items)


def changes_between(before: dict[str, Any], after: dict[str, Any]) -> Changes:
    """List what differs as {name: [before, after]}, in the order of `after`."""
    return {name: [before.get(name), value] for name, value in after.items() if before.get(name) != value}
