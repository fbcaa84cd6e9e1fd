"""What the head of every answer says to browsers, whoever gave it: a page, a file, an error, the API."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase

# No page of ours uses any of these; a script that got in could ask for none of them.
_NO_DEVICES = ", ".join(
    f"{device}=()"
    for device in (
        "accelerometer", "autoplay", "browsing-topics", "camera", "display-capture", "encrypted-media", "geolocation",
        "gyroscope", "magnetometer", "microphone", "midi", "payment", "serial", "usb", "xr-spatial-tracking",
    )
)  # fmt: skip
ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": _NO_DEVICES,
}
KEPT_NOWHERE = "no-store, private"
# A file that a browser opens beside our pages runs no script, sends no form and has none of our origin's rights.
FOR_FILES = "sandbox; default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"


class HeadersMiddleware:
    """Complete the head of every answer. It stands before everything else, so that no error gets past it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer the request, with what is missing in the head added."""
        answer = self.get_response(request)
        for name, value in ALWAYS.items():
            if name != "X-Frame-Options" or not getattr(answer, "xframe_options_exempt", False):
                answer.headers.setdefault(name, value)
        # Only what says that it may be kept is kept: static files, and records of the API that are asked about again.
        answer.headers.setdefault("Cache-Control", KEPT_NOWHERE)
        if "Content-Disposition" in answer.headers:
            answer.headers["Content-Security-Policy"] = FOR_FILES
        return answer
