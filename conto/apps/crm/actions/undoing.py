"""Take back the change that a fact tells of, from its own before and after."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from conto.apps.audit import queries as audit
from conto.apps.crm.actions.billing import set_address
from conto.apps.crm.actions.customers import change_customer
from conto.apps.crm.actions.notes import change_note
from conto.apps.crm.actions.people import change_contact
from conto.apps.crm.entry import CONTACT_FIELDS, PROFILE_FIELDS, PostalAddress
from conto.apps.crm.models import Address, Customer
from conto.domain.errors import Conflict, RuleBroken
from conto.domain.facts import Actor


@transaction.atomic
def undo_change(*, customer: Customer, fact_id: UUID, actor: Actor, at: datetime) -> None:
    """Bring back what a change replaced; the undoing is a change of its own, with its own fact.

    Raises: RuleBroken when the fact tells of nothing that can be undone so.
    """
    fact = audit.facts_of_customer(customer.id).filter(id=fact_id).first()
    if fact is None:
        raise _cannot()
    changes: dict[str, list[Any]] = fact.body.get("changes", {})
    before = {name: pair[0] for name, pair in changes.items()}
    match fact.kind:
        case "customer_changed" if before.keys() <= set(PROFILE_FIELDS):
            change_customer(customer=customer, changes=before, actor=actor, at=at)
        case "contact_changed" if before.keys() <= set(CONTACT_FIELDS):
            change_contact(customer=customer, contact_id=fact.subject_id, changes=before, actor=actor, at=at)
        case "address_changed":
            _undo_address(customer, fact.subject_id, before, actor=actor, at=at)
        case "note_changed":
            change_note(customer=customer, note_id=fact.subject_id, body=before["text"], actor=actor, at=at)
        case _:
            raise _cannot()


def _undo_address(customer: Customer, address_id: UUID, before: dict[str, Any], *, actor: Actor, at: datetime) -> None:
    row = Address.objects.filter(customer=customer, id=address_id).first()
    if row is None:
        raise Conflict("customer.address_gone", "This address is no longer here.")
    now = {name: getattr(row, name) for name in ("line1", "line2", "postcode", "city", "region", "country")}
    address = PostalAddress(**(now | before))
    set_address(customer=customer, kind=row.kind, address=address, address_id=row.id, actor=actor, at=at)


def _cannot() -> RuleBroken:
    return RuleBroken("change.cannot_undo", "This change cannot be undone here.")
