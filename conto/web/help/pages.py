"""Read the handbook and search in it."""

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import get_language

from conto.web import htmx
from conto.web.access import member_only
from conto.web.help import handbook
from conto.web.reading import found


@member_only
def contents(request: HttpRequest) -> HttpResponseBase:
    """Show the chapters, or those that answer a question."""
    language = (get_language() or "en")[:2]
    asked = request.GET.get("q", "").strip()[:100]
    context = {
        "chapters": handbook.chapters(language),
        "asked": asked,
        "hits": handbook.search(language, asked) if asked else [],
    }
    return htmx.page_or_part(request, "help/contents.html", "found", context)


@member_only
def chapter(request: HttpRequest, name: str) -> HttpResponseBase:
    """Show one chapter."""
    language = (get_language() or "en")[:2]
    shown = found(handbook.chapter(language, name))
    every = handbook.chapters(language)
    at = every.index(shown)
    context = {
        "chapter": shown,
        "chapters": every,
        "following": every[at + 1] if at + 1 < len(every) else None,
    }
    return render(request, "help/chapter.html", context)
