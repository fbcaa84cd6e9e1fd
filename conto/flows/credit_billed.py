"""Which invoices a credit takes back, line by line, where some of them bear credits of earlier ones themselves."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING
from uuid import UUID

from conto.apps.invoicing import queries as documents
from conto.apps.subscriptions import queries
from conto.apps.subscriptions.queries import LinePlace, TakenBack
from conto.domain.invoice import ComputedDocument, ComputedLine, PriceMode
from conto.domain.subscription import LeftLine, also_taken_back

if TYPE_CHECKING:
    from conto.apps.invoicing.models import Document

Wanted = dict[UUID, dict[int, int]]  # what to credit, by document and position, in the price mode


@dataclass(frozen=True, slots=True)
class _Paper:
    """An issued invoice as a credit finds it, with the lines that its credits took back."""

    lines: tuple[LeftLine, ...]
    targets: dict[int, LinePlace]
    is_gross: bool


def spread(
    wanted: Wanted, taken_now: Mapping[LinePlace, LinePlace], issued: "Callable[[Wanted], dict[UUID, Document]]"
) -> "tuple[Wanted, dict[UUID, Document]]":
    """Spread credits so that no note is more than its invoice has left, and return them with the invoices.

    `taken_now` tells of credit lines of this transaction which line they took back; `issued` gives the invoices of what
    is wanted or refuses. Three queries, and six more for each invoice that bears a credit.

    Source: SB-5.
    """
    papers: dict[UUID, _Paper] = {}
    waiting, rows = list(wanted), issued(wanted)
    while waiting:
        new = [rows[document_id] for document_id in waiting if document_id not in papers]
        papers |= _papers(new, taken_now) if new else {}
        document_id = waiting.pop()
        paper, of = papers[document_id], wanted[document_id]
        back = also_taken_back(paper.lines, of, is_gross=paper.is_gross)
        for position, minor in back.items():
            of[position] = of.get(position, 0) - minor
            target = paper.targets[position]
            there = wanted.setdefault(target.document_id, {})
            there[target.position] = there.get(target.position, 0) + minor
            waiting.append(target.document_id)
        if back:
            rows = issued(wanted)
    return {key: of for key, of in wanted.items() if not _is_even(papers[key], of)}, rows


def _is_even(paper: _Paper, of: Mapping[int, int]) -> bool:
    """Tell whether a note would give back as much as it takes, at each rate: nobody needs to be sent that."""
    sums: dict[Fraction, int] = {}
    for line in paper.lines:
        sums[line.rate] = sums.get(line.rate, 0) + of.get(line.position, 0)
    return not any(sums.values())


def _papers(rows: "list[Document]", taken_now: Mapping[LinePlace, LinePlace]) -> dict[UUID, _Paper]:
    found = documents.computed_documents(rows)
    credited = documents.credits_begun(found.keys())
    papers = {}
    for row in rows:
        computed, done = found[row.id], credited.get(row.id, {})
        is_gross = computed.price_mode is PriceMode.GROSS
        below = [line for line in computed.lines if _shown(computed, line) < 0]
        targets = _targets(row, below, taken_now, is_gross=is_gross) if below else {}
        papers[row.id] = _Paper(
            tuple(
                LeftLine(
                    line.position, _shown(computed, line) - done.get(line.position, 0), Fraction(line.tax.rate),
                    line.position not in targets,
                )
                for line in computed.lines
            ),
            targets, is_gross,
        )  # fmt: skip
    return papers


def _shown(computed: ComputedDocument, line: ComputedLine) -> int:
    return line.gross_minor if computed.price_mode is PriceMode.GROSS else line.net_minor


def _targets(
    row: "Document", below: list[ComputedLine], taken_now: Mapping[LinePlace, LinePlace], *, is_gross: bool
) -> dict[int, LinePlace]:
    """Tell which line of another invoice each credit line took back.

    What was billed before is found again by its amount and days and tax; credits that share all three are alike.
    """
    now = {
        line.position: target
        for line in below
        if (target := taken_now.get(LinePlace(row.id, line.position))) is not None
    }
    rest = [line for line in below if line.position not in now]
    if rest:
        now |= _targets_before(row, rest, is_gross=is_gross)
    return {position: target for position, target in now.items() if target.document_id != row.id}


def _targets_before(row: "Document", below: list[ComputedLine], *, is_gross: bool) -> dict[int, LinePlace]:
    taken = queries.taken_back_on(row.id, customer_id=row.customer_id)
    taxes = documents.taxes_of_lines({(each.place.document_id, each.place.position) for each in taken})
    days = {line.position: (line.period_start_on, line.period_end_on) for line in documents.lines_of(row)}
    left: dict[tuple[object, ...], list[TakenBack]] = {}
    for each in taken:
        tax = taxes.get((each.place.document_id, each.place.position), ("", None))
        left.setdefault((each.amount_minor, each.first_on, each.last_on, *tax), []).append(each)
    targets = {}
    for line in below:
        shown = line.gross_minor if is_gross else line.net_minor
        alike = left.get((-shown, *days[line.position], line.tax.category.value, line.tax.rate))
        if alike:
            targets[line.position] = alike.pop(0).place
    return targets
