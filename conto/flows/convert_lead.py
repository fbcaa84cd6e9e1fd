"""Convert a lead: customer, contact, deal and next step in one transaction, once only, with its history."""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import transaction

from conto.apps.bulk.retrying import retried
from conto.apps.crm import actions as crm
from conto.apps.crm import own as crm_own
from conto.apps.crm import queries as customers
from conto.apps.crm.entry import NewCustomer, PostalAddress
from conto.apps.deals import actions as deals
from conto.apps.deals import own as deals_own
from conto.apps.deals.entry import NewActivity, NewDeal
from conto.apps.fields import actions as fields
from conto.apps.leads import actions as leads
from conto.apps.leads import queries as leads_queries
from conto.domain.consent import may_raise
from conto.domain.contact import fold, sort_key
from conto.domain.errors import Conflict
from conto.domain.facts import Actor

if TYPE_CHECKING:
    from conto.apps.crm.models import Contact, Customer
    from conto.apps.deals.models import Deal
    from conto.apps.leads.models import Lead


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversion:
    """What a lead is to become."""

    customer: "Customer | None" = None  # one who is here already; none: a new one
    with_deal: bool = True
    deal_name: str = ""  # none: the name of the customer
    stage_id: UUID | None = None  # none: the first stage of the first pipeline
    value_minor: int = 0
    owner_id: UUID | None = None  # none: the lead's, else who converts


@dataclass(frozen=True, slots=True)
class Converted:
    """What a lead became."""

    customer: "Customer"
    contact: "Contact"
    deal: "Deal | None"


def convert(*, lead: "Lead", wish: Conversion, actor: Actor, at: datetime, version: int | None = None) -> Converted:
    """Make a customer, a contact and a deal of a lead: all of it, or nothing.

    Who converts at the same moment waits, and reads that it is a customer already. The next step becomes the deal's.
    What own fields of the lead hold goes over to own fields with the same key (O-8).

    Raises: Conflict when it is converted or discarded already, or somebody was faster; RuleBroken for a stage, owner or
        detail that cannot be.
    Source: L-2.
    """

    def once() -> Converted:
        with transaction.atomic():
            row = leads.hold_lead(lead=lead, version=version)
            customer = wish.customer or _customer(row, wish, actor, at)
            if customer.archived_at:
                raise Conflict("customer.archived", "%(name)s is archived. Restore it first.", name=customer.name)
            contact = _contact(row, customer, actor, at)
            _carry_consent(row, contact, actor, at)
            deal = _deal(row, customer, contact, wish, actor, at) if wish.with_deal else None
            into = [crm_own.record_of(customer), crm_own.record_of_contact(contact, customer)]
            into += [deals_own.record_of(deal)] if deal else []
            for each in into:
                fields.carry_values(from_id=row.id, to=each, actor=actor, at=at)
            leads.mark_converted(
                lead=lead, customer_id=customer.id, contact_id=contact.id, deal_id=deal.id if deal else None,
                actor=actor, at=at,
            )  # fmt: skip
            return Converted(customer, contact, deal)

    return retried(once)


def _customer(lead: "Lead", wish: Conversion, actor: Actor, at: datetime) -> "Customer":
    new = NewCustomer(
        name=lead.company or lead.name,
        kind="company" if lead.company else "person",
        email=lead.email,
        phone=lead.phone,
        owner_id=wish.owner_id or lead.owner_id,
        language=lead.language,
        billing=PostalAddress(country=lead.country) if lead.country else None,
        source=lead.source,
    )
    return crm.add_customer(new=new, actor=actor, at=at)


def _contact(lead: "Lead", customer: "Customer", actor: Actor, at: datetime) -> "Contact":
    """Return the person at the customer whom the lead is, by mail address or name; else add them."""
    for person in customers.contacts_of(customer):
        if lead.email and fold(person.email) == fold(lead.email):
            return person
        if sort_key(person.name) == sort_key(lead.name):
            return person
    given = {"name": lead.name, "email": lead.email, "phone": lead.phone}
    return crm.add_contact(customer=customer, given=given, actor=actor, at=at)


def _carry_consent(lead: "Lead", contact: "Contact", actor: Actor, at: datetime) -> None:
    """Note what the lead agreed to with the contact, and from where that was said; a no of theirs stays (CO-5)."""
    said_from = leads_queries.consent_address(lead)
    gone = customers.taken_back([contact.email])
    is_listed = bool(lead.external_ref) and lead.form_id is None
    for entry in leads.consents_of(lead):
        taken_back_at = gone.get((fold(contact.email), entry.purpose))
        agreed_at = entry.agreed_at or at
        if not may_raise(agreed_at=agreed_at, taken_back_at=taken_back_at, is_listed=is_listed):
            continue
        crm.note_consent(contact=contact, entry=entry, address=said_from, actor=actor, at=at)


def _deal(
    lead: "Lead", customer: "Customer", contact: "Contact", wish: Conversion, actor: Actor, at: datetime
) -> "Deal":
    new = NewDeal(
        name=wish.deal_name or customer.name,
        stage_id=wish.stage_id,
        contact_id=contact.id,
        value_minor=wish.value_minor,
        owner_id=wish.owner_id or lead.owner_id,
        source=lead.source,
    )
    deal = deals.add_deal(customer=customer, new=new, actor=actor, at=at)
    if lead.next_step:
        step = NewActivity(
            title=lead.next_step, due_at=lead.next_step_at, owner_id=deal.owner_id
        )  # fmt: skip
        deals.add_activity(customer=customer, new=step, deal=deal, actor=actor, at=at)
    return deal
