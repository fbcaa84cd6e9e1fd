"""What a look at the safety of an installation tells: each remark says how grave it is, what is so, and what to do."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Severity = Literal["serious", "warning", "note", "fine"]
SEVERITIES: tuple[Severity, ...] = ("serious", "warning", "note", "fine")


@dataclass(frozen=True, slots=True)
class Remark:
    """One thing that was looked at; `says` and `do` are English templates that `params` fill in."""

    code: str
    severity: Severity
    says: str
    do: str = ""
    params: Mapping[str, Any] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """Return in English what is so."""
        return self.says % self.params if self.params else self.says

    @property
    def advice(self) -> str:
        """Return in English what to do about it."""
        return self.do % self.params if self.params else self.do


def gravest_first(remarks: Iterable[Remark]) -> list[Remark]:
    """Order remarks by how grave they are; those of one kind stay as they came."""
    return sorted(remarks, key=lambda remark: SEVERITIES.index(remark.severity))


def is_serious(remarks: Iterable[Remark]) -> bool:
    """Tell whether something must not stay as it is."""
    return any(remark.severity == "serious" for remark in remarks)
