"""What the frame around every page shows."""

from typing import Any

from django.http import HttpRequest
from django.utils.translation import get_language

from conto.web.accounts.viewing import whom
from conto.web.navigation import acts_for, areas_for, is_there

THEMES = {"light", "dark"}


def frame(request: HttpRequest) -> dict[str, Any]:
    """Give the frame its business, member, areas, acts and remembered looks."""
    member = getattr(request, "member", None)
    theme = request.COOKIES.get("conto_theme") or getattr(member, "theme", "")
    return {
        "business": getattr(request, "business", None),
        "viewing_as": whom(request.viewing) if hasattr(request, "viewing") else "",
        "member": member,
        "areas": areas_for(member, request.path),
        "acts": acts_for(member),
        "has_profile": is_there("/profile"),
        "theme": theme if theme in THEMES else "",
        "today_here": getattr(request, "today", None),
        "side": "icons" if request.COOKIES.get("conto_side") == "icons" else "",
        "language": get_language() or "en",
    }
