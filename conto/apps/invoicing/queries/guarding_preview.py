"""What the guardian would have held of the latest invoices by other rules; nothing is written."""

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from django.db import connection

from conto.apps.accounts.models import Member
from conto.apps.invoicing.models import Document, DocumentLine
from conto.apps.invoicing.queries.documents import documents
from conto.domain import guardian
from conto.domain.guardian import MOST_LOOKED_AT, BilledPaper, GuardianRules, PaperLine, Past

LOOKED_AT = 100  # documents
NAMED = 10  # of those that would have been held
Billed = Callable[
    [Mapping[UUID, UUID]], Collection[UUID]
]  # of documents, with their customers: what bills subscriptions
_WATCHED_KINDS = ("invoice", "final")


@dataclass(frozen=True, slots=True)
class WouldHold:
    """A document that would have been held, and the codes of why."""

    id: UUID
    number: str
    customer_name: str
    codes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class GuardianPreview:
    """What rules would have held of the latest documents."""

    documents: int  # that were looked at
    held: tuple[WouldHold, ...]

    @property
    def named(self) -> tuple[WouldHold, ...]:
        """The latest of them."""
        return self.held[:NAMED]

    def count(self, code: str) -> int:
        """Tell how many would have been held for one reason."""
        return sum(code in each.codes for each in self.held)


# The last twelve documents of the customer before each of those that are looked at, as a draft is compared with them.
_BEFORE = f"""
SELECT asked.id, past.id
FROM unnest(%s::uuid[]) wanted (id)
JOIN invoicing_document asked ON asked.id = wanted.id, LATERAL (
    SELECT * FROM invoicing_document
    WHERE customer_id = asked.customer_id AND kind IN ('invoice', 'final')
        AND (issued_on, id) < (asked.issued_on, asked.id) AND NOT EXISTS (
            SELECT FROM invoicing_document note
            WHERE note.corrects_id = invoicing_document.id AND note.gross_minor >= invoicing_document.gross_minor
        )
    ORDER BY issued_on DESC, id DESC LIMIT {MOST_LOOKED_AT}
) past
ORDER BY past.issued_on DESC, past.id DESC
"""  # noqa: S608 -- a number of ours


def guardian_preview(member: Member, rules: GuardianRules, *, billed: Billed) -> GuardianPreview:
    """Tell what of the latest hundred invoices that a member may see these rules would have held, by five queries.

    `billed` tells which documents bill subscriptions: those have agreed days, and amounts of their own kind.

    Source: GU-6.
    """
    asked = list(documents(member).filter(kind__in=_WATCHED_KINDS)[:LOOKED_AT])
    if not asked:
        return GuardianPreview(0, ())
    known = _Known(asked, billed)
    found = []
    for document in asked:
        codes = tuple(known.codes(document, rules))
        if codes:
            found.append(WouldHold(document.id, document.number, document.customer.name, codes))
    return GuardianPreview(len(asked), tuple(found))


class _Known:
    """The documents that are looked at, and what was before each."""

    def __init__(self, asked: Sequence[Document], billed: Billed) -> None:
        self.before: dict[UUID, list[UUID]] = defaultdict(list)
        with connection.cursor() as cursor:
            cursor.execute(_BEFORE, [[document.id for document in asked]])
            for document_id, past_id in cursor.fetchall():
                self.before[document_id].append(past_id)
        ids = {past for some in self.before.values() for past in some}
        self.documents = {row.id: row for row in Document.objects.filter(id__in=ids)}
        self.documents |= {row.id: row for row in asked}
        self.lines: dict[UUID, list[DocumentLine]] = defaultdict(list)
        for line in DocumentLine.objects.filter(document_id__in=self.documents):
            self.lines[line.document_id].append(line)
        self.of_subscriptions = set(billed({row.id: row.customer_id for row in self.documents.values()}))

    def codes(self, document: Document, rules: GuardianRules) -> list[str]:
        """Tell for what a document would have been held."""
        past = [self.documents[each] for each in self.before[document.id]]
        alike = [
            row for row in past if row.legal_entity_id == document.legal_entity_id and row.currency == document.currency
        ]
        codes = []
        if self._is_unusual(document, alike, rules):
            codes.append("check.amount_unusual")
        if self._is_early(document, past, rules):
            codes.append("check.too_early")
        if self._is_double(document, alike, rules):
            codes.append("check.duplicate")
        return codes

    def _is_unusual(self, document: Document, alike: Sequence[Document], rules: GuardianRules) -> bool:
        past = [Past(row.issued_on, row.net_minor, self._kinds(row)) for row in alike]
        is_subscription = document.id in self.of_subscriptions
        kinds = self._kinds(document)
        found = guardian.unusual_amount(document.net_minor, kinds, past, rules, is_only_of_kind=is_subscription)
        return found is not None

    def _is_early(self, document: Document, past: Sequence[Document], rules: GuardianRules) -> bool:
        if document.id in self.of_subscriptions:
            return False
        kinds = self._kinds(document)
        of_kind = [row.issued_on for row in past if not kinds.isdisjoint(self._kinds(row))]
        days = [row.issued_on for row in past]
        return all(guardian.early_finding(document.issued_on, each, rules) is not None for each in (days, of_kind))

    def _is_double(self, document: Document, alike: Sequence[Document], rules: GuardianRules) -> bool:
        same = [row for row in alike if row.payable_minor == document.payable_minor]
        if document.id in self.of_subscriptions:
            same = [row for row in same if row.id not in self.of_subscriptions]
        others = [self._paper(row) for row in same]
        paper = replace(self._paper(document), number="")
        return bool(others) and guardian.duplicate_finding(paper, others, rules) is not None

    def _kinds(self, document: Document) -> frozenset[object]:
        return frozenset(guardian.kind_of_line(line.item_id, line.name) for line in self.lines[document.id])

    def _paper(self, document: Document) -> BilledPaper:
        lines = tuple(_line(line) for line in self.lines[document.id])
        told = document.details
        period = (told.get("period_start_on") or "", told.get("period_end_on") or "")
        order = told.get("order_reference") or ""
        return BilledPaper(document.number, document.issued_on, lines, order, period, document.id)


def _line(line: DocumentLine) -> PaperLine:
    price = line.unit_price if line.base_quantity == 1 else line.unit_price / line.base_quantity
    kind = guardian.kind_of_line(line.item_id, line.name)
    return PaperLine(kind, line.quantity, price, line.period_start_on, line.period_end_on)
