"""Customers and contacts as records that can have values of own fields."""

from typing import TYPE_CHECKING

from conto.apps.fields.entry import Record
from conto.domain.fields import Subject

if TYPE_CHECKING:
    from conto.apps.crm.models import Contact, Customer


def record_of(customer: "Customer") -> Record:
    """Return a customer as the record of its values."""
    return Record(subject=Subject.CUSTOMER, id=customer.id, currency=customer.currency, customer_id=customer.id)


def record_of_contact(person: "Contact", customer: "Customer") -> Record:
    """Return a person at a customer as the record of their values."""
    return Record(subject=Subject.CONTACT, id=person.id, currency=customer.currency, customer_id=customer.id)
