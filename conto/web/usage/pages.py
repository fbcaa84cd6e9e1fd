"""What was used of a subscription: the period that runs with its cost so far, and day by day."""

from datetime import timedelta
from typing import TYPE_CHECKING

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from conto.apps.subscriptions import queries as subscriptions
from conto.apps.usage import queries
from conto.domain.errors import RuleBroken
from conto.domain.period import local_day
from conto.domain.permissions import Permission
from conto.flows import record_usage
from conto.web.access import may, needs
from conto.web.plans.words import AGGREGATES
from conto.web.reading import book, day_in, found, words_of

if TYPE_CHECKING:
    from uuid import UUID

_DAYS = 31
_DAY = timedelta(days=1)


@require_GET
@needs(Permission.SUBSCRIPTION_VIEW)
def show(request: HttpRequest, subscription_id: "UUID") -> HttpResponse:
    """Show what was used of a subscription over 31 days, and what the period that runs comes to so far."""
    here = book(request)
    row = found(subscriptions.subscription_for(here.member, subscription_id))
    today = local_day(here.at, row.zone)
    until = day_in(request, "until") or today
    since = until - (_DAYS - 1) * _DAY
    stopped, so_far = "", []
    try:
        names = {key: each.name for key, each in subscriptions.load(row).items.items()}
        so_far = [
            (
                names.get(each.item, each.item),
                str(dict(AGGREGATES)[each.measure.aggregate.value]),
                each,
                each.ends_on - _DAY,
            )
            for each in record_usage.so_far(row, at=here.at)
        ]
    except RuleBroken as refusal:
        stopped = words_of(refusal)
    context = {
        "row": row,
        "so_far": so_far,
        "stopped": stopped,
        "days": list(reversed(queries.days_of(row, since=since, until=until))),
        "since": since,
        "until": until,
        "earlier": since - _DAY,
        "later": min(until + _DAYS * _DAY, today) if until < today else None,
        "may_record": may(here.member, Permission.USAGE_RECORD),
        "none_measured": _("No item of this subscription is measured in the period that runs."),
    }
    return render(request, "usage/usage.html", context)
