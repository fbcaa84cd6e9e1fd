"""What comes after a deal is won, and what each seller did: money as the ledger knows it."""

from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from conto.apps.deals import queries as deals
from conto.apps.payments.queries import of_deals, results
from conto.domain.cash import FEWEST_PAIRS, CashState
from conto.domain.period import add_months
from conto.domain.permissions import Permission
from conto.web.access import needs
from conto.web.deals.reads import filters_in, owner_choices
from conto.web.ledger.reading import Span, span_choices, span_in
from conto.web.reading import Here, book

STATE_WORDS = {
    CashState.TO_INVOICE: _("To be invoiced"),
    CashState.INVOICED: _("Invoiced"),
    CashState.PART_PAID: _("Part-paid"),
    CashState.COLLECTED: _("Collected"),
    CashState.CLOSED: _("Closed without money"),
}
MEASURE_WORDS = {
    "activities": _("Activities"),
    "created": _("New deals"),
    "won": _("Won"),
    "invoiced": _("Invoiced"),
    "collected": _("Collected"),
}
MONTHS = (3, 12, 36)
MONTHS_LOOKED_AT = 12


@needs(Permission.INVOICE_VIEW)
@require_GET
def won(request: HttpRequest) -> HttpResponseBase:
    """Show won deals in a column per state of their money."""
    here = book(request)
    asked = request.GET.get("months", "")
    months = int(asked) if asked in {str(n) for n in MONTHS} else 12
    since = add_months(here.today, -months)
    filters, owners = filters_in(request), owner_choices()
    columns = of_deals.won_board(
        here.member,
        since=since,
        zone=ZoneInfo(here.business.zone),
        owner_id=filters.owner_id,
        pipeline_id=filters.pipeline_id,
    )
    context = {
        "columns": [(column, STATE_WORDS[column.state]) for column in columns],
        "is_empty": not any(column.count for column in columns),
        "is_filtered": bool(filters.owner_id or filters.pipeline_id or asked),
        "pipelines": list(deals.pipelines(here.member)), "pipeline_id": filters.pipeline_id,
        "owners": owners, "owner_word": dict(owners).get(str(filters.owner_id), ""),
        "months": months, "choices": MONTHS,
    }  # fmt: skip
    return render(request, "deals/won.html", context)


@needs(Permission.INVOICE_VIEW)
@require_GET
def sellers(request: HttpRequest) -> HttpResponseBase:
    """Show what each seller did in a span, from activities to collected money, and whether the two go together."""
    here = book(request)
    span, zone = _span(request, here), ZoneInfo(here.business.zone)
    figures = results.results(here.member, span.since, span.until, zone=zone)
    names = dict(owner_choices(former=True))
    keys = sorted(
        {(each.owner_id, each.currency or here.business.currency) for some in figures.values() for each in some},
        key=lambda key: (names.get(str(key[0]), ""), key[1] != here.business.currency, key[1]),
    )
    context: dict[str, Any] = {
        "span": span,
        "choices": span_choices(here.today),
        "measures": [(name, MEASURE_WORDS[name]) for name in results.MEASURES],
        "rows": [
            {"owner_id": owner, "name": names.get(str(owner), "–"), "currency": currency,
             "figures": [_figure(figures[name], name, owner, currency, here) for name in results.MEASURES]}
            for owner, currency in keys
        ],
        "together": results.activity_and_cash(
            here.member, add_months(here.today.replace(day=1), 1 - MONTHS_LOOKED_AT), here.today,
            currency=here.business.currency, zone=zone,
        ),
        "fewest": FEWEST_PAIRS,
    }  # fmt: skip
    return render(request, "deals/results.html", context)


@needs(Permission.INVOICE_VIEW)
@require_GET
def rows(request: HttpRequest, measure: str, owner_id: UUID, currency: str) -> HttpResponseBase:
    """Show what a figure of a seller is made of; the rows add up to it."""
    here = book(request)
    if measure not in results.MEASURES:
        raise Http404
    span, name = _span(request, here), dict(owner_choices(former=True)).get(str(owner_id))
    if name is None:
        raise Http404
    found = results.rows_of_result(
        here.member, measure, owner_id=owner_id, currency=currency, first=span.since,
        last=span.until, zone=ZoneInfo(here.business.zone),
    )  # fmt: skip
    context = {
        "title": f"{MEASURE_WORDS[measure]}: {name}", "span": span, "measure": measure, "currency": currency,
        "rows": found, "total_minor": sum(row.amount_minor for row in found), "has_money": measure != "activities",
    }  # fmt: skip
    return render(request, "deals/result_rows.html", context)


def _span(request: HttpRequest, here: Here) -> Span:
    return span_in(request, f"{here.today:%Y-%m}")


def _figure(
    some: list[results.Figure], name: results.Measure, owner: UUID, currency: str, here: Here
) -> dict[str, Any]:
    is_counted = name == "activities"  # the same in every currency: shown beside the business's own
    wanted = "" if is_counted else currency
    found = next((each for each in some if each.owner_id == owner and each.currency == wanted), None)
    if found is None or (is_counted and currency != here.business.currency):
        return {"measure": name, "count": 0, "amount_minor": None}
    amount = None if is_counted else found.amount_minor
    return {"measure": name, "count": found.count, "amount_minor": amount}


def cash_of(here: Here, deal: Any) -> Any:
    """Return how far a won deal's money has come, in words, or nothing."""
    money = of_deals.money_of_deal(here.member, deal) if deal.state == "won" else None
    return money and {"money": money, "word": STATE_WORDS[money.state] if money.state else ""}
