"""What members write down about a customer, and the words that group customers."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from conto.apps.audit import actions as audit
from conto.apps.crm.models import Customer, Note, Tag
from conto.domain import facts
from conto.domain.contact import fold
from conto.domain.errors import RuleBroken
from conto.domain.facts import Actor
from conto.domain.ids import new_id

_LONGEST_NOTE = 20_000
_LONGEST_TAG = 50


@transaction.atomic
def write_note(*, customer: Customer, body: str, actor: Actor, at: datetime) -> Note:
    """Write something down about a customer.

    Raises: RuleBroken when there are no words, or too many.
    """
    note = _new_note(customer, body, actor=actor, at=at)
    fact = facts.NoteAdded(subject_id=note.id, customer_id=customer.id, text=note.body)
    audit.record(fact, actor=actor, at=at)
    return note


@transaction.atomic
def log_call(
    *, customer: Customer, body: str, actor: Actor, at: datetime, with_name: str = "", minutes: int | None = None
) -> Note:
    """Write down a call with a customer: with whom, how long, what was said.

    Raises: RuleBroken when there are no words, or too many.
    """
    note = _new_note(customer, body, actor=actor, at=at)
    fact = facts.CallLogged(
        subject_id=note.id, customer_id=customer.id, with_name=with_name.strip()[:200], minutes=minutes, text=note.body
    )
    audit.record(fact, actor=actor, at=at)
    return note


def _new_note(customer: Customer, body: str, *, actor: Actor, at: datetime) -> Note:
    return Note.objects.create(id=new_id(), customer=customer, member_id=actor.member_id, body=_words(body), at=at)


@transaction.atomic
def change_note(*, customer: Customer, note_id: UUID, body: str, actor: Actor, at: datetime) -> UUID | None:
    """Change the words of a note and return the fact that tells of it, or nothing when all stays.

    Raises: RuleBroken when there is no such note, or no words.
    """
    note = Note.objects.select_for_update().filter(customer=customer, id=note_id).first()
    if note is None:
        raise RuleBroken("note.unknown", "There is no such note.")
    before, after = note.body, _words(body)
    if before == after:
        return None
    note.body, note.changed_at = after, at
    note.save(update_fields=["body", "changed_at"])
    fact = facts.NoteChanged(subject_id=note.id, customer_id=customer.id, changes={"text": [before, after]})
    return audit.record(fact, actor=actor, at=at)


def _words(body: str) -> str:
    text = body.replace("\x00", "").replace("\r\n", "\n").strip()
    if not text:
        raise RuleBroken("note.empty", "Write what should be remembered.")
    if len(text) > _LONGEST_NOTE:
        raise RuleBroken("note.too_long", "At most %(most)s characters.", most=_LONGEST_NOTE)
    return text


@transaction.atomic
def add_tag(*, customer: Customer, name: str, actor: Actor, at: datetime) -> Tag:
    """Give a customer a tag; the same word in another spelling is the same tag.

    Raises: RuleBroken when the tag has no words, or too many.
    """
    text = " ".join(name.split())
    if not text or len(text) > _LONGEST_TAG:
        raise RuleBroken("tag.bad_name", "A tag has between 1 and %(most)s characters.", most=_LONGEST_TAG)
    tag, _ = Tag.objects.get_or_create(folded=fold(text)[:_LONGEST_TAG], defaults={"id": new_id(), "name": text})
    if not tag.customers.filter(id=customer.id).exists():
        tag.customers.add(customer)
        fact = facts.TagAdded(subject_id=customer.id, customer_id=customer.id, tag=tag.name)
        audit.record(fact, actor=actor, at=at)
    return tag


@transaction.atomic
def remove_tag(*, customer: Customer, name: str, actor: Actor, at: datetime) -> None:
    """Take a tag off a customer; a tag that nobody has any more is gone."""
    tag = Tag.objects.filter(folded=fold(name)[:_LONGEST_TAG], customers=customer).first()
    if tag is None:
        return
    tag.customers.remove(customer)
    if not tag.customers.exists():
        tag.delete()
    fact = facts.TagRemoved(subject_id=customer.id, customer_id=customer.id, tag=tag.name)
    audit.record(fact, actor=actor, at=at)
