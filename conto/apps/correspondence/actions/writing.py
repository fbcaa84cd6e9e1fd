"""Write letters from the record, and say where conversations belong."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction

from conto.apps.audit import actions as audit
from conto.apps.correspondence import queries
from conto.apps.correspondence.actions.keeping import add_letter, identity_of_mail, keep_files, start_thread
from conto.apps.correspondence.models import Letter, Thread
from conto.apps.crm.models import Customer
from conto.apps.crm.queries import at_addresses
from conto.apps.messaging.models import Mail
from conto.domain import facts
from conto.domain.errors import RuleBroken
from conto.domain.facts import Actor, changes_between
from conto.domain.ids import new_id
from conto.domain.letters import MOST_REFERENCES, ReadFile


@transaction.atomic
def begin_thread(*, subject: str, customer: Customer, deal_id: UUID | None, at: datetime) -> Thread:
    """Begin a conversation with a customer, for the letter that is written next."""
    return start_thread(subject=subject, customer_id=customer.id, deal_id=deal_id, at=at)


@transaction.atomic
def write_letter(*, thread: Thread, mail: Mail, actor: Actor, at: datetime, files: Sequence[ReadFile] = ()) -> Letter:
    """Put a mail that leaves into its conversation, with what it carries.

    Answers name it by its id and go to the conversation's address.
    """
    row = Thread.objects.select_for_update().get(id=thread.id)
    answered = queries.last_letter(row)
    references = [*answered.reference_ids, answered.message_id] if answered and answered.message_id else []
    people = [each.lower() for each in (mail.to_address, *mail.cc_addresses)]
    contact_id = next(
        (each.contact_id for found in at_addresses(people).values() for each in found
         if each.contact_id and each.customer_id == row.customer_id), None,
    )  # fmt: skip
    letter = Letter(
        id=new_id(), thread=row, direction="out", identity=identity_of_mail(mail.id),
        message_id=mail.message_id.strip("<>"), reference_ids=references[-MOST_REFERENCES:],
        to_people=_bare(people[:1]), cc_people=_bare(people[1:]), subject=mail.subject, text=mail.text,
        customer_id=row.customer_id, contact_id=contact_id, author_id=actor.member_id, mail=mail, sent_at=at,
        noted_at=at,
    )  # fmt: skip
    add_letter(row, letter, people=people)
    keep_files(letter, files)
    fact = facts.LetterWritten(
        subject_id=letter.id, customer_id=row.customer_id, thread_id=row.id, deal_id=row.deal_id,
        subject=letter.subject, recipient=mail.to_address,
    )  # fmt: skip
    audit.record(fact, actor=actor, at=at)
    return letter


def _bare(addresses: Sequence[str]) -> list[list[str]]:
    return [[address, ""] for address in addresses]


@transaction.atomic
def assign_thread(
    *, thread: Thread, customer: Customer | None, deal_id: UUID | None, actor: Actor, at: datetime
) -> Thread:
    """Say to which customer, and to which of its deals, a conversation belongs; this also confirms a guess.

    Raises: RuleBroken for a deal without its customer.
    """
    if deal_id and customer is None:
        raise RuleBroken("thread.deal_without_customer", "A conversation about a deal is with the deal's customer.")
    row = Thread.objects.select_for_update().get(id=thread.id)
    before = {"customer_id": row.customer_id, "deal_id": row.deal_id, "is_guessed": row.is_guessed}
    row.customer, row.deal_id, row.is_guessed = customer, deal_id, False
    after = {"customer_id": row.customer_id, "deal_id": row.deal_id, "is_guessed": False}
    changes = changes_between(before, after)
    if not changes:
        return row
    row.save(update_fields=["customer", "deal_id", "is_guessed"])
    if "customer_id" in changes:
        Letter.objects.filter(thread=row).update(customer=customer, contact=None)
    told = {name: [each if isinstance(each, bool) else each and str(each) for each in pair]
            for name, pair in changes.items()}  # fmt: skip
    fact = facts.ThreadAssigned(subject_id=row.id, customer_id=row.customer_id, subject=row.subject, changes=told)
    audit.record(fact, actor=actor, at=at)
    return row
