"""What the frame itself refuses (404, 405, a body too large), answered as the operations answer."""

from __future__ import annotations

from django.http import HttpResponseBase
from django.utils.translation import gettext as _

from conto.api.problem import MEDIA_TYPE, not_found, problem


def as_problem(answer: HttpResponseBase) -> HttpResponseBase:
    """Return an answer of the frame in the shape of a problem; others as they are."""
    if answer.status_code < 400 or answer.headers.get("Content-Type", "").startswith(MEDIA_TYPE):
        return answer
    if answer.status_code == 404:
        return not_found()
    if answer.status_code == 405:
        allowed = answer.headers.get("Allow", "")
        detail = _("Only %(methods)s can be done here.") % {"methods": allowed}
        return problem(405, "method_not_allowed", detail, {"Allow": allowed})
    if answer.status_code == 500:
        return problem(500, "unforeseen", _("Something went wrong here."))
    return problem(answer.status_code, "request.refused", _("The request cannot be read."))
