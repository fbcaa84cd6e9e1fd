"""What happened, and whether it is still told as it was."""

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.db.models.fields.json import KeyTextTransform

from conto.apps.audit.models import Fact, FactPayload
from conto.apps.bulk.invariants import Verdict, verdict_of
from conto.domain.ids import first_id_at


def facts_of_customer(customer_id: UUID) -> QuerySet[Fact]:
    """Return what happened with a customer, the latest first, each with its payload."""
    return Fact.objects.filter(customer_id=customer_id).select_related("payload").order_by("-at", "-id")


def facts_of_subjects(subject_ids: Any) -> QuerySet[Fact]:
    """Return what happened to some things before they were a customer's, the latest first."""
    rows = Fact.objects.filter(subject_id__in=subject_ids, customer_id=None)
    return rows.select_related("payload").order_by("-at", "-id")


_OF_TALK = ["customer", "contact", "address", "note", "tag", "lead", "deal", "comment", "activity"]


def without_papers(facts: QuerySet[Fact]) -> QuerySet[Fact]:
    """Leave out what tells of documents and money, for readers who may see the customer only."""
    return facts.filter(entry_id=None, subject_kind__in=_OF_TALK)


def facts_of_subject(subject_id: UUID) -> QuerySet[Fact]:
    """Return what happened with one record, the latest first, each with its payload."""
    return Fact.objects.filter(subject_id=subject_id).select_related("payload").order_by("-at", "-id")


def latest_facts() -> QuerySet[Fact]:
    """Return what happened in this book, the latest first, each with its payload."""
    return Fact.objects.select_related("payload").order_by("-at", "-id")


def payloads_are_kept() -> Verdict:
    """Check that every fact says what it said when it was recorded, but for what was lawfully erased."""
    return verdict_of("I20", "Every fact says what was recorded with it, or was erased with a reason", _payloads())


def _payloads() -> Iterator[str | None]:
    erased = erased_ids()
    rows = Fact.objects.values_list("id", "kind", "payload_sha256", "payload__body", "payload__origin")
    for fact_id, kind, kept, body, origin in rows.order_by("id").iterator(chunk_size=5000):
        if body is None:
            yield None if str(fact_id) in erased else f"{kind} {fact_id} has lost its payload"
        else:
            yield None if digest_of(body, origin) == bytes(kept) else f"{kind} {fact_id} has another payload"


def erased_ids() -> set[str]:
    """Return the ids of facts whose payloads were lawfully erased, as text."""
    bodies = FactPayload.objects.filter(fact__kind="payloads_erased").values_list("body", flat=True)
    return {fact_id for body in bodies for fact_id in body["fact_ids"]}


def digest_of(body: dict[str, Any], origin: dict[str, str] | None) -> bytes:
    """Return the hash that a fact keeps of what it says and from where.

    Facts from before origins were kept have none and keep the hash of their body alone. One JSON object after the
    other reads back in one way only, so neither can be taken for a part of the other.
    """
    return digest_of_texts(plain_text(body), None if origin is None else plain_text(origin))


def digest_of_texts(body: bytes, origin: bytes | None) -> bytes:
    """Return the same hash for texts that `plain_text` has written already."""
    return hashlib.sha256(body + (origin or b"")).digest()


def plain_text(value: dict[str, Any]) -> bytes:
    """Return the one way to write a payload down: keys in order, no space, ASCII."""
    return _PLAIN.encode(value).encode()


_PLAIN = json.JSONEncoder(sort_keys=True, separators=(",", ":"))


@dataclass(frozen=True, slots=True)
class FactFilter:
    """Which facts are asked for; what is empty does not matter."""

    kind: str = ""
    actor_id: UUID | None = None
    actor_kind: str = ""
    subject_kind: str = ""
    subject_id: UUID | None = None
    customer_id: UUID | None = None
    channel: str = ""
    since: datetime | None = None
    before: datetime | None = None

    def words(self) -> dict[str, str]:
        """Give what is set, as text."""
        return {name: str(value) for name, value in asdict(self).items() if value}


@dataclass(frozen=True, slots=True)
class FactPage:
    """A page of facts, the latest first, and where the next one begins."""

    facts: tuple[Fact, ...]
    next: tuple[datetime, UUID] | None


def filtered_facts(wanted: FactFilter) -> QuerySet[Fact]:
    """Return the facts that are asked for, the latest first, each with its payload."""
    rows = latest_facts()
    for name in ("kind", "actor_id", "actor_kind", "subject_kind", "subject_id", "customer_id"):
        value = getattr(wanted, name)
        if value:
            rows = rows.filter(**{name: value})
    if wanted.since:
        rows = rows.filter(at__gte=wanted.since)
    if wanted.before:
        rows = rows.filter(at__lt=wanted.before)
    if wanted.channel:
        rows = rows.alias(of_channel=KeyTextTransform("channel", "payload__origin")).filter(of_channel=wanted.channel)
    return rows


def fact_page(wanted: FactFilter, after: tuple[datetime, UUID] | None = None, *, size: int = 50) -> FactPage:
    """Return a page of the facts that are asked for, from where the page before ended."""
    rows = filtered_facts(wanted)
    if after:
        at, fact_id = after
        rows = rows.filter(at__lte=at).exclude(at=at, id__gte=fact_id)
    page = list(rows[: size + 1])
    last = page[size - 1] if len(page) > size else None
    return FactPage(tuple(page[:size]), (last.at, last.id) if last else None)


def last_of_kind(kind: str) -> Fact | None:
    """Return the latest fact of a kind."""
    return latest_facts().filter(kind=kind).first()


def facts_of_kinds_before(fact: Fact, kinds: Sequence[str], *, since: datetime | None = None) -> QuerySet[Fact]:
    """Return the earlier facts of some kinds with the same subject as a fact, the latest first."""
    rows = facts_of_subject(fact.subject_id).filter(kind__in=kinds, id__lt=fact.id)
    return rows.filter(at__gte=since) if since else rows


_MOST_COUNTED = 1000


def count_since(moment_ms: int, customer_id: UUID | None = None) -> int:
    """Count what was recorded since an instant of the real clock (of one customer), up to a thousand."""
    rows = Fact.objects.filter(id__gte=first_id_at(moment_ms))
    if customer_id is not None:
        rows = rows.filter(customer_id=customer_id)
    return rows.order_by()[:_MOST_COUNTED].count()
