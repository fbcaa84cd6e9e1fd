"""The list of payments, of credit that is left, and of refunds."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from conto.apps.crm import queries as crm
from conto.apps.payments import queries
from conto.apps.payments.queries import PaymentView
from conto.domain.permissions import Permission
from conto.web import htmx
from conto.web.access import needs
from conto.web.payments.words import METHODS
from conto.web.reading import book, day_in, uuid_in

VIEWS: tuple[PaymentView, ...] = ("all", "unallocated", "refunds")


@require_GET
@needs(Permission.PAYMENT_VIEW)
def index(request: HttpRequest) -> HttpResponse:
    """Show payments, the latest first; the address holds view, customer, method and place."""
    here = book(request)
    asked = request.GET.get("view", "all")
    view: PaymentView = asked if asked in VIEWS else "all"
    method = request.GET.get("method", "")
    customer_id = uuid_in(request.GET.get("customer"))
    since = day_in(request, "since")
    limits: dict[str, Any] = {
        "customer_id": customer_id,
        "method": method if method in METHODS else "",
        "cursor": request.GET.get("after", ""),
    }
    if view == "refunds":
        page = queries.refund_page(here.member, **limits)
    else:
        page = queries.payment_page(here.member, view=view, since=since, **limits)
    context = {
        "view": view,
        "page": page,
        "totals": queries.payment_totals(here.member, here.today),
        "method": method,
        "method_word": METHODS.get(method, ""),
        "methods": METHODS,
        "customer": crm.customer_for(here.member, customer_id) if customer_id else None,
        "since": since,
        "is_filtered": bool(method or customer_id or since),
    }
    return htmx.page_or_part(request, "payments/list.html", "rows", context)
