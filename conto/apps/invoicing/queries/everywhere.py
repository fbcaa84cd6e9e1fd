"""Series and templates of all sellers at once, for the settings."""

from django.db.models import QuerySet

from conto.apps.invoicing.models import DocumentTemplate, NumberSeries


def all_series() -> QuerySet[NumberSeries]:
    """Return the number series of every seller with their counters, the defaults first."""
    return NumberSeries.objects.prefetch_related("counters").order_by("kind", "-is_default", "prefix")


def all_templates() -> QuerySet[DocumentTemplate]:
    """Return the templates of every seller, the defaults first."""
    return DocumentTemplate.objects.order_by("-is_default", "name")
