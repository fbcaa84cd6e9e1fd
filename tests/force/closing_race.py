"""Processes post into one day without pause until the books refuse it.

CONTO_BOOK=… python -m tests.force.closing_race PROCESSES DAY
"""

import os
import sys
from datetime import date

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "conto.config.settings")
django.setup()

from conto.apps.accounts.models import LegalEntity  # noqa: E402 -- needs Django
from conto.apps.crm.models import Customer  # noqa: E402
from conto.apps.payments import actions as payments  # noqa: E402
from conto.domain.errors import Conflict  # noqa: E402
from conto.domain.facts import SYSTEM  # noqa: E402
from tests.scene import NOW  # noqa: E402

MOST = 5000


def post_until_closed(day: date) -> bool:
    """Take payments of a day; tell whether the books refused one in the end."""
    seller = LegalEntity.objects.get()
    customer = Customer.objects.first()
    assert customer is not None
    for _ in range(MOST):
        try:
            payments.receive_payment(
                customer=customer,
                legal_entity=seller,
                method="cash",
                amount_minor=100,
                currency="EUR",
                received_on=day,
                allocate_to=None,
                actor=SYSTEM,
                at=NOW,
            )
        except Conflict as refusal:
            return refusal.code == "ledger.period_closed"
    return False


def main(processes: int, day: date) -> int:
    """Start all processes at once and return how many were never refused."""
    children = []
    for _ in range(processes):
        child = os.fork()
        if not child:
            os._exit(0 if post_until_closed(day) else 1)
        children.append(child)
    return sum(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) != 0 for child in children)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), date.fromisoformat(sys.argv[2])))
