"""What the workers do while they are killed, and how the book is judged afterwards."""

import os
import sys
from collections.abc import Sequence

from conto.apps.accounts.models import LegalEntity
from conto.apps.crm.models import Customer
from conto.apps.invoicing import actions as invoicing
from conto.apps.invoicing import queries
from conto.apps.invoicing.models import Document
from conto.apps.ledger import queries as ledger
from conto.apps.payments import actions as payments
from conto.domain.facts import SYSTEM
from conto.domain.orders import read_orders
from conto.flows import import_orders, verify_book
from tests.scene import NOW, TODAY, issue, line, set_scene

SHOP = "SHOP"


def set_up() -> None:
    """Set the seller up, with a series of the shop's own."""
    scene = set_scene()
    invoicing.save_series(
        legal_entity=scene.seller, kind="invoice", prefix=SHOP, is_default=False, actor=SYSTEM, at=NOW
    )


def bring_in(lines: Sequence[str]) -> None:
    """Import the shop's orders in small chunks."""
    import_orders.CHUNK = 10
    seller = LegalEntity.objects.get()
    import_orders.import_orders(
        read_orders(lines, "EUR").orders,
        legal_entity=seller,
        series=queries.series_of(seller).get(prefix=SHOP),
        source="shop",
        actor=SYSTEM,
        at=NOW,
    )


def bill_and_pay() -> None:
    """Write, issue, pay and credit invoices one at a time, as people do."""
    seller = LegalEntity.objects.get()
    customer = Customer.objects.get(email="einkauf@mueller.example")
    for number in range(200):
        draft = invoicing.create_draft(
            customer=customer, lines=[line(str(10 + os.getpid() % 90), str(number + 1))], actor=SYSTEM, at=NOW
        )
        document = issue(draft)
        payments.receive_payment(
            customer=customer,
            legal_entity=seller,
            method="bank_transfer",
            amount_minor=document.payable_minor // 2 + 1,
            currency="EUR",
            received_on=TODAY,
            allocate_to="oldest",
            actor=SYSTEM,
            at=NOW,
        )


def verify() -> None:
    """Check every rule of the book; leave with 1 when one is broken."""
    broken = [verdict for verdict in verify_book.verify() if verdict.violated]
    for verdict in broken:
        sys.stderr.write(f"{verdict.id} {verdict.words}: {verdict.shown}\n")
    os._exit(1 if broken else 0)


def compare(lines: Sequence[str]) -> None:
    """Compare the imported invoices with what an import in one go makes; leave with 1 when they differ."""
    wanted = [
        (number, order.ref, order.value_minor)
        for year in (2025, 2026)
        for number, order in enumerate(
            (order for order in read_orders(lines, "EUR").orders if order.ordered_on.year == year), start=1
        )
    ]
    made = list(
        Document.objects.filter(source="shop")
        .order_by("year", "ordinal")
        .values_list("ordinal", "external_ref", "payable_minor")
    )
    open_minor = sum(
        ledger.open_by_document(Document.objects.filter(source="shop").values_list("id", flat=True)).values()
    )
    os._exit(0 if made == wanted and open_minor == 0 else 1)
