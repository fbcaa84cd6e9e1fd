"""Documents in the words of EN 16931, from their rows; drafts as they would be."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any, Literal, cast
from uuid import UUID

from conto.apps.accounts.models import LegalEntity
from conto.apps.catalog import queries as catalog
from conto.apps.crm.parties import buyer_party, seller_party
from conto.apps.invoicing.models import Document, DocumentLine, DocumentTemplate, Draft, Prepayment
from conto.apps.invoicing.new_documents import LineFacts, party_from
from conto.apps.invoicing.queries.computing import computed_of
from conto.apps.invoicing.queries.freezing import details_of
from conto.apps.invoicing.queries.loading import load
from conto.apps.invoicing.queries.stored import computed_documents
from conto.apps.invoicing.queries.surroundings import default_template
from conto.domain.document import (
    DayRange,
    Delivery,
    DocumentAdjustment,
    EarlyDiscount,
    IssuedDocument,
    LineAdjustment,
    Party,
    PaymentInstructions,
    PostalAddress,
    PrecedingDocument,
    PrepaidDeposit,
    TaxTotal,
    TemplateLook,
    Totals,
    TypeCode,
    Watermark,
)
from conto.domain.document import DocumentLine as WrittenLine
from conto.domain.errors import RuleBroken
from conto.domain.invoice import ComputedAdjustment, ComputedDocument, ComputedLine, DocumentTotals, PriceMode, TaxGroup
from conto.domain.money import minor_digits, percent_of

TYPE_CODES = {
    "invoice": TypeCode.INVOICE,
    "final": TypeCode.INVOICE,
    "deposit": TypeCode.DEPOSIT,
    "credit_note": TypeCode.CREDIT_NOTE,
}


def issued_document(document: Document, pay_link: str = "") -> IssuedDocument:
    """Return the issued document complete, from its rows and party snapshots."""
    computed = computed_documents([document])[document.id]
    facts = [_stored_facts(line) for line in DocumentLine.objects.filter(document=document).order_by("position")]
    written = _written(
        computed,
        facts,
        seller=party_from(document.seller.body),
        buyer=party_from(document.buyer.body),
        kind=document.kind,
        issued_on=document.issued_on,
        due_on=document.due_on,
        language=document.language,
        details=document.details,
    )
    template = document.template or default_template(document.legal_entity)
    return replace(
        written,
        number=document.number,
        payment=_payment(document.details, document.number, pay_link),
        early_discounts=_early(document, document.issued_on, document.payable_minor),
        deposits=tuple(_deposit(row) for row in _prepayments(document)),
        look=_look(document.legal_entity, template, document.language, document.details),
    )


def preview(draft: Draft, on: date, *, watermark: Watermark = Watermark.DRAFT, note: str = "") -> IssuedDocument:
    """Return a draft as it would be issued on a day, with a mark across it and perhaps one more note.

    Raises: RuleBroken when it cannot be computed.
    """
    loaded = load(draft, on)
    computed = computed_of(loaded)
    if computed.document is None:
        first = computed.problems[0] if computed.problems else None
        raise RuleBroken(
            first.code if first else "draft.no_lines",
            first.message if first else "There is no line yet.",
            **(first.params if first else {}),
        )
    contact = (draft.contact.name, draft.contact.email) if draft.contact else None
    details = details_of(loaded)
    written = _written(
        computed.document,
        computed.line_facts,
        seller=seller_party(draft.legal_entity),
        buyer=buyer_party(loaded.profile, contact),
        kind=draft.kind,
        issued_on=on,
        due_on=computed.due_on,
        language=draft.language,
        details=details,
    )
    template = draft.template or default_template(draft.legal_entity)
    documents = Document.objects.in_bulk([taken.deposit_id for taken in computed.deductions if taken.amount_minor])
    return replace(
        written,
        payment=_payment(details, "", ""),
        early_discounts=_early(draft, on, computed.document.totals.payable_minor),
        deposits=tuple(
            PrepaidDeposit(
                taken.number,
                documents[taken.deposit_id].issued_on,
                sum(part.taxable_minor for part in taken.parts),
                sum(part.tax_minor for part in taken.parts),
                taken.amount_minor,
            )
            for taken in computed.deductions
            if taken.amount_minor
        ),
        watermark=watermark,
        notes=(*written.notes, note) if note else written.notes,
        look=_look(draft.legal_entity, template, draft.language, details),
    )


def _written(  # noqa: PLR0913 -- a document has these parts
    computed: ComputedDocument,
    facts: Sequence[LineFacts],
    *,
    seller: Party,
    buyer: Party,
    kind: str,
    issued_on: date,
    due_on: date,
    language: str,
    details: Mapping[str, Any],
) -> IssuedDocument:
    gross_mode = computed.price_mode is PriceMode.GROSS
    codes = _item_codes(facts, computed.currency, issued_on)
    return IssuedDocument(
        number="",
        type_code=TYPE_CODES[kind],
        issued_on=issued_on,
        currency=computed.currency,
        minor_digits=minor_digits(computed.currency),
        language=language,
        seller=seller,
        buyer=buyer,
        lines=tuple(
            _line(n, line, own, codes, gross_mode=gross_mode)
            for n, (line, own) in enumerate(zip(computed.lines, facts, strict=True), 1)
        ),
        tax_totals=tuple(_tax_total(group) for group in computed.tax_groups),
        totals=_totals(computed.totals),
        due_on=None if kind == "credit_note" else due_on,
        deliver_to=_delivery(details),
        delivery_on=_day(details, "delivered_on"),
        period=_period(_day(details, "period_start_on"), _day(details, "period_end_on")),
        buyer_reference=details.get("buyer_reference", ""),
        order_reference=details.get("order_reference", ""),
        contract_reference=details.get("contract_reference", ""),
        preceding=(PrecedingDocument(details["corrects_number"], _day(details, "corrects_issued_on")),)
        if details.get("corrects_number")
        else (),
        notes=(details["notes"],) if details.get("notes") else (),
        adjustments=tuple(_adjustment(each, gross_mode=gross_mode) for each in computed.adjustments),
        prices_include_tax=gross_mode,
    )


def _tax_total(group: TaxGroup) -> TaxTotal:
    return TaxTotal(
        group.category.value,
        group.rate,
        group.taxable_minor,
        group.tax_minor,
        group.exemption_code or "",
        group.reason or "",
    )


def _totals(totals: DocumentTotals) -> Totals:
    return Totals(
        totals.lines_net_minor,
        totals.allowances_minor,
        totals.charges_minor,
        totals.net_minor,
        totals.tax_minor,
        totals.gross_minor,
        totals.prepaid_minor,
        totals.rounding_minor,
        totals.payable_minor,
    )


def _line(
    position: int, line: ComputedLine, own: LineFacts, codes: Mapping[UUID, str], *, gross_mode: bool
) -> WrittenLine:
    off = line.amount_minor - (line.gross_minor if gross_mode else line.net_minor)
    adjustments = tuple(
        LineAdjustment(
            is_charge,
            minor,
            percent=own.allowance_percent or None if not is_charge else None,
            base_minor=line.base_minor if own.allowance_percent and not is_charge else None,
            with_tax_minor=abs(off) if gross_mode else None,
        )
        for is_charge, minor in ((False, line.allowance_minor), (True, line.charge_minor))
        if minor
    )
    return WrittenLine(
        line_id=str(position),
        name=line.name,
        quantity=line.quantity,
        unit_price=line.unit_price_net,
        net_minor=line.net_minor,
        tax_category=line.tax.category.value,
        tax_rate=line.tax.rate,
        description=own.description,
        unit_code=own.unit_code,
        base_quantity=line.base_quantity,
        adjustments=adjustments,
        period=_period(own.period_start_on, own.period_end_on),
        item_code=codes.get(own.item_id, "") if own.item_id else "",
        unit_price_with_tax=line.unit_price if gross_mode else None,
        with_tax_minor=line.gross_minor if gross_mode else None,
    )


def _adjustment(each: ComputedAdjustment, *, gross_mode: bool) -> DocumentAdjustment:
    return DocumentAdjustment(
        each.is_charge,
        each.amount_minor,
        each.tax.category.value,
        each.tax.rate,
        each.reason,
        each.reason_code,
        each.percent or None,
        each.base_minor if each.percent else None,
        each.gross_minor if gross_mode else None,
    )


def _stored_facts(line: DocumentLine) -> LineFacts:
    return LineFacts(
        line.item_id,
        line.description,
        line.unit_code,
        line.allowance_percent,
        line.period_start_on,
        line.period_end_on,
        line.corrects_position,
        line.corrects_quantity,
    )


def _item_codes(facts: Sequence[LineFacts], currency: str, on: date) -> dict[UUID, str]:
    items = {own.item_id for own in facts if own.item_id}
    return {key: each.code for key, each in catalog.offers(items, currency=currency, on=on).items()} if items else {}


def _prepayments(document: Document) -> list[Prepayment]:
    if document.kind != "final":
        return []
    return list(Prepayment.objects.filter(final=document).select_related("deposit").order_by("deposit__issued_on"))


def _deposit(row: Prepayment) -> PrepaidDeposit:
    return PrepaidDeposit(row.deposit.number, row.deposit.issued_on, row.net_minor, row.tax_minor, row.gross_minor)


def _early(source: Document | Draft, issued_on: date, payable_minor: int) -> tuple[EarlyDiscount, ...]:
    percent, days = source.early_discount_percent, source.early_discount_days
    if not percent or days is None or source.kind == "credit_note":
        return ()
    discount = percent_of(payable_minor, percent)
    return (EarlyDiscount(percent, issued_on + timedelta(days=days), discount, payable_minor - discount),)


def _payment(details: Mapping[str, Any], number: str, link: str) -> PaymentInstructions:
    bank = details.get("bank", {})
    return PaymentInstructions(
        iban=bank.get("iban", ""),
        bic=bank.get("bic", ""),
        account_name=bank.get("holder", ""),
        bank_name=bank.get("bank_name", ""),
        reference=number,
        link=link,
    )


def _delivery(details: Mapping[str, Any]) -> Delivery | None:
    place = details.get("deliver_to")
    if not place:
        return None
    return Delivery(
        address=PostalAddress(
            country=place.get("country", ""),
            street=place.get("line1", ""),
            street2=place.get("line2", ""),
            postcode=place.get("postcode", ""),
            city=place.get("city", ""),
            region=place.get("region", ""),
        )
    )


def look_of(entity: LegalEntity, language: str) -> TemplateLook:
    """Return how the seller's papers look, with the words that stand on each of them in a language."""
    return _look(entity, default_template(entity), language, {})


def _look(
    entity: LegalEntity, template: DocumentTemplate | None, language: str, details: Mapping[str, Any]
) -> TemplateLook:
    texts = _texts(template, language)
    look = TemplateLook(
        logo=bytes(entity.logo) if entity.logo else b"",
        accent=template.accent_color if template else entity.accent_color,
        paper=cast("Literal['a4', 'letter']", template.paper if template else "a4"),
        intro=details.get("intro") or texts.get("intro", ""),
        closing=texts.get("terms", ""),
        footer=texts.get("footer", ""),
    )
    return replace(look, columns=tuple(template.columns)) if template and template.columns else look


def _texts(template: DocumentTemplate | None, language: str) -> Mapping[str, str]:
    if template is None:
        return {}
    return template.texts.get(language) or template.texts.get(language.partition("-")[0]) or {}


def _day(details: Mapping[str, Any], name: str) -> date | None:
    value = details.get(name)
    return date.fromisoformat(value) if value else None


def _period(first: date | None, last: date | None) -> DayRange | None:
    return DayRange(first, last) if first and last else None
