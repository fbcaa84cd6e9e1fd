"""Say how likely leads become paying customers, from what became of deals, leads and invoices in this book."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import transaction

from conto.apps.deals import queries as deals
from conto.apps.invoicing import queries as invoicing
from conto.apps.leads import actions as leads
from conto.apps.leads import queries
from conto.domain.lead_score import Backtest, Learnt, Past, backtest, learn, score, traits_of

if TYPE_CHECKING:
    from conto.apps.leads.models import Lead

LOOKS_BACK = timedelta(days=730)
MOST = 2000  # of each, the latest
UNPAID_AFTER = timedelta(days=30)  # behind its day; who owes for longer is no good customer


def history(at: datetime) -> list[Past]:
    """Return what was known of everybody of whom it is known what became of them.

    Good: a deal was won, and nothing of the customer is unpaid for more than a month. Not good: a lost deal, a won one
    whose customer does not pay, a discarded lead.
    Source: L-7.
    """
    since = at - LOOKS_BACK
    ended = deals.ended_deals(since, MOST)
    began = queries.leads_by_deal([each.deal_id for each in ended])
    owing = set(invoicing.late_customers((at - UNPAID_AFTER).date()).values_list("customer_id", flat=True))
    made = []
    for each in ended:
        lead = began.get(each.deal_id)
        traits = _traits(lead) if lead else traits_of(
            source=each.source, country=each.country, is_company=each.is_company, email=each.email, phone=each.phone
        )  # fmt: skip
        made.append(Past(traits, each.is_won and each.customer_id not in owing))
    return made + [Past(_traits(lead), is_good=False) for lead in queries.discarded_leads(since, MOST)]


def _traits(lead: "Lead") -> dict[str, str]:
    return traits_of(
        source=lead.source, country=lead.country, is_company=bool(lead.company), email=lead.email, phone=lead.phone,
        message=lead.message,
    )  # fmt: skip


def score_lead(lead: "Lead", *, at: datetime) -> None:
    """Score one lead, and show it on the row that the caller holds."""
    made = _scores([lead], learn(history(at)))
    leads.set_scores(scores=made)
    lead.score, lead.reasons = made[lead.id]


def score_some(rows: "Sequence[Lead]", *, at: datetime) -> None:
    """Score some leads, learning once."""
    leads.set_scores(scores=_scores(rows, learn(history(at))))


def score_leads(*, at: datetime) -> int:
    """Score all leads anew of which something may come, and return how many scores changed."""
    learnt = learn(history(at))
    with transaction.atomic():
        return leads.set_scores(scores=_scores(list(queries.scored_leads()), learnt))


def _scores(rows: "Sequence[Lead]", learnt: Learnt) -> dict[UUID, tuple[int, list[dict[str, str | int]]]]:
    found: dict[UUID, tuple[int, list[dict[str, str | int]]]] = {}
    for row in rows:
        made = score(learnt, _traits(row))
        found[row.id] = (
            made.points,
            [
                {"code": r.code, "value": r.value, "points": r.points, "good": r.good, "all": r.all}
                for r in made.reasons
            ],
        )
    return found


def how_good(*, at: datetime) -> tuple[Learnt, Backtest | None]:
    """Return what there is to learn from, and how scores would have done on it."""
    past = history(at)
    return learn(past), backtest(past)
