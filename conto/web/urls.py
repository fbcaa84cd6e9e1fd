"""The web's addresses, one include per area."""

from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("conto.web.pwa.urls")),
    path("", include("conto.web.invoices.urls")),
    path("", include("conto.web.quotes.urls")),
    path("", include("conto.web.contracts.urls")),
    path("", include("conto.web.plans.urls")),
    path("", include("conto.web.quotas.urls")),
    path("", include("conto.web.gallery.urls")),
    path("", include("conto.web.accounts.urls")),
    path("", include("conto.web.safety.urls")),
    path("", include("conto.web.setup.urls")),
    path("", include("conto.web.live.urls")),
    path("books/", include("conto.web.ledger.urls")),
    path("customers/", include("conto.web.customers.urls")),
    path("", include("conto.web.settings.urls")),
    path("", include("conto.web.reference.urls")),
    path("", include("conto.web.audit.urls")),
    path("", include("conto.web.watch.urls")),
    path("", include("conto.web.outbox.urls")),
    path("", include("conto.web.clock.urls")),
    path("", include("conto.web.help.urls")),
    path("", include("conto.web.leads.urls")),
    path("", include("conto.web.deals.urls")),
    path("", include("conto.web.letters.urls")),
    path("catalog/", include("conto.web.catalog.urls")),
    path("", include("conto.web.search.urls")),
    path("", include("conto.web.payments.urls")),
    path("", include("conto.web.portal.urls")),
    path("", include("conto.web.today.urls")),
]
