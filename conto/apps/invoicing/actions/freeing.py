"""Work of projects is freed when the invoice that billed it is credited as a whole."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.db.models import F, Sum

from conto.apps.invoicing.models import Document
from conto.apps.projects import actions as projects
from conto.apps.projects import queries as projects_queries
from conto.domain.facts import Actor


def free_credited(corrected_ids: Collection[UUID | None], *, actor: Actor, at: datetime) -> None:
    """Free the work of documents that credit notes have just taken back to the last cent; one in part stays billed.

    Source: WP-5.
    """
    asked = [each for each in corrected_ids if each is not None]
    if not asked:
        return
    bills = projects_queries.live_bills(asked)
    if bills:
        whole = Document.objects.filter(id__in=bills).annotate(taken=Sum("credit_notes__gross_minor"))
        ids = list(whole.filter(taken__gte=F("gross_minor")).values_list("id", flat=True))
        projects.free_bills(document_ids=ids, actor=actor, at=at)
