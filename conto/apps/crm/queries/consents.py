"""Reads of what people agreed to."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from conto.apps.crm.models import Consent, Contact
from conto.apps.crm.queries.searching import at_addresses
from conto.domain.consent import Purpose, all_agree
from conto.domain.contact import fold


def consents_of(contacts: Collection[UUID]) -> dict[UUID, list[Consent]]:
    """Return everything that some people agreed to and took back, by person, the latest step of a purpose first."""
    found: dict[UUID, list[Consent]] = {each: [] for each in contacts}
    rows = Consent.objects.filter(contact__in=list(contacts)).select_related("member")
    for row in rows.order_by("contact", "purpose", "-step"):
        found[row.contact_id].append(row)
    return found


def in_force(contacts: Collection[UUID], purpose: Purpose) -> dict[UUID, bool]:
    """Tell by person whether they agree now; who was never asked is not among them."""
    rows = Consent.objects.filter(contact__in=list(contacts), purpose=purpose).order_by("contact", "-step")
    return dict(rows.distinct("contact").values_list("contact_id", "is_given"))


def people_at(address: str) -> QuerySet[Contact]:
    """Return the people who have a mail address, whoever's contacts they are."""
    there = [each.contact_id for found in at_addresses([address]).values() for each in found if each.contact_id]
    return Contact.objects.filter(id__in=there, archived_at=None).order_by("id")


def agreed_at_address(address: str, purpose: Purpose) -> list[UUID]:
    """Return the people behind an address when all of them agree, else nobody. Source: CO-3."""
    people = list(people_at(address).values_list("id", flat=True))
    return people if all_agree(people, in_force(people, purpose)) else []


def taken_back(addresses: Collection[str]) -> dict[tuple[str, Purpose], datetime]:
    """Tell when people of some mail addresses took back what holds no more, by folded address and purpose.

    Who is no contact any more counts too: a no outlives it.
    """
    wanted = {fold(each) for each in addresses if each}
    if not wanted:
        return {}
    last = Consent.objects.order_by("contact", "purpose", "-step").distinct("contact", "purpose")
    gone = Consent.objects.filter(is_given=False).values("contact")
    rows = last.filter(contact__in=gone).values_list("contact__email", "purpose", "is_given", "agreed_at")
    found: dict[tuple[str, Purpose], datetime] = {}
    for email, purpose, is_given, at in rows:
        key = (fold(email), Purpose(purpose))
        if not is_given and key[0] in wanted:
            found[key] = max(at, found.get(key, at))
    return found


def contact_of_link(contact_id: UUID) -> Contact | None:
    """Return the person whom a link of theirs names, archived or not, with their customer."""
    return Contact.objects.select_related("customer").filter(id=contact_id).first()
