"""Note that somebody has to decide about a contract soon, once for each day by which it has to be done."""

from datetime import datetime

from django.db import transaction

from conto.apps.accounts import queries as accounts
from conto.apps.audit import actions as audit
from conto.apps.audit.models import Fact
from conto.apps.contracts.models import Contract
from conto.apps.contracts.queries.lists import renewing
from conto.domain import facts
from conto.domain.facts import SYSTEM
from conto.domain.period import local_day

_MOST = 500


@transaction.atomic
def note_due(*, at: datetime) -> int:
    """Record for each contract whose day of notice comes near that it does, and return for how many.

    Each such day is told once; a contract of nobody is told on Today alone.
    Source: G-3.
    """
    entity = accounts.legal_entities().first()
    if entity is None:
        return 0
    current = Contract.objects.filter(is_current=True).exclude(owner=None)
    rows = list(renewing(current, local_day(at, entity.zone)).defer("clauses")[:_MOST])
    before = Fact.objects.filter(kind="contract_due", subject_id__in=[row.family_id for row in rows])
    told = {(fact.subject_id, fact.body.get("decide_by")) for fact in before.select_related("payload")}
    due = [row for row in rows if (row.family_id, row.decided.isoformat()) not in told]  # type: ignore[attr-defined]
    for row in due:
        fact = facts.ContractDue(
            subject_id=row.family_id,
            customer_id=row.customer_id,
            number=row.number,
            decide_by=row.decided,  # type: ignore[attr-defined]
            owner_id=row.owner_id,
        )
        audit.record(fact, actor=SYSTEM, at=at)
    return len(due)
