"""Own fields of papers: quotes, drafts and documents, issued ones too, whose frozen content they do not touch."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.http import HttpRequest

from conto.api.door import caller_of
from conto.api.fields import Entry, Id
from conto.api.nouns.documents import subject
from conto.api.operations import noun, reads, writes
from conto.api.own import Own, OwnGiven, own_of, own_shapes
from conto.api.reading import found
from conto.apps.fields import actions
from conto.apps.fields.entry import Record
from conto.apps.quotes import queries as quotes
from conto.domain.fields import Subject
from conto.domain.permissions import Permission

router = noun("Fields")


@dataclass(frozen=True, slots=True)
class OwnValues:
    """The values of a record's own fields."""

    id: Id
    own: Own


class OwnValuesChange(Entry):
    """The values that change; what is left out stays."""

    own: OwnGiven


def _paper(request: HttpRequest, subject_id: UUID) -> Record:
    row = subject(request, subject_id)
    return Record(subject=Subject.INVOICE, id=row.id, currency=row.currency, customer_id=row.customer_id)


def _quote(request: HttpRequest, quote_id: UUID) -> Record:
    row = found(quotes.quote_for(caller_of(request).member, quote_id))
    return Record(subject=Subject.QUOTE, id=row.id, currency=row.currency, customer_id=row.customer_id)


def _values(request: HttpRequest, of: Record) -> OwnValues:
    return OwnValues(of.id, own_shapes(caller_of(request), of.subject, {of.id: of.customer_id}).get(of.id, {}))


def _changed(request: HttpRequest, of: Record, changes: OwnValuesChange) -> OwnValues:
    caller = caller_of(request)
    actions.set_values(of=of, given=own_of(changes), actor=caller.actor, at=caller.at)
    return _values(request, of)


@reads(router, "/documents/{uuid:subject_id}/own", needs=Permission.INVOICE_VIEW, gives=OwnValues)
def get_document_fields(request: HttpRequest, subject_id: UUID) -> Any:
    """Get the own fields of a draft or document."""
    return _values(request, _paper(request, subject_id))


@writes(
    router, "/documents/{uuid:subject_id}/own", method="PATCH", needs=Permission.INVOICE_DRAFT, gives=OwnValues
)  # fmt: skip
def change_document_fields(request: HttpRequest, subject_id: UUID, changes: OwnValuesChange) -> Any:
    """Change the own fields of a draft or document; what was issued stays as it is."""
    return _changed(request, _paper(request, subject_id), changes)


@reads(router, "/quotes/{uuid:quote_id}/own", needs=Permission.QUOTE_VIEW, gives=OwnValues)
def get_quote_fields(request: HttpRequest, quote_id: UUID) -> Any:
    """Get the own fields of a quote."""
    return _values(request, _quote(request, quote_id))


@writes(router, "/quotes/{uuid:quote_id}/own", method="PATCH", needs=Permission.QUOTE_DRAFT, gives=OwnValues)
def change_quote_fields(request: HttpRequest, quote_id: UUID, changes: OwnValuesChange) -> Any:
    """Change the own fields of a quote; what was sent stays as it is."""
    return _changed(request, _quote(request, quote_id), changes)
