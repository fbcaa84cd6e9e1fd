"""Show a customer a document as it stands now: what is open, how to pay it, and what was paid."""

import base64
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING

from conto.apps.invoicing import queries as invoicing
from conto.apps.payments import queries as payments
from conto.domain.document import IssuedDocument
from conto.gateways.documents import qr

if TYPE_CHECKING:
    from conto.apps.invoicing.models import Document
    from conto.apps.payments.models import Allocation, Checkout
    from conto.apps.payments.queries import EarlyDiscountOffer


@dataclass(frozen=True, slots=True)
class ShownDocument:
    """All that the customer's page needs."""

    paper: IssuedDocument
    state: str
    open_minor: int
    settled_minor: int
    allocations: "tuple[Allocation, ...]"
    discount: "EarlyDiscountOffer | None"
    epc_code: str  # an image's address, empty where none is possible
    swiss_bill: str
    under_way: "Checkout | None"

    @property
    def grouped_iban(self) -> str:
        """The account as people read it: in groups of four."""
        iban = self.paper.payment.iban.replace(" ", "")
        return " ".join(iban[i : i + 4] for i in range(0, len(iban), 4))


def shown(document: "Document", *, today: date) -> ShownDocument:
    """Return a document as its customer sees it today."""
    paper = invoicing.issued_document(document)
    invoices = payments.invoices_by_id([document.id])
    open_minor = invoices[document.id].open_minor if document.id in invoices else 0
    discount = payments.early_discount_offers(invoices.values(), today).get(document.id)
    to_pay = replace(paper, totals=replace(paper.totals, payable_minor=open_minor))
    under_way = payments.checkouts_under_way([document.id]).filter(state="pending").first() if open_minor else None
    return ShownDocument(
        paper=paper,
        state=str(invoicing.state_of(document, open_minor, today)),
        open_minor=open_minor,
        settled_minor=document.payable_minor - open_minor,
        allocations=tuple(payments.allocations_of_document(document.id)),
        discount=discount,
        epc_code=_image(qr.epc_qr(to_pay)),
        swiss_bill=_image(qr.swiss_bill(to_pay)),
        under_way=under_way,
    )


def _image(svg: str) -> str:
    return f"data:image/svg+xml;base64,{base64.b64encode(svg.encode()).decode()}" if svg else ""
