"""Tax rates, and how the server is."""

import platform

from django import get_version
from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render

from conto.apps.bulk.condition import condition
from conto.apps.catalog import queries as catalog
from conto.apps.messaging import queries as messaging
from conto.domain.permissions import Permission
from conto.web.access import needs
from conto.web.reading import book
from conto.web.setup.countries import country_choices


@needs(Permission.SETTINGS_VIEW)
def tax(request: HttpRequest) -> HttpResponseBase:
    """Show the tax rates of a country on a day."""
    here = book(request)
    country = request.GET.get("country", here.business.country)[:2].upper()
    rates = sorted(catalog.rates_for([country], here.today), key=lambda rate: (rate.region, -rate.percent))
    names = dict(country_choices(here.member.language))
    context = {"rates": rates, "country": country, "name": names.get(country, country), "countries": names.items()}
    return render(request, "settings/tax.html", context)


@needs(Permission.SETTINGS_VIEW)
def about(request: HttpRequest) -> HttpResponseBase:
    """Show versions and whether everything is in order."""
    now = condition()
    context = {
        "versions": [
            ("Python", platform.python_version()),
            ("Django", get_version()),
            ("PostgreSQL", now.database_version),
        ],
        "book_name": settings.BOOK,
        "size_megabytes": round(now.size_bytes / 1_000_000),
        "workers": now.workers,
        "failed_jobs": now.jobs["failed"],
        "server": messaging.mail_server(),
        "counts": messaging.mail_counts(),
        "business": book(request).business,
    }
    return render(request, "settings/about.html", context)
