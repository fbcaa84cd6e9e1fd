"""The people at a customer."""

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

from django.db import transaction

from conto.apps.audit import actions as audit
from conto.apps.crm.actions.finding import refresh_words
from conto.apps.crm.entry import CONTACT_FIELDS, checked_contact
from conto.apps.crm.models import Contact, Customer
from conto.apps.crm.own import record_of_contact
from conto.apps.crm.queries import phone_country
from conto.apps.fields import actions as fields
from conto.domain import contact, facts
from conto.domain.errors import Conflict, RuleBroken, check_all
from conto.domain.facts import Actor, changes_between
from conto.domain.fields import Subject
from conto.domain.ids import new_id


@transaction.atomic
def add_contact(
    *,
    customer: Customer,
    given: Mapping[str, Any],
    actor: Actor,
    at: datetime,
    own: Mapping[str, Any] | None = None,
) -> Contact:
    """Add a person (name, job_title, email, phone, receives_invoices) to a customer; `own` is of own fields.

    Raises: EntryRefused with every field that cannot stand.
    """
    checked, values = check_all(
        partial(checked_contact, {"name": "", **given}, country=phone_country(customer)),
        partial(fields.check_new, Subject.CONTACT, own, customer.currency, actor=actor),
    )
    person = Contact.objects.create(
        id=new_id(), customer=customer, sort_key=contact.sort_key(checked["name"])[:200], **checked
    )
    refresh_words(customer)
    fact = facts.ContactAdded(subject_id=person.id, customer_id=customer.id, name=person.name)
    audit.record(fact, actor=actor, at=at)
    if values:
        fields.set_values(of=record_of_contact(person, customer), given=values, is_new=True, actor=actor, at=at)
    return person


@transaction.atomic
def change_contact(
    *,
    customer: Customer,
    contact_id: UUID,
    changes: Mapping[str, Any],
    actor: Actor,
    at: datetime,
    own: Mapping[str, Any] | None = None,
    seen: Mapping[str, Any] | None = None,
) -> UUID | None:
    """Change a contact's details, `own` fields too, and return the fact that tells of the details, or nothing.

    Raises: EntryRefused with every field that cannot stand; RuleBroken when there is no such contact.
    """
    person = _locked(customer, contact_id)
    after = checked_contact(changes, country=phone_country(customer))
    if own:
        fields.set_values(of=record_of_contact(person, customer), given=own, seen=seen, actor=actor, at=at)
    changed = changes_between({name: getattr(person, name) for name in CONTACT_FIELDS}, after)
    if not changed:
        return None
    for name in changed:
        setattr(person, name, after[name])
    person.sort_key = contact.sort_key(person.name)[:200]
    person.save(update_fields=[*changed, "sort_key"])
    refresh_words(customer)
    return audit.record(
        facts.ContactChanged(subject_id=person.id, customer_id=customer.id, changes=changed), actor=actor, at=at
    )


@transaction.atomic
def archive_contact(*, customer: Customer, contact_id: UUID, actor: Actor, at: datetime) -> None:
    """Take a person off a customer; what they wrote and signed stays.

    Raises: Conflict when it was done already.
    """
    person = _locked(customer, contact_id)
    if person.archived_at:
        raise Conflict("contact.already_archived", "%(name)s is no contact any more.", name=person.name)
    person.archived_at = at
    person.save(update_fields=["archived_at"])
    refresh_words(customer)
    fact = facts.ContactRemoved(subject_id=person.id, customer_id=customer.id, name=person.name)
    audit.record(fact, actor=actor, at=at)


@transaction.atomic
def restore_contact(*, customer: Customer, contact_id: UUID, actor: Actor, at: datetime) -> None:
    """Bring a person back to a customer.

    Raises: Conflict when it was done already.
    """
    person = _locked(customer, contact_id)
    if not person.archived_at:
        raise Conflict("contact.not_archived", "%(name)s is a contact.", name=person.name)
    person.archived_at = None
    person.save(update_fields=["archived_at"])
    refresh_words(customer)
    fact = facts.ContactAdded(subject_id=person.id, customer_id=customer.id, name=person.name)
    audit.record(fact, actor=actor, at=at)


def _locked(customer: Customer, contact_id: UUID) -> Contact:
    person = Contact.objects.select_for_update().filter(customer=customer, id=contact_id).first()
    if person is None:
        raise RuleBroken("contact.unknown", "There is no such contact.")
    return person
