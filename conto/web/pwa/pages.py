"""The files that a browser asks for when Conto is installed on a phone or desk."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render

from conto.web.access import public
from conto.web.built import BUILD, asset_url

_WHY = "a browser asks without its session; nothing of the book is in it"


@public(_WHY)
def manifest(request: HttpRequest) -> HttpResponse:
    """Describe the app to the browser."""
    del request
    icons = [
        {"src": asset_url("mark.svg"), "sizes": "any", "type": "image/svg+xml", "purpose": "any"},
        {"src": asset_url("mark-maskable.svg"), "sizes": "any", "type": "image/svg+xml", "purpose": "maskable"},
    ]
    look = {"display": "standalone", "background_color": "#fbfaf7", "theme_color": "#1d5c46"}
    names = {"name": "Conto", "short_name": "Conto", "id": "/", "start_url": "/", "scope": "/"}
    return JsonResponse({**names, **look, "icons": icons}, content_type="application/manifest+json")


@public(_WHY)
def worker(request: HttpRequest) -> HttpResponse:
    """Serve the service worker from the root, so that it may look after every page."""
    del request
    path = BUILD / "worker.js"
    if not path.exists():
        raise Http404
    return HttpResponse(path.read_bytes(), content_type="text/javascript", headers={"Cache-Control": "no-cache"})


@public(_WHY)
def offline(request: HttpRequest) -> HttpResponse:
    """Draw the page that stands in when there is no connection."""
    return render(request, "errors/offline.html")
