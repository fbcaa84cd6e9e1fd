"""Take over customers from a file: new ones are added, those that are here get the values of their own fields.

All of it or nothing: every row that cannot stand is named, and nothing is written then. The same file a second time
changes nothing, because a row is known by its reference, or by what it says when it has none.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db import transaction

from conto.apps.accounts import queries as accounts
from conto.apps.audit import actions as audit
from conto.apps.crm import actions as crm
from conto.apps.crm import queries as customers
from conto.apps.crm.entry import NewCustomer, checked_customer
from conto.apps.crm.own import record_of
from conto.apps.fields import actions as fields
from conto.domain import facts
from conto.domain.errors import EntryRefused, RuleBroken, noted
from conto.domain.facts import Actor
from conto.domain.fields import Subject
from conto.domain.ids import new_id

if TYPE_CHECKING:
    from conto.apps.accounts.models import Member

SOURCE = "csv"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A row of the file: a new customer, or with an id the own values of one that is here."""

    line: int
    new: NewCustomer
    id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did."""

    added: int
    changed: int
    unchanged: int


@transaction.atomic
def import_customers(rows: Sequence[Row], *, member: "Member", actor: Actor, at: datetime) -> Imported:
    """Take over the rows.

    Raises: EntryRefused with everything that cannot stand, by line and field: `3.own.sector`.
    """
    refused: dict[str, RuleBroken] = {}
    fresh = [row for row in rows if row.id is None]
    business = accounts.business()
    home = {
        "home_country": business.country if business else "",
        "currency": business.currency if business else "",
        "language": business.language if business else "en",
    }
    for row in fresh:
        currency = row.new.currency or home["currency"]
        noted(refused, row.line, lambda row=row: checked_customer(row.new, **home))  # type: ignore[misc]
        own = partial(fields.check_new, Subject.CUSTOMER, row.new.own, currency, actor=actor)
        noted(refused, row.line, own)
    changed = 0
    for row in rows:
        if row.id is not None:
            changed += bool(noted(refused, row.line, lambda row=row: _change(row, member, actor, at)))  # type: ignore[misc]
    if refused:
        raise EntryRefused(refused)
    known = customers.imported_refs(SOURCE, [str(row.new.external_ref) for row in fresh])
    crm.import_customers(rows=[row.new for row in fresh], actor=actor, at=at)
    added = len({row.new.external_ref for row in fresh} - known)
    unchanged = len(rows) - added - changed
    if added or changed:
        fact = facts.ImportFinished(subject_id=new_id(), source=SOURCE, added=added, skipped=unchanged, refused=0)
        audit.record(fact, actor=actor, at=at)
    return Imported(added, changed, unchanged)


def _change(row: Row, member: "Member", actor: Actor, at: datetime) -> bool:
    customer = customers.customer_for(member, row.id) if row.id else None
    if customer is None:
        raise EntryRefused({"id": RuleBroken("import.no_such_customer", "No customer here has this id.")})
    own: Mapping[str, Any] = row.new.own or {}
    return fields.set_values(of=record_of(customer), given=own, actor=actor, at=at) is not None
