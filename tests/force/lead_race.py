"""Convert leads as web processes do: killed on the way, all at once, and once more after the answer was lost.

CONTO_BOOK=… python -m tests.force.lead_race PROCESSES
"""

import os
import sys
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
from tests.force.dying import killed, wrong_step  # noqa: E402
from tests.scene import NOW  # noqa: E402


def convert_all() -> None:
    """Convert every lead; those that another was faster with are refused in words."""
    owner = Member.objects.get(role="owner")
    for lead in Lead.objects.order_by("id"):
        with suppress(Conflict):
            convert_lead.convert(lead=lead, wish=Conversion(), actor=Actor(owner.id, "member", owner.name), at=NOW)


def die_on_the_way() -> None:
    """Be killed when customer, contact and deal are written and nothing is committed yet."""
    leads.mark_converted = killed
    convert_all()


def main(processes: int) -> int:
    """Return at which step something was wrong; 0 when nothing was."""
    before = Customer.objects.count()
    return wrong_step(
        die_on_the_way=die_on_the_way, story=convert_all, processes=processes,
        is_untouched=lambda: Customer.objects.count() == before and not Deal.objects.exists(),
    )  # fmt: skip


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1])))
