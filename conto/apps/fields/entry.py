"""Which record values are written to."""

from dataclasses import dataclass
from uuid import UUID

from conto.domain.fields import Subject


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """A record that can have values; `currency` is that of amounts that are entered without one."""

    subject: Subject
    id: UUID
    currency: str
    customer_id: UUID | None = None
