"""Tax rates, what happened, and how the server is."""

import platform
from typing import Any

from django import get_version
from django.conf import settings
from django.db import connection
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render

from conto.apps.accounts import queries as accounts
from conto.apps.audit import queries as audit
from conto.apps.catalog import queries as catalog
from conto.apps.messaging import queries as messaging
from conto.domain.facts import FACTS
from conto.domain.permissions import Permission
from conto.web.access import needs
from conto.web.formats import money_text
from conto.web.reading import book, uuid_in
from conto.web.setup.countries import country_choices

PAGE = 50


@needs(Permission.SETTINGS_VIEW)
def tax(request: HttpRequest) -> HttpResponseBase:
    """Show the tax rates of a country on a day."""
    here = book(request)
    country = request.GET.get("country", here.business.country)[:2].upper()
    rates = sorted(catalog.rates_for([country], here.today), key=lambda rate: (rate.region, -rate.percent))
    names = dict(country_choices(here.member.language))
    context = {"rates": rates, "country": country, "name": names.get(country, country), "countries": names.items()}
    return render(request, "settings/tax.html", context)


@needs(Permission.AUDIT_VIEW)
def facts(request: HttpRequest) -> HttpResponseBase:
    """Show what happened, the latest first, by kind and person."""
    kind, person = request.GET.get("kind", ""), uuid_in(request.GET.get("by"))
    rows = audit.latest_facts()
    if kind in FACTS:
        rows = rows.filter(kind=kind)
    if person:
        rows = rows.filter(actor_id=person)
    after = uuid_in(request.GET.get("after"))
    if after:
        last = audit.latest_facts().filter(id=after).first()
        if last is not None:
            rows = rows.filter(at__lte=last.at).exclude(at=last.at, id__gte=last.id)
    page = list(rows[: PAGE + 1])
    people = list(accounts.members())
    context = {
        "rows": [(fact, kind_words(fact.kind), _told(fact.body)) for fact in page[:PAGE]],
        "next": str(page[PAGE - 1].id) if len(page) > PAGE else "",
        "kinds": [(name, kind_words(name)) for name in sorted(FACTS)],
        "people": people,
        "kind": kind_words(kind) if kind in FACTS else "",
        "by": next((member.name for member in people if member.id == person), ""),
    }
    return render(request, "settings/audit.html", context)


def kind_words(kind: str) -> str:
    """Return the words of a kind of fact."""
    return kind.replace("_", " ").capitalize()


def _told(body: dict[str, Any]) -> str:
    """Return what a fact says, short: changes as “before → after”, amounts as money, ids left out."""
    changes = body.get("changes")
    if isinstance(changes, dict):
        parts = [f"{_name(name)}: {_short(pair[0])} → {_short(pair[1])}" for name, pair in changes.items()]
    else:
        parts = [
            f"{_name(name)}: {_amount(value, body) if name.endswith('_minor') else _short(value)}"
            for name, value in body.items()
            if value not in ("", None) and not name.endswith("_id") and name != "currency"
        ]
    return " · ".join(parts)[:400]


def _name(name: str) -> str:
    return name.removesuffix("_minor").replace("_", " ")


def _amount(value: Any, body: dict[str, Any]) -> str:
    currency = body.get("currency", "")
    return money_text(value, currency) if isinstance(value, int) and currency else str(value)


def _short(value: Any) -> str:
    if value in (None, ""):
        return "–"
    text = str(value)
    return text if len(text) <= 60 else f"{text[:57]}…"


@needs(Permission.SETTINGS_VIEW)
def about(request: HttpRequest) -> HttpResponseBase:
    """Show versions and whether everything is in order."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('server_version'), pg_database_size(current_database())")
        version, size = cursor.fetchone()
        cursor.execute("SELECT count(*) FROM procrastinate_workers WHERE last_heartbeat > now() - interval '1 minute'")
        (workers,) = cursor.fetchone()
        cursor.execute("SELECT count(*) FROM procrastinate_jobs WHERE status = 'failed'")
        (failed,) = cursor.fetchone()
    context = {
        "versions": [("Python", platform.python_version()), ("Django", get_version()), ("PostgreSQL", version)],
        "book_name": settings.BOOK,
        "size_megabytes": round(size / 1_000_000),
        "workers": workers,
        "failed_jobs": failed,
        "server": messaging.mail_server(),
        "counts": messaging.mail_counts(),
        "business": book(request).business,
    }
    return render(request, "settings/about.html", context)
