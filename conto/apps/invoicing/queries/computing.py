"""Drafts computed: amounts and tax while they are being edited, and what is issued."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, timedelta
from decimal import Decimal

from conto.apps.invoicing.entries import AllowanceEntry, LineEntry
from conto.apps.invoicing.models import Draft, DraftAllowance, DraftLine
from conto.apps.invoicing.new_documents import LineFacts
from conto.apps.invoicing.queries.loading import LoadedDraft, load
from conto.apps.invoicing.queries.taxing import treatment
from conto.domain.errors import Finding, RuleBroken
from conto.domain.invoice import (
    Adjustment,
    ComputedDocument,
    CreditWish,
    Deduction,
    DocumentInput,
    LineInput,
    PriceMode,
    compute,
    credit_share,
    deductions,
)
from conto.domain.tax import TaxTreatment

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class ComputedDraft:
    """A draft with its amounts; `document` is missing when it cannot be computed, and `problems` say why."""

    document: ComputedDocument | None
    treatments: tuple[TaxTreatment | None, ...]  # by line
    due_on: date
    problems: tuple[Finding, ...]
    deductions: tuple[Deduction, ...] = ()
    line_facts: tuple[LineFacts, ...] = ()


def computed(draft: Draft, on: date) -> ComputedDraft:
    """Compute a draft as if it were issued on a day."""
    return computed_of(load(draft, on))


def computed_entries(
    draft: Draft,
    on: date,
    *,
    lines: Sequence[LineEntry],
    allowances: Sequence[AllowanceEntry] = (),
    price_mode: str = "",
) -> ComputedDraft:
    """Return a draft computed with other lines than the stored ones: live totals, nothing is written."""
    loaded = load(draft, on)
    if price_mode:
        draft.price_mode = price_mode
    typed = [DraftLine(draft=draft, position=n, **asdict(entry)) for n, entry in enumerate(lines, 1)]
    off = [DraftAllowance(draft=draft, position=n, **asdict(entry)) for n, entry in enumerate(allowances, 1)]
    return computed_of(replace(loaded, lines=typed, allowances=off))


def computed_of(loaded: LoadedDraft) -> ComputedDraft:
    """Compute a loaded draft."""
    due_on = loaded.on + timedelta(days=loaded.draft.terms_days)
    treatments: list[TaxTreatment | None] = []
    problems: list[Finding] = []
    try:
        if loaded.draft.kind == "credit_note":
            return _credit(loaded)
        decided: dict[tuple[object, ...], TaxTreatment] = {}
        for line in loaded.lines:
            kind = (line.supply, line.rate_class, line.tax_category, line.tax_rate)
            try:
                if kind not in decided:
                    decided[kind] = treatment(loaded, line)
                treatments.append(decided[kind])
            except RuleBroken as refusal:
                treatments.append(None)
                problems.append(as_finding(refusal))
        if problems or not loaded.lines:
            return ComputedDraft(None, tuple(treatments), due_on, tuple(problems))
        document, taken = _invoice(loaded, [each for each in treatments if each])
    except RuleBroken as refusal:
        return ComputedDraft(None, tuple(treatments), due_on, (as_finding(refusal),))
    facts = tuple(_facts(line) for line in loaded.lines)
    return ComputedDraft(document, tuple(treatments), due_on, (), taken, facts)


def as_finding(refusal: RuleBroken) -> Finding:
    """Say a refusal as a line of the check list."""
    return Finding(refusal.code, refusal.message, refusal.params)


def _invoice(loaded: LoadedDraft, treatments: list[TaxTreatment]) -> tuple[ComputedDocument, tuple[Deduction, ...]]:
    wanted = _input(loaded, treatments, 0)
    document = compute(wanted)
    if not loaded.deposits:
        return document, ()
    taken = deductions(document.totals.payable_minor, loaded.deposits)
    return compute(_input(loaded, treatments, sum(each.amount_minor for each in taken))), taken


def _input(loaded: LoadedDraft, treatments: list[TaxTreatment], prepaid_minor: int) -> DocumentInput:
    draft = loaded.draft
    return DocumentInput(
        draft.currency,
        PriceMode(draft.price_mode),
        tuple(_line(n, line, tax) for n, (line, tax) in enumerate(zip(loaded.lines, treatments, strict=True), 1)),
        tuple(
            _adjustment(each.percent, each.amount_minor, each.reason)
            for each in loaded.allowances
            if not each.is_charge
        ),
        tuple(
            _adjustment(each.percent, each.amount_minor, each.reason) for each in loaded.allowances if each.is_charge
        ),
        prepaid_minor,
    )


def _line(position: int, line: DraftLine, tax: TaxTreatment) -> LineInput:
    return LineInput(
        position,
        line.name,
        line.quantity,
        line.unit_price,
        tax,
        line.allowance_percent,
        line.allowance_minor,
        base_quantity=line.base_quantity,
    )


def _adjustment(percent: Decimal | None, amount_minor: int | None, reason: str) -> Adjustment:
    return Adjustment(percent=percent or ZERO, amount_minor=amount_minor or 0, reason=reason)


def _facts(line: DraftLine) -> LineFacts:
    return LineFacts(
        line.item_id,
        line.description,
        line.unit_code,
        line.allowance_percent,
        line.period_start_on,
        line.period_end_on,
    )


def _credit(loaded: LoadedDraft) -> ComputedDraft:
    """Compute a credit note from the document that it corrects, never from typed prices."""
    if loaded.corrected is None:
        raise RuleBroken("credit.nothing", "There is nothing to credit.")
    wanted: dict[int, CreditWish] = {}
    lines: dict[int, DraftLine] = {}
    for line in loaded.lines:
        if line.corrects_position is not None:
            by_amount = line.credit_minor is not None
            wanted[line.corrects_position] = CreditWish(
                None if by_amount else line.quantity, line.credit_minor if by_amount else None
            )
            lines[line.corrects_position] = line
    document = credit_share(loaded.corrected, loaded.credited, wanted)
    facts = []
    for credited in document.lines:
        wish, line = wanted.get(credited.position), lines[credited.position]
        facts.append(
            LineFacts(
                line.item_id,
                line.description,
                line.unit_code,
                ZERO,
                line.period_start_on,
                line.period_end_on,
                credited.position,
                wish.quantity or ZERO if wish else ZERO,
            )
        )
    return ComputedDraft(document, tuple(line.tax for line in document.lines), loaded.on, (), (), tuple(facts))
