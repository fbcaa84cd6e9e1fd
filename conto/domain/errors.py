"""Refusals in words: the one exception of the rules and the findings of a check list."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Severity = Literal["block", "warn"]


class RuleBroken(Exception):  # noqa: N818 - it is named for what happened; the house says so everywhere
    """A rule said no: `code` for programs, `message` (a template with `%(name)s`) and `params` for people."""

    def __init__(self, code: str, message: str, /, **params: Any) -> None:
        super().__init__(code, message, params)
        self.code = code
        self.message = message
        self.params: dict[str, Any] = params

    def __str__(self) -> str:
        return f"{self.message % self.params if self.params else self.message} [{self.code}]"


class NotAllowed(RuleBroken):
    """The member sees the thing but may not do this with it (403)."""


class Conflict(RuleBroken):
    """The state of the thing, or another person's change, stands against it (409)."""


class EntryRefused(RuleBroken):
    """Something that was entered cannot stand; `by_field` says what and why."""

    def __init__(self, by_field: Mapping[str, RuleBroken]) -> None:
        first = next(iter(by_field.values()))
        super().__init__(first.code, first.message, **first.params)
        self.by_field = dict(by_field)


def noted(refused: dict[str, RuleBroken], line: int | str, act: Callable[[], Any]) -> Any:
    """Do what a line of a file asks for, or note what refuses it: by `3.email`, or `3.` for the whole line."""
    try:
        return act()
    except EntryRefused as broken:
        refused |= {f"{line}.{name}": each for name, each in broken.by_field.items()}
    except RuleBroken as broken:
        refused[f"{line}."] = broken
    return None


def check_all(*checks: Callable[[], Any]) -> list[Any]:
    """Return what all checks give, or name everything at once that one of them refuses.

    Raises: EntryRefused.
    """
    made: list[Any] = []
    refused: dict[str, RuleBroken] = {}
    for check in checks:
        try:
            made.append(check())
        except EntryRefused as broken:
            refused |= broken.by_field
    if refused:
        raise EntryRefused(refused)
    return made


@dataclass(frozen=True, slots=True)
class Finding:
    """One remark of a check list: `block` stops, `warn` can be overridden with a reason."""

    code: str
    message: str
    params: Mapping[str, Any] = field(default_factory=dict)
    severity: Severity = "block"

    @property
    def text(self) -> str:
        """The message in English with its parameters filled in."""
        return self.message % self.params if self.params else self.message
