"""The page of a deal."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET

from conto.apps.contracts import queries as contracts
from conto.apps.correspondence import queries as letters
from conto.apps.crm import queries as crm
from conto.apps.deals import queries
from conto.apps.deals.own import record_of
from conto.apps.leads import queries as leads
from conto.apps.payments.queries import of_deals, relation
from conto.apps.quotes import queries as quotes
from conto.apps.subscriptions import queries as subscriptions
from conto.domain.permissions import Permission
from conto.domain.pipeline import is_silent, lacks_next_step, weighted_minor
from conto.web import own_fields
from conto.web.access import may, needs
from conto.web.deals import activities
from conto.web.deals.cash import cash_of
from conto.web.deals.reads import deal_of, owner_choices
from conto.web.deals.words import KIND_ICONS
from conto.web.reading import Here, book


@dataclass(frozen=True, slots=True)
class Step:
    """A stage on the bar over a deal."""

    id: UUID
    name: str
    place: str  # past | now | later
    spent: str


@needs(Permission.DEAL_VIEW)
@require_GET
def record(request: HttpRequest, deal_id: UUID) -> HttpResponseBase:
    """Show a deal: its stage, products, what is to be done, what was said, and its history."""
    here, deal = book(request), deal_of(request, deal_id)
    visits = queries.visits_of(deal.id)
    ticked = queries.ticked_labels(deal)
    followers = queries.followers_of(deal.id)
    plans = queries.activities_of_deal(here.member, deal.id)
    sees_customer = crm.sees_customer(here.member, deal.customer)
    sees_money = sees_customer and may(here.member, Permission.INVOICE_VIEW)
    owners = owner_choices()
    context: dict[str, Any] = {
        "deal": deal,
        "steps": _steps(deal, visits, here.at),
        "visits": [(visit, span_words(visit.span(here.at))) for visit in reversed(visits)],
        "lines": queries.lines_of(deal.id),
        "undone": [(each, KIND_ICONS[each.kind], each.due_at and each.due_at < here.at)
                   for each in plans if not each.done_at],
        "done": [(each, KIND_ICONS[each.kind]) for each in plans if each.done_at],
        "comments": list(queries.comments_of(deal.id)[:100]),
        "followers": followers,
        "follows": any(each.member_id == here.member.id for each in followers),
        "checklist": [(label, label in ticked) for label in deal.stage.checklist] if deal.state == "open" else [],
        "lead": leads.lead_of_deal(here.member, deal.id) if may(here.member, Permission.LEAD_VIEW) else None,
        "weighted_minor": weighted_minor(deal.value_minor, deal.stage.probability_percent),
        "is_silent": deal.state == "open" and is_silent(
            last_activity_at=deal.last_activity_at, silent_after_days=deal.stage.silent_after_days, at=here.at),
        "lacks_step": lacks_next_step(state=deal.state, next_step_at=deal.next_step_at),
        "sees_customer": sees_customer,
        "standing": relation.relation_of(deal.customer_id, here.today) if sees_money else None,
        "cash": cash_of(here, deal),
        "documents": of_deals.documents_of_deal(here.member, deal.id) if deal.state == "won" else [],
        "may_edit": may(here.member, Permission.DEAL_EDIT),
        "own": own_fields.record_card(request, record_of(deal)),
        "own_address": f"/deals/{deal.id}/own" if may(here.member, Permission.DEAL_EDIT) else "",
        "owners": [each for each in owners if each[0] != str(deal.owner_id)],
        "activity_form": activities.blank_form(request, owners),
        "renews": _renewed(here, deal),
        "quotes": quotes.quote_page(here.member, today=here.today, deal_id=deal.id, limit=20).rows,
        "contracts": contracts.of_deal(here.member, deal.id, here.today),
        "subscriptions": subscriptions.of_deal(here.member, deal.id, here.today),
        "may_contract": sees_customer and may(here.member, Permission.CONTRACT_EDIT),
        "threads": letters.thread_page(here.member, letters.ThreadFilters(deal_id=deal.id), size=20).rows,
        "may_write": sees_customer and may(here.member, Permission.LETTER_EDIT),
        "may_quote": sees_customer and deal.state == "open" and may(here.member, Permission.QUOTE_DRAFT),
        "reasons": list(queries.lost_reasons()) if deal.state == "open" else [],
    }  # fmt: skip
    return render(request, "deals/deal.html", context)


def _renewed(here: Here, deal: Any) -> dict[str, str] | None:
    """Return the agreement that a deal renews, where the member sees it."""
    found: Any = None
    match deal.renews_kind:
        case "contract":
            found = contracts.contract_for(here.member, deal.renews_id)
        case "subscription":
            found = subscriptions.subscription_for(here.member, deal.renews_id)
    address = f"/{deal.renews_kind}s/{deal.renews_id}"
    return {"address": address, "number": found.number, "title": found.title} if found else None


def _steps(deal: Any, visits: list[queries.Visit], at: Any) -> list[Step]:
    spent: dict[UUID, timedelta] = {}
    for visit in visits:
        spent[visit.stage_id] = spent.get(visit.stage_id, timedelta(0)) + visit.span(at)
    made = []
    for stage in queries.stages_of(deal.pipeline_id):
        place = "now" if stage.id == deal.stage_id else "past" if stage.position < deal.stage.position else "later"
        made.append(Step(stage.id, stage.name, place, span_words(spent[stage.id]) if stage.id in spent else ""))
    return made


def span_words(span: timedelta) -> str:
    """Write how long a deal stood in a stage."""
    hours = int(span.total_seconds() // 3600)
    if hours < 24:
        return ngettext("%(n)s hour", "%(n)s hours", hours) % {"n": hours}
    return ngettext("%(n)s day", "%(n)s days", hours // 24) % {"n": hours // 24}
