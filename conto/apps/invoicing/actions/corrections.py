"""Credit notes, write-offs, deposits and final invoices."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from types import MappingProxyType
from typing import Any, Literal

from django.db import transaction
from django.db.models import Sum
from django.utils.translation import gettext_noop

from conto.apps.audit import actions as audit
from conto.apps.catalog.taxing import in_language
from conto.apps.crm.models import Customer
from conto.apps.invoicing.actions.drafts import create_draft, locked_draft, note_drafted, refuse_kept
from conto.apps.invoicing.entries import PREPAID_CREDIT, CreditPart, LineEntry
from conto.apps.invoicing.models import Document, DocumentLine, Draft, DraftLine, WriteOff
from conto.apps.invoicing.queries.computing import computed
from conto.apps.invoicing.queries.stored import computed_documents, credited_lines
from conto.apps.ledger import actions as ledger
from conto.apps.ledger import queries as balances
from conto.domain import facts, journal
from conto.domain.errors import Conflict, RuleBroken
from conto.domain.facts import Actor
from conto.domain.ids import new_id
from conto.domain.invoice import (
    ComputedDocument,
    Credited,
    CreditWish,
    DocumentStanding,
    PriceMode,
    allowed_to_credit,
    allowed_to_write_off,
    credit_share,
    split_by_tax,
)
from conto.domain.journal import EntryKind
from conto.domain.money import percent_of, to_major
from conto.domain.period import local_day

ZERO, ONE = Decimal(0), Decimal(1)
_NOTHING = Credited()
_DEPOSIT = gettext_noop("Deposit")

CreditParts = Literal["whole"] | Mapping[int, CreditPart]


@transaction.atomic
def draft_credit_note(  # noqa: PLR0913 -- a credit note has these parts
    *,
    document: Document,
    actor: Actor,
    at: datetime,
    parts: CreditParts = "whole",
    reason: str = "",
    keeps_lines: bool = False,
    goods_stay: bool = False,
    takes_credit_back: bool = False,
    overrides: Mapping[str, str] = MappingProxyType({}),
) -> Draft:
    """Draft a credit note for what is left of an invoice, or for parts of its lines.

    `overrides` gives the reason for each warning that may be passed over. With `goods_stay` no goods come back (ST-4).

    Prepaid credit that was sold is credited by who takes back what is left of it alone (SB-14).

    Raises: Conflict `credit.of_credit_note`, `credit.nothing_left`; RuleBroken `credit.more_than_line`,
        `credit.of_prepaid_credit`.
    """
    if document.source == PREPAID_CREDIT and not takes_credit_back:
        raise RuleBroken(
            "credit.of_prepaid_credit",
            "%(number)s sold prepaid credit. Pay back what is left of it on the page of its subscription.",
            number=document.number,
        )
    allowed_to_credit(standing_of(document))
    draft = Draft.objects.create(
        id=new_id(),
        kind="credit_note",
        corrects=document,
        legal_entity_id=document.legal_entity_id,
        customer_id=document.customer_id,
        template_id=document.template_id,
        currency=document.currency,
        price_mode=document.price_mode,
        language=document.language,
        terms_days=0,
        deal_id=document.deal_id,
        buyer_reference=document.details.get("buyer_reference", ""),
        order_reference=document.details.get("order_reference", ""),
        contract_reference=document.details.get("contract_reference", ""),
        notes=reason,
        keeps_lines=keeps_lines,
        goods_stay=goods_stay,
        overrides=dict(overrides),
        created_by_id=actor.member_id,
        created_at=at,
        changed_at=at,
    )
    _write_credit_lines(draft, document, parts)
    _show_total(draft, at)
    note_drafted(draft, actor=actor, at=at)
    return draft


@transaction.atomic
def set_credit_parts(
    *, draft: Draft, parts: CreditParts, actor: Actor, at: datetime, expected_version: int | None = None
) -> Draft:
    """Change what a credit note in the making credits.

    Raises: Conflict `draft.changed_meanwhile`; RuleBroken `credit.more_than_line`.
    """
    row = locked_draft(draft.id, expected_version)
    refuse_kept(row)
    if row.corrects is None:
        raise RuleBroken("credit.not_a_credit_note", "Only a credit note has parts of an invoice.")
    before = row.shown_total_minor
    DraftLine.objects.filter(draft=row).delete()
    _write_credit_lines(row, row.corrects, parts)
    row.version += 1
    row.changed_at = at
    row.save(update_fields=["version", "changed_at"])
    _show_total(row, at)
    changed = facts.DocumentChanged(
        subject_id=row.id, customer_id=row.customer_id, changes={"total_minor": [before, row.shown_total_minor]}
    )
    audit.record(changed, actor=actor, at=at)
    return row


def _write_credit_lines(draft: Draft, document: Document, parts: CreditParts) -> None:
    original = computed_documents([document])[document.id]
    before = credited_lines([document.id]).get(document.id, {})
    wishes = _rest(original, before) if parts == "whole" else {n: _wish(part) for n, part in parts.items()}
    credit_share(original, before, wishes)  # refuses what cannot be credited
    rows = {row.position: row for row in DocumentLine.objects.filter(document=document)}
    DraftLine.objects.bulk_create(
        [_credit_line(draft, n, rows[position], wishes[position]) for n, position in enumerate(sorted(wishes), 1)]
    )


def _wish(part: CreditPart) -> CreditWish:
    return CreditWish(part.quantity, part.amount_minor)


def _rest(original: ComputedDocument, before: Mapping[int, Credited]) -> dict[int, CreditWish]:
    """Return what is left of every line: its quantity where nothing was credited, else the amount that is left."""
    gross_mode = original.price_mode is PriceMode.GROSS
    wishes = {}
    for line in original.lines:
        done = before.get(line.position, _NOTHING)
        left = (line.gross_minor if gross_mode else line.net_minor) - done.amount_minor
        if done == _NOTHING and line.quantity:
            wishes[line.position] = CreditWish(quantity=line.quantity)
        elif left:
            wishes[line.position] = CreditWish(amount_minor=left)
    return wishes


def _credit_line(draft: Draft, n: int, row: DocumentLine, wish: CreditWish) -> DraftLine:
    by_amount = wish.amount_minor is not None
    one = -ONE if (wish.amount_minor or 0) < 0 else ONE  # a price is never below zero
    return DraftLine(
        id=new_id(),
        draft=draft,
        position=n,
        item_id=row.item_id,
        name=row.name,
        description=row.description,
        quantity=wish.quantity or one,
        unit_code=row.unit_code,
        unit_price=to_major(abs(wish.amount_minor or 0), draft.currency) if by_amount else row.unit_price,
        base_quantity=ONE if by_amount else row.base_quantity,
        tax_category=row.tax_category,
        tax_rate=row.tax_rate,
        period_start_on=row.period_start_on,
        period_end_on=row.period_end_on,
        corrects_position=row.position,
        credit_minor=wish.amount_minor,
    )


def _show_total(draft: Draft, at: datetime) -> None:
    document = computed(draft, local_day(at, draft.legal_entity.zone)).document
    draft.shown_total_minor = document.totals.payable_minor if document else 0
    draft.save(update_fields=["shown_total_minor"])


def standing_of(document: Document) -> DocumentStanding:
    """Return where a document stands, as far as crediting and giving up depend on it."""
    credited = Document.objects.filter(corrects=document).aggregate(total=Sum("gross_minor"))["total"] or 0
    return DocumentStanding(
        kind=document.kind,  # type: ignore[arg-type]
        is_issued=True,
        number=document.number,
        gross_minor=document.gross_minor,
        credited_minor=credited,
        open_minor=balances.open_minor(document.id),
    )


# --- write-offs -------------------------------------------------------------------------------------------------------


@transaction.atomic
def write_off(
    *,
    document: Document,
    reason: str,
    actor: Actor,
    at: datetime,
    amount_minor: int | None = None,
    corrects_tax: bool = True,
    written_off_on: date | None = None,
) -> WriteOff:
    """Give up the open amount of an invoice, or a part of it, and correct its share of tax.

    Raises: Conflict `write_off.nothing_open`, `write_off.more_than_open`; RuleBroken `write_off.of_deposit`.
    """
    if not reason.strip():
        raise RuleBroken("write_off.no_reason", "Say why the amount is given up.")
    if document.kind == "deposit":
        raise RuleBroken(
            "write_off.of_deposit",
            "Nothing was delivered for a deposit yet. Credit %(number)s instead.",
            number=document.number,
        )
    standing = standing_of(document)
    allowed_to_write_off(standing, amount_minor)
    amount = standing.open_minor if amount_minor is None else amount_minor
    groups = computed_documents([document])[document.id].tax_groups
    row_id = new_id()
    entry = ledger.post(
        legal_entity=document.legal_entity,
        currency=document.currency,
        kind=EntryKind.WRITTEN_OFF,
        dated_on=written_off_on or local_day(at, document.legal_entity.zone),
        subject_id=row_id,
        transfers=journal.written_off(document.id, amount, split_by_tax(groups, amount) if corrects_tax else ()),
        customer_id=document.customer_id,
        at=at,
    )
    row = WriteOff.objects.create(
        id=row_id,
        document=document,
        customer_id=document.customer_id,
        amount_minor=amount,
        reason=reason.strip()[:300],
        entry=entry,
        at=at,
    )
    given_up = facts.InvoiceWrittenOff(
        subject_id=document.id,
        customer_id=document.customer_id,
        entry_id=entry.id,
        number=document.number,
        currency=document.currency,
        amount_minor=amount,
        reason=row.reason,
    )
    audit.record(given_up, actor=actor, at=at)
    return row


@transaction.atomic
def reverse_write_off(*, write_off: WriteOff, actor: Actor, at: datetime) -> None:
    """Undo a write-off, mostly because the money came after all; once.

    Raises: Conflict `ledger.already_reversed`.
    """
    document = write_off.document
    entry = ledger.reverse(
        entry=write_off.entry,
        dated_on=local_day(at, document.legal_entity.zone),
        at=at,
        subject_id=write_off.id,
    )
    undone = facts.WriteOffReversed(
        subject_id=document.id,
        customer_id=document.customer_id,
        entry_id=entry.id,
        number=document.number,
        currency=document.currency,
        amount_minor=write_off.amount_minor,
    )
    audit.record(undone, actor=actor, at=at)


# --- deposits ---------------------------------------------------------------------------------------------------------


@transaction.atomic
def draft_deposit(
    *,
    customer: Customer,
    actor: Actor,
    at: datetime,
    lines: Sequence[LineEntry] = (),
    of: Draft | None = None,
    percent: Decimal | None = None,
) -> Draft:
    """Draft a deposit invoice: with its own lines, or as a percentage of another draft, per tax group.

    Raises: RuleBroken `deposit.bad_percent`, `deposit.of_nothing`.
    """
    if of is None:
        return create_draft(customer=customer, kind="deposit", lines=lines, actor=actor, at=at)
    if percent is None or not ZERO < percent <= 100:
        raise RuleBroken("deposit.bad_percent", "A deposit is above 0 and up to 100 %%.")
    document = computed(of, local_day(at, of.legal_entity.zone)).document
    if document is None:
        raise RuleBroken("deposit.of_nothing", "There is nothing yet that a deposit could be a part of.")
    fields: dict[str, Any] = {
        "currency": of.currency,
        "language": of.language,
        "buyer_reference": of.buyer_reference,
        "order_reference": of.order_reference,
        "contract_reference": of.contract_reference,
        "quote_id": of.quote_id,
        "deal_id": of.deal_id,
    }
    return create_draft(
        customer=customer,
        kind="deposit",
        legal_entity=of.legal_entity,
        lines=[
            LineEntry(
                name=f"{in_language(_DEPOSIT, of.language)} {percent.normalize():f} %",
                unit_price=to_major(percent_of(group.taxable_minor, percent), of.currency),
                tax_category=group.category.value,
                tax_rate=group.rate,
            )
            for group in document.tax_groups
            if group.taxable_minor > 0
        ],
        actor=actor,
        at=at,
        **fields,
    )


@transaction.atomic
def draft_final(
    *,
    customer: Customer,
    deposits: Sequence[Document],
    actor: Actor,
    at: datetime,
    lines: Sequence[LineEntry] = (),
) -> Draft:
    """Draft a final invoice that deducts paid deposits; the draft that waits for that since a quote becomes it.

    Where a draft deducts the first of them already, that one is gone on with: there is no second one beside it.

    Raises: RuleBroken `deposit.not_fitting`; Conflict `deposit.already_deducted`.
    """
    _check_deposits(customer, deposits)
    first = deposits[0]
    begun = None if lines else Draft.objects.filter(kind="final", deposits=first).order_by("created_at", "id").first()
    if begun is not None:
        return begun
    waiting = None if lines else _waiting_of(first)
    if waiting is not None:
        return _made_final(waiting, deposits, actor, at)
    draft = create_draft(
        customer=customer,
        kind="final",
        legal_entity=first.legal_entity,
        lines=lines,
        actor=actor,
        at=at,
        currency=first.currency,
        language=first.language,
        quote_id=first.quote_id,
        deal_id=first.deal_id,
    )
    draft.deposits.set(deposits)
    _show_total(draft, at)
    return draft


@transaction.atomic
def deduct_deposits(*, draft: Draft, deposits: Sequence[Document], actor: Actor, at: datetime) -> Draft:
    """Make a draft a final invoice that deducts paid deposits.

    Raises: RuleBroken `deposit.not_fitting`; Conflict `deposit.already_deducted`.
    """
    _check_deposits(draft.customer, deposits)
    first = deposits[0]
    if (first.currency, first.legal_entity_id) != (draft.currency, draft.legal_entity_id):
        raise RuleBroken(
            "deposit.not_fitting",
            "%(number)s is not a deposit of this customer, seller and currency.",
            number=first.number,
        )
    return _made_final(draft, deposits, actor, at)


def _waiting_of(deposit: Document) -> Draft | None:
    """Return the draft of the whole that an accepted quote made beside its deposit."""
    if deposit.quote is None:
        return None
    return Draft.objects.select_for_update().filter(quote=deposit.quote, kind="invoice").first()


def _made_final(draft: Draft, deposits: Sequence[Document], actor: Actor, at: datetime) -> Draft:
    changes: facts.Changes = {
        "kind": [draft.kind, "final"],
        "deposits": [[], [deposit.number for deposit in deposits]],
    }
    draft.kind = "final"
    draft.version += 1
    draft.changed_at = at
    draft.save()
    draft.deposits.set(deposits)
    _show_total(draft, at)
    changed = facts.DocumentChanged(subject_id=draft.id, customer_id=draft.customer_id, changes=changes)
    audit.record(changed, actor=actor, at=at)
    return draft


def _check_deposits(customer: Customer, deposits: Sequence[Document]) -> None:
    if not deposits:
        raise RuleBroken("deposit.none", "A final invoice deducts at least one deposit.")
    for deposit in deposits:
        if (
            deposit.kind != "deposit"
            or deposit.source == PREPAID_CREDIT
            or deposit.customer_id != customer.id
            or deposit.currency != deposits[0].currency
            or deposit.legal_entity_id != deposits[0].legal_entity_id
        ):
            raise RuleBroken(
                "deposit.not_fitting",
                "%(number)s is not a deposit of this customer, seller and currency.",
                number=deposit.number,
            )
    used = Document.objects.filter(id__in=[each.id for each in deposits], deducted_as__isnull=False).first()
    if used:
        raise Conflict(
            "deposit.already_deducted", "%(number)s is deducted on a final invoice already.", number=used.number
        )
