"""Note that a letter was opened and its links followed: only of who agrees at that moment. Source: E-10."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from conto.apps.audit import actions as audit
from conto.apps.correspondence import queries
from conto.apps.correspondence.models import Letter, LetterSight
from conto.apps.crm import actions as crm
from conto.domain import facts
from conto.domain.consent import Purpose
from conto.domain.facts import Actor, Origin
from conto.domain.ids import new_id
from conto.domain.measuring import AGAIN_AFTER_SECONDS, link_with, mark_of


@transaction.atomic
def begin_measuring(*, letter: Letter, at: datetime) -> bool:
    """Tell whether a letter that is about to leave may be measured, and note that it is."""
    if not _agrees(letter):
        return False
    known = {"id": new_id(), "first_at": at, "last_at": at}
    LetterSight.objects.get_or_create(letter=letter, kind="sent", mark="", defaults=known)
    return True


@transaction.atomic
def note_opened(*, letter_id: UUID, at: datetime) -> bool:
    """Note that the picture of a letter was asked for, and return whether it is known; not noted without consent."""
    letter = queries.measured_letter(letter_id)
    if letter is None:
        return False
    if _agrees(letter) and _note(letter, "open", "", at):
        fact = facts.LetterOpened(
            subject_id=letter.id, customer_id=letter.customer_id, thread_id=letter.thread_id,
            deal_id=letter.thread.deal_id, subject=letter.subject, recipient=_recipient(letter),
        )  # fmt: skip
        audit.record(fact, actor=_reader(letter), at=at)
    return True


@transaction.atomic
def note_followed(*, letter_id: UUID, mark: str, at: datetime) -> str:
    """Note that a link of a letter was followed, and return where it leads; empty for what never stood in it."""
    letter = queries.measured_letter(letter_id)
    link = link_with(letter.text, mark) if letter else ""
    if letter and link and _agrees(letter) and _note(letter, "click", link, at):
        fact = facts.LetterLinkFollowed(
            subject_id=letter.id, customer_id=letter.customer_id, thread_id=letter.thread_id,
            deal_id=letter.thread.deal_id, subject=letter.subject, recipient=_recipient(letter), link=link,
        )  # fmt: skip
        audit.record(fact, actor=_reader(letter), at=at)
    return link


def _agrees(letter: Letter) -> bool:
    return crm.hold_agreement(address=_recipient(letter), purpose=Purpose.MEASURING)


def _recipient(letter: Letter) -> str:
    return letter.mail.to_address if letter.mail else ""


def _reader(letter: Letter) -> Actor:
    return Actor(None, "customer", _recipient(letter), Origin("portal"))  # from where is not kept: it was not agreed to


def _note(letter: Letter, kind: str, link: str, at: datetime) -> bool:
    """Count a look, and tell whether it is the first; the people's rows are held, so nobody counts meanwhile."""
    row, is_first = LetterSight.objects.get_or_create(
        letter=letter, kind=kind, mark=mark_of(link) if link else "",
        defaults={"id": new_id(), "link": link, "first_at": at, "last_at": at},
    )  # fmt: skip
    if not is_first and at - row.last_at >= timedelta(seconds=AGAIN_AFTER_SECONDS):
        row.count, row.last_at = row.count + 1, at
        row.save(update_fields=["count", "last_at"])
    return is_first
