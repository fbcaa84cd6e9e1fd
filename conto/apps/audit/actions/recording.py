"""Record facts. Called inside the transaction of the change that the fact tells of."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from conto.apps.audit.models import Fact, FactPayload
from conto.apps.audit.origin import origin_of
from conto.apps.audit.queries.facts import digest_of, digest_of_texts, plain_text
from conto.apps.bulk import copy_rows
from conto.domain import facts
from conto.domain.ids import new_id

_FACT_FIELDS = [
    "id",
    "kind",
    "at",
    "actor_kind",
    "actor_id",
    "actor_name",
    "subject_kind",
    "subject_id",
    "customer_id",
    "entry_id",
    "payload_sha256",
]


def record(fact: facts.Fact, *, actor: facts.Actor, at: datetime) -> UUID:
    """Write one fact down and return its id."""
    body, origin = fact.payload(), origin_of(actor)
    row = Fact.objects.create(
        id=new_id(),
        kind=fact.kind,
        at=at,
        actor_kind=actor.kind,
        actor_id=actor.member_id,
        actor_name=actor.name,
        subject_kind=fact.subject_kind,
        subject_id=fact.subject_id,
        customer_id=fact.customer_id,
        entry_id=fact.entry_id,
        payload_sha256=digest_of(body, origin),
    )
    FactPayload.objects.create(fact=row, body=body, origin=origin)
    return row.id


def record_many(many: Iterable[tuple[facts.Fact, datetime]], *, actor: facts.Actor) -> None:
    """Write a set of facts down, each with its instant, by COPY."""
    heads = []
    payloads = []
    origin = origin_of(actor)
    origin_text = None if origin is None else plain_text(origin)
    for fact, at in many:
        body_text = plain_text(fact.payload())
        fact_id = new_id()
        heads.append(
            (
                fact_id,
                fact.kind,
                at,
                actor.kind,
                actor.member_id,
                actor.name,
                fact.subject_kind,
                fact.subject_id,
                fact.customer_id,
                fact.entry_id,
                digest_of_texts(body_text, origin_text),
            )
        )
        # The very text whose hash is kept: writing it twice is what a mass run would spend most on.
        payloads.append((fact_id, body_text, origin_text))
    copy_rows(Fact, _FACT_FIELDS, heads)
    copy_rows(FactPayload, ["fact", "body", "origin"], payloads)
