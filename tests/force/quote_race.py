"""Accept quotes as web processes do: killed on the way, all at once, and once more after the answer was lost.

CONTO_BOOK=… python -m tests.force.quote_race PROCESSES
"""

import os
import signal
import sys
from collections.abc import Callable
from contextlib import suppress

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "conto.config.settings")
django.setup()

from conto.apps.invoicing.models import Document, Draft  # noqa: E402 -- needs Django
from conto.apps.quotes import actions as quotes  # noqa: E402
from conto.apps.quotes.models import Quote, QuoteAcceptance  # noqa: E402
from conto.domain.errors import Conflict  # noqa: E402
from conto.flows import accept_quote  # noqa: E402
from tests.offers import ANNA, BUYER  # noqa: E402
from tests.scene import NOW  # noqa: E402


def accept_all() -> None:
    """Accept every quote; those that another was faster with are refused in words."""
    for quote in Quote.objects.select_related("legal_entity", "customer", "contact", "deal").order_by("id"):
        with suppress(Conflict):
            accept_quote.accept(quote=quote, chosen=(), signature=ANNA, actor=BUYER, at=NOW)


def _killed(*_args: object, **_more: object) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def die_on_the_way() -> None:
    """Be killed when the invoice is issued and nothing is committed yet."""
    quotes.record_bill = _killed
    accept_all()


def die_afterwards() -> None:
    """Be killed when all is committed and no answer was given."""
    accept_all()
    _killed()


def ends(*stories: Callable[[], None]) -> list[int]:
    """Run stories at once, each in a process of its own, and return how they ended."""
    django.db.connections.close_all()
    children = []
    for story in stories:
        child = os.fork()
        if not child:
            story()
            os._exit(0)
        children.append(child)
    return [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]


def main(processes: int) -> int:
    """Return at which step something was wrong; 0 when nothing was."""
    if ends(die_on_the_way) != [-9]:
        return 1
    if QuoteAcceptance.objects.exists() or Document.objects.exists() or Draft.objects.exists():
        return 2
    if any(ends(*[accept_all] * processes)):
        return 3
    return 0 if ends(die_afterwards) == [-9] else 4


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1])))
