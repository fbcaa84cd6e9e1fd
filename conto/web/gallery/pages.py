"""The gallery: look here before writing another component."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render

from conto.domain.permissions import Permission, Role
from conto.web import htmx, states
from conto.web.access import ROLE_WORDS, public
from conto.web.gallery.forms import SampleForm, SampleLines

ERRORS = ("400", "403", "404", "413", "500", "503", "full", "offline", "refused", "stale")
_WHY = "shows made-up records only, and only while developing"
NOW = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
_ROWS = (
    ("Harbour & Finch Ltd", "INV-2026-0391", 295000, "overdue", -34),
    ("Kestrel & Sons", "INV-2026-0418", 980000, "open", 9),
    ("Meridian Cycles GmbH", "INV-2026-0420", 121975, "part_paid", 2),
    ("Orchard Dental", "INV-2026-0397", 384000, "disputed", -12),
    ("Lumen Studio", "CN-2026-0012", -45000, "credited", 0),
)
_LINES = [
    {"name": "Workshop, two days on site", "quantity": 2, "unit": "DAY", "unit_price": 145000, "tax": "S19"},
    {"name": "Printed hand-outs", "quantity": 24, "unit": "C62", "unit_price": 1250, "tax": "S7"},
]


def _rows() -> list[dict[str, Any]]:
    return [
        {
            "id": UUID(int=at),
            "customer": customer,
            "number": number,
            "open_minor": amount,
            "state": state,
            "due_on": NOW.date() + timedelta(days=days),
        }
        for at, (customer, number, amount, state, days) in enumerate(_ROWS)
    ]


def _context(request: HttpRequest) -> dict[str, Any]:
    wrong = SampleForm({"name": "", "amount": "12,345.678", "terms": "14", "kind": "company", "email": "tom@"})
    return {
        "form": SampleForm(initial={"name": "Harbour & Finch", "amount": 125000, "terms": "30", "kind": "company"}),
        "wrong": wrong if "wrong" in request.GET else None,
        "lines": SampleLines(initial=_LINES, prefix="lines"),
        "rows": _rows(),
        "looks": states.LOOKS,
        "now": NOW,
        "days": [NOW.date() - timedelta(days=days) for days in (0, 2, 5, 20, 50)],
        "months": [
            ("Jun", 812000),
            ("Jul", 1240000),
            ("Aug", 655000),
            ("Sep", 1718050),
            ("Oct", 1433000),
            ("Nov", 905000),
        ],
    }


@public(_WHY)
def gallery(request: HttpRequest) -> HttpResponse:
    """Show every component, while developing."""
    if not settings.DEBUG:
        raise Http404
    return render(request, "gallery/gallery.html", _context(request))


@public(_WHY)
def part(request: HttpRequest) -> HttpResponseBase:
    """Answer the gallery's own htmx requests."""
    if not settings.DEBUG:
        raise Http404
    name = request.GET.get("show", "")
    if name == "toast":
        return htmx.toast(HttpResponse(status=204), "Harbour & Finch archived", "/ui?undone=1")
    return render(request, f"gallery/gallery.html#{'sums' if name == 'sums' else 'arrived'}", _context(request))


@public(_WHY)
def error(request: HttpRequest, name: str) -> HttpResponseBase:
    """Show a page of what went wrong, as it looks to a member."""
    if not settings.DEBUG or name not in ERRORS:
        raise Http404
    context = {"permission": Permission.INVOICE_WRITE_OFF, "roles": [ROLE_WORDS[role] for role in Role][:3]}
    return render(request, f"errors/{name}.html", {**context, "words": "Only €5.00 of this invoice is still open."})
