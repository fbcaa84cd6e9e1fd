"""A document as far as goods and costs go."""

from decimal import Decimal

from conto.apps.invoicing.new_documents import NewDocument
from conto.apps.stock.actions import SoldDocument, SoldLine
from conto.domain.stock import nets_of


def sold_document(new: NewDocument) -> SoldDocument:
    """Return the lines of a document that name an item, each with its part of the discounts on the whole.

    Source: ST-7.
    """
    if not any(own.item_id for own in new.line_facts):
        return _sold(new, ())
    nets = nets_of(
        [((line.tax.category, line.tax.rate), line.net_minor) for line in new.computed.lines],
        [((group.category, group.rate), group.taxable_minor) for group in new.computed.tax_groups],
    )
    return _sold(
        new,
        tuple(
            SoldLine(
                position,
                own.item_id,
                line.quantity,
                net,
                own.corrects_position,
                own.corrects_quantity or Decimal(0),
            )
            for position, (line, own, net) in enumerate(zip(new.computed.lines, new.line_facts, nets, strict=True), 1)
            if own.item_id
        ),
    )


def _sold(new: NewDocument, lines: tuple[SoldLine, ...]) -> SoldDocument:
    return SoldDocument(
        id=new.id,
        is_credit_note=new.kind == "credit_note",
        legal_entity_id=new.legal_entity_id,
        customer_id=new.customer_id,
        currency=new.computed.currency,
        issued_on=new.issued_on,
        at=new.issued_at,
        lines=lines,
        corrects_id=new.corrects_id,
        goods_stay=new.goods_stay,
    )
