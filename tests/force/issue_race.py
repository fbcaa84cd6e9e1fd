"""Eight processes issue invoices in one series at once, each document in a transaction of its own.

CONTO_BOOK=… python -m tests.force.issue_race PROCESSES EACH
"""

import os
import sys
from datetime import timedelta
from decimal import Decimal

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "conto.config.settings")
django.setup()

from conto.apps.accounts.models import LegalEntity  # noqa: E402 -- needs Django
from conto.apps.crm.models import Customer  # noqa: E402
from conto.apps.invoicing import queries  # noqa: E402
from conto.apps.invoicing.actions.issue_computed import issue_computed  # noqa: E402
from conto.apps.invoicing.new_documents import NewDocument, snapshot_of  # noqa: E402
from conto.domain.document import Party, PostalAddress  # noqa: E402
from conto.domain.facts import SYSTEM  # noqa: E402
from conto.domain.ids import new_id  # noqa: E402
from conto.domain.invoice import DocumentInput, LineInput, PriceMode, compute  # noqa: E402
from conto.domain.tax import TaxCategory, TaxTreatment  # noqa: E402
from tests.scene import NOW, TODAY  # noqa: E402


def issue_many(count: int) -> None:
    """Issue `count` invoices, one by one."""
    seller = LegalEntity.objects.get()
    customer = Customer.objects.first()
    series = queries.default_series(seller, "invoice")
    assert customer is not None
    assert series is not None
    party = snapshot_of(Party(name="Somebody", address=PostalAddress(country="DE")))
    tax = TaxTreatment(TaxCategory.S, Decimal(19), None, None, "DE")
    for number in range(count):
        work = LineInput(1, "Work", Decimal(1 + number % 7), Decimal("99.99"), tax)
        new = NewDocument(
            id=new_id(),
            legal_entity_id=seller.id,
            customer_id=customer.id,
            series_id=series.id,
            issued_on=TODAY,
            issued_at=NOW,
            due_on=TODAY + timedelta(days=14),
            language="de",
            seller=party,
            buyer=party,
            computed=compute(DocumentInput("EUR", PriceMode.NET, (work,))),
        )
        issue_computed([new], actor=SYSTEM)


def main(processes: int, each: int) -> int:
    """Start all processes at once and return how many failed."""
    children = []
    for _ in range(processes):
        child = os.fork()
        if not child:
            issue_many(each)
            os._exit(0)
        children.append(child)
    return sum(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) != 0 for child in children)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), int(sys.argv[2])))
