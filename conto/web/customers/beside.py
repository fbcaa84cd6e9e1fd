"""The panel beside a conversation or an activity: what there is to know of the customer, as far as one may see it."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _g
from django.views.decorators.http import require_GET

from conto.apps.crm import queries as customers
from conto.apps.payments import queries
from conto.domain.permissions import Permission
from conto.web.access import needs
from conto.web.customers import cards
from conto.web.customers.choices import PURPOSE_WORDS
from conto.web.reading import book, found

CONTACT_WORDS: dict[str, str | Promise] = {
    "call": _g("Call"), "meeting": _g("Meeting"), "task": _g("Task"), "note": _g("Note"),
    "letter_in": _g("They wrote"), "letter_out": _g("We wrote"),
}  # fmt: skip


@needs(Permission.CUSTOMER_VIEW)
@require_GET
def panel(request: HttpRequest, customer_id: UUID) -> HttpResponseBase:
    """Show the panel, which a page about something of the customer asks for when it is there."""
    here = book(request)
    customer = found(customers.customer_for(here.member, customer_id))
    known = queries.beside(here.member, customer, today=here.today)
    context: dict[str, Any] = {
        "known": known,
        "customer": customer,
        "contacts": [(CONTACT_WORDS[each.kind], each) for each in known.contacts],
        "billing": cards.billing_facts(customer),
        "agreed": [(PURPOSE_WORDS[each.purpose], each) for each in known.agreed if each.of],
    }
    return render(request, "customers/beside.html", context)
