"""Accept quotes as web processes do: killed on the way, all at once, and once more after the answer was lost.

CONTO_BOOK=… python -m tests.force.quote_race PROCESSES
"""

import os
import sys
from contextlib import suppress

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "conto.config.settings")
django.setup()

from conto.apps.contracts.models import Contract  # noqa: E402 -- needs Django
from conto.apps.invoicing.models import Document, Draft  # noqa: E402
from conto.apps.quotes import actions as quotes  # noqa: E402
from conto.apps.quotes.models import Quote, QuoteAcceptance  # noqa: E402
from conto.apps.subscriptions.models import Subscription  # noqa: E402
from conto.domain.errors import Conflict  # noqa: E402
from conto.flows import accept_quote  # noqa: E402
from tests.force.dying import killed, wrong_step  # noqa: E402
from tests.offers import ANNA, BUYER  # noqa: E402
from tests.scene import NOW  # noqa: E402


def accept_all() -> None:
    """Accept every quote; those that another was faster with are refused in words."""
    for quote in Quote.objects.select_related("legal_entity", "customer", "contact", "deal").order_by("id"):
        with suppress(Conflict):
            accept_quote.accept(quote=quote, chosen=(), signature=ANNA, actor=BUYER, at=NOW)


def die_on_the_way() -> None:
    """Be killed when the invoice is issued and nothing is committed yet."""
    quotes.record_bill = killed
    accept_all()


def main(processes: int) -> int:
    """Return at which step something was wrong; 0 when nothing was."""
    return wrong_step(
        die_on_the_way=die_on_the_way, story=accept_all, processes=processes,
        is_untouched=lambda: not (
            QuoteAcceptance.objects.exists() or Contract.objects.exists()
            or Subscription.objects.exists() or Document.objects.exists() or Draft.objects.exists()
        ),
    )  # fmt: skip


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1])))
