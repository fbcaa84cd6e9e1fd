"""Add, change, archive and restore customers."""

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

from django.db import transaction

from conto.apps.accounts import queries as accounts
from conto.apps.audit import actions as audit
from conto.apps.crm.actions.billing import set_address, set_bank_detail, set_tax_identifier
from conto.apps.crm.actions.finding import refresh_words
from conto.apps.crm.actions.notes import add_tag, write_note
from conto.apps.crm.actions.people import add_contact
from conto.apps.crm.entry import (
    PROFILE_FIELDS,
    CheckedCustomer,
    NewCustomer,
    check_together,
    checked_customer,
    checked_profile,
)
from conto.apps.crm.models import Customer
from conto.apps.crm.own import record_of
from conto.apps.crm.queries import phone_country
from conto.apps.fields import actions as fields
from conto.domain import contact, facts
from conto.domain.errors import Conflict, check_all
from conto.domain.facts import Actor, changes_between
from conto.domain.fields import Subject
from conto.domain.ids import new_id


@transaction.atomic
def add_customer(*, new: NewCustomer, actor: Actor, at: datetime) -> Customer:
    """Add a customer with everything that was entered; nothing is written when one detail cannot stand.

    Raises: EntryRefused with every field that cannot stand: `email`, `billing.postcode`, `contacts.0.phone` …
    """
    business = accounts.business()
    home = business.country if business else ""
    currency, language = (business.currency, business.language) if business else ("", "en")
    checked, own = check_all(
        partial(checked_customer, new, home_country=home, currency=currency, language=language),
        partial(fields.check_new, Subject.CUSTOMER, new.own, new.currency or currency, actor=actor),
    )
    customer = Customer.objects.create(
        id=new_id(),
        sort_key=contact.sort_key(checked.profile["name"])[:200],
        source=new.source,
        external_ref=new.external_ref,
        created_at=new.created_at or at,
        changed_at=at,
        **checked.profile,
    )
    audit.record(
        facts.CustomerAdded(subject_id=customer.id, customer_id=customer.id, source=new.source), actor=actor, at=at
    )
    _add_surroundings(customer, new, checked, actor=actor, at=at)
    if own:
        fields.set_values(of=record_of(customer), given=own, is_new=True, actor=actor, at=at)
    refresh_words(customer)
    return customer


def _add_surroundings(
    customer: Customer, new: NewCustomer, checked: CheckedCustomer, *, actor: Actor, at: datetime
) -> None:
    for kind, address in (("billing", checked.billing), ("delivery", checked.delivery)):
        if address:
            set_address(customer=customer, kind=kind, address=address, actor=actor, at=at)
    country = new.billing.country if new.billing else phone_country(customer)
    for value, is_vat in ((checked.vat_number, True), (checked.tax_number, False)):
        if value:
            set_tax_identifier(customer=customer, country=country, value=value, is_vat=is_vat, actor=actor, at=at)
    if checked.iban:
        set_bank_detail(customer=customer, holder=new.bank_holder, iban=checked.iban, actor=actor, at=at)
    for person, entered in zip(checked.contacts, new.contacts, strict=True):
        add_contact(customer=customer, given=person, own=entered.own, actor=actor, at=at)
    for tag in new.tags:
        add_tag(customer=customer, name=tag, actor=actor, at=at)
    if new.note.strip():
        write_note(customer=customer, body=new.note, actor=actor, at=at)


@transaction.atomic
def change_customer(
    *,
    customer: Customer,
    changes: Mapping[str, Any],
    actor: Actor,
    at: datetime,
    own: Mapping[str, Any] | None = None,
) -> UUID | None:
    """Change fields of a customer's record, `own` ones too, and return the fact that tells of the record's own change.

    Raises: EntryRefused with every field that cannot stand.
    """
    row = Customer.objects.select_for_update().get(id=customer.id)
    before = {name: getattr(row, name) for name in PROFILE_FIELDS}
    after = checked_profile(changes, country=phone_country(row))
    check_together({**before, **after})
    changed = changes_between(before, after)
    if own:
        fields.set_values(of=record_of(row), given=own, actor=actor, at=at)
    if not changed:
        return None
    for name in changed:
        setattr(row, name, after[name])
    row.sort_key = contact.sort_key(row.name)[:200]
    row.changed_at = at
    row.save(update_fields=[*changed, "sort_key", "changed_at"])
    if changed.keys() & {"name", "legal_name", "email", "phone"}:
        refresh_words(row)
    _copy_onto(customer, row)
    return audit.record(
        facts.CustomerChanged(subject_id=row.id, customer_id=row.id, changes=changed), actor=actor, at=at
    )


def _copy_onto(customer: Customer, row: Customer) -> None:
    for name in (*PROFILE_FIELDS, "sort_key", "changed_at", "archived_at"):
        setattr(customer, name, getattr(row, name))


def set_owner(*, customer: Customer, owner_id: UUID | None, actor: Actor, at: datetime) -> UUID | None:
    """Say which member looks after a customer, and return the fact that tells of it."""
    return change_customer(customer=customer, changes={"owner_id": owner_id}, actor=actor, at=at)


@transaction.atomic
def archive_customer(*, customer: Customer, actor: Actor, at: datetime, reason: str = "") -> None:
    """Take a customer out of daily sight; documents, payments and history stay.

    Raises: Conflict when it is archived already.
    """
    row = Customer.objects.select_for_update().get(id=customer.id)
    if row.archived_at:
        raise Conflict("customer.already_archived", "%(name)s is archived already.", name=row.name)
    row.archived_at = customer.archived_at = at
    row.save(update_fields=["archived_at"])
    fact = facts.CustomerArchived(subject_id=row.id, customer_id=row.id, reason=reason)
    audit.record(fact, actor=actor, at=at)


@transaction.atomic
def restore_customer(*, customer: Customer, actor: Actor, at: datetime) -> None:
    """Bring an archived customer back into daily sight.

    Raises: Conflict when it is not archived.
    """
    row = Customer.objects.select_for_update().get(id=customer.id)
    if not row.archived_at:
        raise Conflict("customer.not_archived", "%(name)s is not archived.", name=row.name)
    row.archived_at = customer.archived_at = None
    row.save(update_fields=["archived_at"])
    audit.record(facts.CustomerRestored(subject_id=row.id, customer_id=row.id), actor=actor, at=at)
