"""What the frame around every page shows."""

from typing import Any

from django.http import HttpRequest


def frame(request: HttpRequest) -> dict[str, Any]:
    """Return the business and member for the sidebar and the top bar."""
    return {"business": getattr(request, "business", None), "member": getattr(request, "member", None)}
