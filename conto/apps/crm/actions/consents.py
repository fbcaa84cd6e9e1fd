"""Note what people agree to and take back: a step after the others, for ever."""

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from conto.apps.audit import actions as audit
from conto.apps.audit.origin import origin_of
from conto.apps.crm.models import Consent, Contact
from conto.apps.crm.queries import in_force, people_at
from conto.domain import facts
from conto.domain.consent import ConsentEntry, Purpose, Way, all_agree, checked_consent
from conto.domain.facts import Actor
from conto.domain.ids import new_id


@transaction.atomic
def note_consent(
    *, contact: Contact, entry: ConsentEntry, actor: Actor, at: datetime, address: str | None = None
) -> Consent:
    """Note that a person agreed, or took it back; what is so already, in the same words, is not noted twice.

    `address` is from where it was said when that is not from where it is noted. Who asks meanwhile whether the person
    agrees waits for the answer (CO-4).

    Raises: RuleBroken for consent without its words, or of tomorrow.
    """
    wording, agreed_at = checked_consent(entry, at=at)
    person = Contact.objects.select_for_update().get(id=contact.id)
    last = Consent.objects.filter(contact=person, purpose=entry.purpose).order_by("-step").first()
    if last and last.is_given == entry.is_given and (not entry.is_given or last.wording == wording):
        return last
    told = (origin_of(actor) or {}).get("address", "")
    row = Consent.objects.create(
        id=new_id(), contact=person, purpose=entry.purpose, step=last.step + 1 if last else 1,
        is_given=entry.is_given, way=entry.way, wording=wording, language=entry.language[:10],
        address=(told if address is None else address)[:45], member_id=actor.member_id, agreed_at=agreed_at,
        noted_at=at,
    )  # fmt: skip
    _tell(person, row, actor, at)
    return row


def hold_agreement(*, address: str, purpose: Purpose) -> bool:
    """Tell whether everybody behind an address agrees, and keep it so until the end of all this. Source: CO-3, CO-4."""
    people = list(people_at(address).select_for_update(no_key=True).values_list("id", flat=True))
    return all_agree(people, in_force(people, purpose))


def _tell(person: Contact, row: Consent, actor: Actor, at: datetime) -> None:
    head: dict[str, Any] = {
        "subject_id": person.id,
        "customer_id": person.customer_id,
        "name": person.name,
        "purpose": row.purpose,
    }
    fact: facts.Fact = (
        facts.ConsentGiven(**head, way=row.way, wording=row.wording, agreed_at=row.agreed_at)
        if row.is_given
        else facts.ConsentWithdrawn(**head, way=row.way)
    )
    audit.record(fact, actor=actor, at=at)


@transaction.atomic
def withdraw_consent(
    *, contact: Contact, purposes: Collection[Purpose], way: Way, language: str = "", actor: Actor, at: datetime
) -> list[Consent]:
    """Take back what a person agreed to, wherever the same mail address stands in the book; never refused (CO-2)."""
    people: dict[UUID, Contact] = {contact.id: contact}
    if contact.email:
        people |= {each.id: each for each in people_at(contact.email)}
    made = []
    for _id, person in sorted(people.items()):  # always in one order, so that two who do this wait for one another
        for purpose in sorted(purposes):
            entry = ConsentEntry(purpose=purpose, is_given=False, way=way, language=language)
            made.append(note_consent(contact=person, entry=entry, actor=actor, at=at))
    return made
