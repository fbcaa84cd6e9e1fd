"""Recurring revenue: what recurs a month now, how it moved month by month, and the customers who moved it."""

from datetime import date, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from conto.apps.audit import actions as audit
from conto.apps.subscriptions import queries
from conto.domain.period import add_months
from conto.domain.permissions import Permission
from conto.domain.subscription import MovementKind
from conto.web.access import needs
from conto.web.freshness import fresh_file
from conto.web.htmx import page_or_part
from conto.web.reading import Here, actor_of, book
from conto.web.spreadsheets import amount, csv_file

MONTHS = 12
_COMING = "coming"
_FAR = date(9999, 12, 31)
KIND_WORDS: dict[str, Any] = {
    MovementKind.NEW.value: gettext_lazy("New"),
    MovementKind.EXPANSION.value: gettext_lazy("Expansion"),
    MovementKind.REACTIVATION.value: gettext_lazy("Reactivation"),
    MovementKind.CONTRACTION.value: gettext_lazy("Contraction"),
    MovementKind.CHURN.value: gettext_lazy("Churn"),
}


@require_GET
@needs(Permission.SUBSCRIPTION_VIEW)
def recurring(request: HttpRequest) -> HttpResponse:
    """Show what recurs a month today, and how it moved in each of the last twelve months."""
    here = book(request)
    now = queries.recurring_now(here.member, here.today)
    currency = _currency(request, here, [each.currency for each in now])
    months = queries.recurring_months(here.member, currency=currency, today=here.today, months=MONTHS)
    coming = queries.recurring_to_come(here.member, currency=currency, today=here.today)
    context = {
        "currency": currency,
        "currencies": [each.currency for each in now],
        "now": next((each for each in now if each.currency == currency), None),
        "customers": queries.recurring_customers(here.member, currency=currency, today=here.today),
        "kinds": KIND_WORDS.values(),
        "months": [(each, [(kind, each.by_kind[kind]) for kind in KIND_WORDS]) for each in months],
        "in_order": months[::-1],
        "coming": [(kind, KIND_WORDS[kind], amount_minor) for kind, amount_minor in coming],
    }
    return render(request, "subscriptions/recurring.html", context)


@require_GET
@needs(Permission.SUBSCRIPTION_VIEW)
def movements(request: HttpRequest) -> HttpResponse:
    """Show the customers who moved what recurs in a month, or will; together they are the figure of the month."""
    here = book(request)
    currency = _currency(request, here, [])
    month = _month(request.GET.get("month", ""), here.today)
    since = here.today + timedelta(days=1) if month is None else month
    until = _FAR if month is None else min(add_months(month, 1) - timedelta(days=1), here.today)
    kind = request.GET.get("kind", "")
    kind = kind if kind in KIND_WORDS else ""
    page = queries.movement_page(
        here.member, currency=currency, since=since, until=until, kind=kind, cursor=request.GET.get("after", "")[:90]
    )
    context = {
        "currency": currency,
        "month": month,
        "kind": kind,
        "name": _COMING if month is None else f"{month:%Y-%m}",
        "kinds": KIND_WORDS.items(),
        "kind_word": KIND_WORDS.get(kind, ""),
        "page": page,
        "rows": [(row, KIND_WORDS[row.kind]) for row in page.rows],
    }
    return page_or_part(request, "subscriptions/movements.html", "rows", context)


@require_GET
@needs(Permission.INVOICE_EXPORT)
@fresh_file
def movements_file(request: HttpRequest) -> HttpResponseBase:
    """Give every movement of what recurs as a CSV file, in every currency, those to come too."""
    here = book(request)
    audit.note_records_export(what="recurring", file_format="csv", filters={}, actor=actor_of(request), at=here.at)
    heads = [_("Day"), _("Customer"), _("Kind"), _("Currency"), _("A month (MRR)")]
    lines = (
        (row.counts_on.isoformat(), row.customer_name, str(KIND_WORDS[row.kind]), row.currency,
         amount(row.amount_minor, row.currency))
        for row in queries.movement_rows(here.member)
    )  # fmt: skip
    return csv_file(f"recurring-{here.today.isoformat()}.csv", heads, lines)


def _currency(request: HttpRequest, here: Here, known: list[str]) -> str:
    wanted = request.GET.get("currency", "").upper()[:3]
    if len(wanted) == len("EUR") and (wanted in known or not known):
        return wanted
    return here.business.currency if here.business.currency in known or not known else known[0]


def _month(written: str, today: date) -> date | None:
    """Return the first day of a month that is written 2026-11, nothing for what is to come; else of this month."""
    if written == _COMING:
        return None
    try:
        return date.fromisoformat(f"{written}-01")
    except ValueError:
        return today.replace(day=1)
