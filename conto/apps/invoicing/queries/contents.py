"""The bytes of kept files, read only when they leave."""

from uuid import UUID

from conto.apps.invoicing.models import Rendering


def rendering_content(rendering_id: UUID) -> bytes | None:
    """Return the bytes of a kept rendering, or nothing when there is none."""
    content = Rendering.objects.filter(id=rendering_id).values_list("content", flat=True).first()
    return bytes(content) if content is not None else None
