"""Conversations and letters: who may see which."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import F, Prefetch, Q, QuerySet

from conto.apps.accounts.models import Member
from conto.apps.correspondence.models import Letter, LetterFile, LetterTemplate, Thread
from conto.apps.correspondence.queries.mailboxes import first_mailbox
from conto.apps.crm import queries as crm
from conto.apps.messaging.models import Mail
from conto.domain.letters import with_token
from conto.domain.measuring import links_of
from conto.domain.permissions import Permission

PAGE_SIZE = 50


def visible_to(member: Member | None) -> QuerySet[Thread]:
    """Return the conversations that a member may see: those of customers that they see.

    Those of nobody known are for who puts them into place.
    """
    if member is None or not member.may(Permission.LETTER_VIEW):
        return Thread.objects.none()
    known = Q(customer__isnull=False) & crm.sight_of(member)
    mine = known | Q(customer=None) if member.may(Permission.LETTER_EDIT) else known
    return Thread.objects.filter(mine, merged_into=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class ThreadFilters:
    """Which conversations a list shows."""

    customer_id: UUID | None = None
    deal_id: UUID | None = None
    is_unassigned: bool = False
    is_guessed: bool = False
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ThreadPage:
    """Some conversations, and behind which the next page begins."""

    rows: tuple[Thread, ...]
    after: tuple[datetime, UUID] | None


def thread_page(
    member: Member | None,
    filters: ThreadFilters,
    after: tuple[datetime, UUID] | None = None,
    size: int = PAGE_SIZE,
) -> ThreadPage:
    """Return one page of conversations, that with the latest letter first."""
    rows = visible_to(member).select_related("customer").order_by("-last_at", "-id")
    if filters.customer_id:
        rows = rows.filter(customer_id=filters.customer_id)
    if filters.deal_id:
        rows = rows.filter(deal_id=filters.deal_id)
    if filters.is_unassigned:
        rows = rows.filter(customer=None)
    if filters.is_guessed:
        rows = rows.filter(is_guessed=True)
    if text := filters.text.strip():
        rows = rows.filter(Q(subject__icontains=text) | Q(people__icontains=text))
    if after:
        at, thread_id = after
        rows = rows.filter(last_at__lte=at).exclude(last_at=at, id__gte=thread_id)
    found = list(rows[: size + 1])
    more = len(found) > size
    found = found[:size]
    return ThreadPage(rows=tuple(found), after=(found[-1].last_at, found[-1].id) if more else None)


def thread_for(member: Member | None, thread_id: UUID) -> Thread | None:
    """Return one conversation with its customer, or nothing when there is none that the member may see."""
    return visible_to(member).select_related("customer").filter(id=thread_id).first()


def thread_now(member: Member | None, thread_id: UUID) -> Thread | None:
    """Return the conversation that one was merged into, or itself, or nothing that the member may see."""
    into = Thread.objects.filter(id=thread_id).values_list("merged_into_id", flat=True).first()
    return thread_for(member, into or thread_id)


def letters(member: Member | None) -> QuerySet[Letter]:
    """Return the letters that a member may see, the latest first."""
    return (
        Letter.objects.filter(thread__in=visible_to(member))
        .select_related("thread", "customer", "author", "mail")
        .order_by("-sent_at", "-id")
    )


def letter_for(member: Member | None, letter_id: UUID) -> Letter | None:
    """Return one letter with its files' names, or nothing."""
    return letters(member).prefetch_related(_files(), "sights").filter(id=letter_id).first()


def letters_of(thread: Thread) -> list[Letter]:
    """Return the letters of a conversation in the order in which they were sent, with their files' names."""
    rows = Letter.objects.filter(thread=thread).select_related("author", "mail", "contact")
    rows = rows.prefetch_related(_files(), "sights")
    return list(rows.order_by("sent_at", "id"))


def letter_of_mail(mail_id: UUID) -> Letter | None:
    """Return the letter that left as a mail, for its delivery."""
    return Letter.objects.select_related("mail").filter(mail_id=mail_id).first()


def measured_letter(letter_id: UUID) -> Letter | None:
    """Return a letter that left with a picture and ways to its links, for whoever comes by one of them."""
    rows = Letter.objects.select_related("mail", "thread").filter(id=letter_id, sights__kind="sent")
    return rows.first()


def links_of_letter(letter: Letter) -> list[str]:
    """Return the addresses on the web that stand in a letter."""
    return links_of(letter.text)


def _files() -> "Prefetch[str, QuerySet[LetterFile], str]":
    return Prefetch("files", queryset=LetterFile.objects.defer("content").order_by("position"))


def file_for(member: Member | None, file_id: UUID) -> LetterFile | None:
    """Return a file of a letter that a member may see, with its content."""
    return LetterFile.objects.filter(id=file_id, state="kept", letter__thread__in=visible_to(member)).first()


@dataclass(frozen=True, slots=True)
class LetterHeaders:
    """What a letter that leaves says of the conversation that it belongs to."""

    reply_to: str
    in_reply_to: str
    references: tuple[str, ...]
    author_name: str


def headers_of(mail: Mail) -> LetterHeaders | None:
    """Return the headers of a mail that is a letter, or nothing for any other mail."""
    row = Letter.objects.select_related("thread", "author").filter(mail=mail).first()
    if row is None:
        return None
    references = tuple(row.reference_ids)
    return LetterHeaders(
        reply_to=answers_to(row.thread),
        in_reply_to=references[-1] if references else "",
        references=references,
        author_name=row.author.name if row.author else "",
    )


def answers_to(thread: Thread) -> str:
    """Return the address to which answers in a conversation go; empty without a mailbox."""
    box = first_mailbox()
    if box is None:
        return ""
    return with_token(box.address, thread.token) if box.uses_plus else box.address


def copy_address() -> str:
    """Return the address that brings blind copies and forwarded mails into the book; empty without one."""
    box = first_mailbox()
    return with_token(box.address, box.token) if box and box.uses_plus else ""


def templates(language: str = "") -> QuerySet[LetterTemplate]:
    """Return the templates in use by name, those of a language or all."""
    rows = LetterTemplate.objects.filter(is_archived=False).order_by("name", "language")
    return rows.filter(language=language) if language else rows


def template(template_id: UUID) -> LetterTemplate | None:
    """Return one template in use."""
    return templates().filter(id=template_id).first()


def last_letter(thread: Thread) -> Letter | None:
    """Return the latest letter of a conversation."""
    return Letter.objects.filter(thread=thread).order_by(F("sent_at").desc(), "-id").first()
