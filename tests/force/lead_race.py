"""Convert leads as web processes do: killed on the way, all at once, and once more after the answer was lost.

CONTO_BOOK=… python -m tests.force.lead_race PROCESSES
"""

import os
import signal
import sys
from collections.abc import Callable
from contextlib import suppress

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "conto.config.settings")
django.setup()

from conto.apps.accounts.models import Member  # noqa: E402 -- needs Django
from conto.apps.crm.models import Customer  # noqa: E402
from conto.apps.deals.models import Deal  # noqa: E402
from conto.apps.leads import actions as leads  # noqa: E402
from conto.apps.leads.models import Lead  # noqa: E402
from conto.domain.errors import Conflict  # noqa: E402
from conto.domain.facts import Actor  # noqa: E402
from conto.flows import convert_lead  # noqa: E402
from conto.flows.convert_lead import Conversion  # noqa: E402
from tests.scene import NOW  # noqa: E402


def convert_all() -> None:
    """Convert every lead; those that another was faster with are refused in words."""
    owner = Member.objects.get(role="owner")
    for lead in Lead.objects.order_by("id"):
        with suppress(Conflict):
            convert_lead.convert(lead=lead, wish=Conversion(), actor=Actor(owner.id, "member", owner.name), at=NOW)


def _killed(*_args: object, **_more: object) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def die_on_the_way() -> None:
    """Be killed when customer, contact and deal are written and nothing is committed yet."""
    leads.mark_converted = _killed
    convert_all()


def die_afterwards() -> None:
    """Be killed when all is committed and no answer was given."""
    convert_all()
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
    before = Customer.objects.count()
    if ends(die_on_the_way) != [-9]:
        return 1
    if Customer.objects.count() != before or Deal.objects.exists():
        return 2
    if any(ends(*[convert_all] * processes)):
        return 3
    return 0 if ends(die_afterwards) == [-9] else 4


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1])))
