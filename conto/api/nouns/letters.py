"""Letters: conversations with customers, what is written in them, where they belong."""

import base64
import binascii
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Query
from pydantic import Field

from conto.api import paging
from conto.api.door import caller_of
from conto.api.fields import Email, Entry, Id, Instant, instant_of
from conto.api.nouns import deals
from conto.api.operations import noun, reads, writes
from conto.api.reading import found
from conto.apps.correspondence import actions, queries
from conto.apps.crm import queries as crm
from conto.domain.errors import RuleBroken
from conto.domain.permissions import Permission
from conto.flows import send_letter as sending
from conto.flows.send_letter import LetterEntry as Written

router = noun("Letters")
_VIEW, _EDIT = Permission.LETTER_VIEW, Permission.LETTER_EDIT
Subject = Annotated[str, Field(min_length=1, max_length=300, examples=["Your hours"])]
LetterText = Annotated[str, Field(min_length=1, max_length=20_000, examples=["Hello Eva, how many hours?"])]


@dataclass(frozen=True, slots=True)
class LetterFile:
    """A file of a letter; `state` says why one was not kept."""

    name: str
    mime: Annotated[str, Field(examples=["application/pdf"])]
    size_bytes: Annotated[int, Field(examples=[18204])]
    state: Annotated[str, Field(examples=["kept"])]


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter that came (`in`) or went (`out`)."""

    id: Id
    thread_id: Id
    direction: Annotated[str, Field(examples=["in"])]
    from_address: str
    from_name: str
    to_addresses: list[str]
    cc_addresses: list[str]
    subject: str
    text: str
    files: list[LetterFile]
    is_guessed: bool
    is_cut: bool
    is_measured: Annotated[bool, Field(description="Whether it left with a picture: its reader agreed to it.")]
    opened_at: Annotated[
        datetime | None, Field(description="When its picture was loaded first, by a person or by a program.")
    ]
    links_followed: Annotated[list[str], Field(description="Which of its links were followed, by whom ever.")]
    sent_at: Instant


@dataclass(frozen=True, slots=True)
class Thread:
    """A conversation; `is_guessed`: a letter came into it by its subject alone."""

    id: Id
    subject: str
    customer_id: UUID | None
    deal_id: UUID | None
    people: list[str]
    letter_count: Annotated[int, Field(examples=[4])]
    is_guessed: bool
    last_at: Instant


class ThreadFilters(paging.Paged):
    """Which conversations a list shows."""

    customer_id: UUID | None = None
    deal_id: UUID | None = None
    is_guessed: bool | None = None


class LetterFilters(paging.Paged):
    """Which letters a list shows."""

    thread_id: UUID | None = None
    customer_id: UUID | None = None


class FileEntry(Entry):
    """A file that a letter carries: no program, 10 MB at most."""

    name: Annotated[str, Field(min_length=1, max_length=150, examples=["hours.csv"])]
    content_base64: Annotated[str, Field(max_length=10_000_000, examples=["ZGF0ZTtob3Vycwo="])]

    def content(self) -> bytes:
        """Return its bytes."""
        try:
            return base64.b64decode(self.content_base64, validate=True)
        except (binascii.Error, ValueError) as error:
            raise RuleBroken("attachment.not_base64", "The content of the file is not written in base64.") from error


class LetterEntry(Entry):
    """A letter to write: to a customer, about a deal, or as an answer in a conversation."""

    customer_id: Annotated[Id | None, Field(description="Nothing: the deal's or the conversation's.")] = None
    deal_id: Annotated[Id | None, Field(examples=[None])] = None
    thread_id: Annotated[Id | None, Field(description="Answers in this conversation.", examples=[None])] = None
    to_address: Email
    cc_addresses: Annotated[list[Email], Field(max_length=20)] = []
    subject: Subject
    text: LetterText
    files: Annotated[list[FileEntry], Field(max_length=10)] = []


class PlaceEntry(Entry):
    """Where a conversation belongs."""

    customer_id: Id
    deal_id: Annotated[Id | None, Field(examples=[None])] = None


@reads(router, "/threads", needs=_VIEW, gives=paging.Page[Thread])
def list_threads(request: HttpRequest, filters: Query[ThreadFilters]) -> Any:
    """List conversations, that with the latest letter first."""
    rows = queries.visible_to(caller_of(request).member)
    for name in ("customer_id", "deal_id", "is_guessed"):
        if (value := getattr(filters, name)) is not None:
            rows = rows.filter(**{name: value})
    return paging.keyset(rows, filters, by=("last_at", "id"), kinds=(instant_of, UUID), shape=_thread)


def _thread(row: Any) -> Thread:
    return Thread(
        row.id, row.subject, row.customer_id, row.deal_id, row.people, row.letter_count, row.is_guessed, row.last_at
    )


@reads(router, "/threads/{uuid:thread_id}", needs=_VIEW, gives=Thread, is_record=True)
def get_thread(request: HttpRequest, thread_id: UUID) -> Any:
    """Get a conversation."""
    return _thread(found(queries.thread_for(caller_of(request).member, thread_id)))


@writes(router, "/threads/{uuid:thread_id}/place", needs=_EDIT, gives=Thread)
def place_thread(request: HttpRequest, thread_id: UUID, place: PlaceEntry) -> Any:
    """Say to which customer and deal a conversation belongs; this confirms a guess."""
    caller = caller_of(request)
    row = found(queries.thread_for(caller.member, thread_id))
    customer = found(crm.customer_for(caller.member, place.customer_id))
    deal = deals.record(request, place.deal_id) if place.deal_id else None
    if deal and deal.customer_id != customer.id:
        raise RuleBroken("thread.deal_of_another", "This deal is of another customer.")
    actions.assign_thread(
        thread=row, customer=customer, deal_id=deal.id if deal else None, actor=caller.actor, at=caller.at
    )
    return _thread(found(queries.thread_for(caller.member, thread_id)))


@reads(router, "/letters", needs=_VIEW, gives=paging.Page[Letter])
def list_letters(request: HttpRequest, filters: Query[LetterFilters]) -> Any:
    """List letters, the latest first."""
    rows = queries.letters(caller_of(request).member).prefetch_related("files", "sights")
    for name in ("thread_id", "customer_id"):
        if value := getattr(filters, name):
            rows = rows.filter(**{name: value})
    return paging.keyset(rows, filters, by=("sent_at", "id"), kinds=(datetime.fromisoformat, UUID), shape=_letter)


def _letter(row: Any) -> Letter:
    files = [LetterFile(each.name, each.mime, each.size, each.state) for each in row.files.all()]
    sights = list(row.sights.all())
    opened = next((each.first_at for each in sights if each.kind == "open"), None)
    return Letter(
        row.id, row.thread_id, row.direction, row.from_address, row.from_name,
        [address for address, _ in row.to_people], [address for address, _ in row.cc_people],
        row.subject, row.text, files, row.is_guessed, row.is_cut, bool(sights), opened,
        [each.link for each in sights if each.kind == "click"], row.sent_at,
    )  # fmt: skip


@reads(router, "/letters/{uuid:letter_id}", needs=_VIEW, gives=Letter, is_record=True)
def get_letter(request: HttpRequest, letter_id: UUID) -> Any:
    """Get a letter."""
    return _letter(found(queries.letter_for(caller_of(request).member, letter_id)))


@writes(router, "/letters", needs=_EDIT, gives=Letter, status=201)
def send_letter(request: HttpRequest, letter: LetterEntry) -> Any:
    """Write a letter: it leaves by the outbox, and answers come back into its conversation."""
    caller = caller_of(request)
    thread = found(queries.thread_for(caller.member, letter.thread_id)) if letter.thread_id else None
    deal = deals.record(request, letter.deal_id) if letter.deal_id else None
    of_others = (thread and thread.customer_id) or (deal and deal.customer_id)
    customer = found(crm.customer_for(caller.member, letter.customer_id or of_others or UUID(int=0)))
    if deal and deal.customer_id != customer.id:
        raise RuleBroken("thread.deal_of_another", "This deal is of another customer.")
    written = Written(
        to_address=letter.to_address,
        cc_addresses=letter.cc_addresses,
        subject=letter.subject,
        text=letter.text,
        files=[(each.name, each.content()) for each in letter.files],
    )
    made = sending.send(customer=customer, entry=written, thread=thread, deal=deal, actor=caller.actor, at=caller.at)
    return _letter(found(queries.letter_for(caller.member, made.id)))
