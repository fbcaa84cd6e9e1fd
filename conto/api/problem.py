"""Problems (RFC 9457): every error, whatever its cause, is answered in the same shape."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from typing import Any

from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.db import InterfaceError, InternalError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from ninja.errors import HttpError, ValidationError

from conto.api.encoding import as_json
from conto.apps.catalog.units import unit_word
from conto.apps.crm.entry import EntryRefused
from conto.apps.integrations.refusals import AGAIN_AFTER, StillRunning
from conto.domain.contract import Unit
from conto.domain.errors import Conflict, Finding, NotAllowed, RuleBroken

log = logging.getLogger(__name__)
MEDIA_TYPE = "application/problem+json"
MEANINGS = "/api/docs#problems"
BUSY_SECONDS = 5
_CANNOT_SERIALIZE = frozenset({"40001", "40P01", "55P03"})
_WITHOUT_ROOM = frozenset({"25006", "53100"})


class Refused(Exception):  # noqa: N818 - it is named for what happened, as RuleBroken is
    """The API itself says no, before any work began."""

    def __init__(self, status: int, code: str, detail: str, /, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(status, code, detail)
        self.status, self.code, self.detail = status, code, detail
        self.headers = dict(headers or {})


def problem(status: int, code: str, detail: str, headers: Mapping[str, str] | None = None, **more: Any) -> HttpResponse:
    """Return an answer that tells what went wrong: `code` for the program, `detail` for its owner."""
    body = {
        "type": f"{MEANINGS}-{code}" if code else "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "code": code,
        **{name: value for name, value in more.items() if value},
    }
    return HttpResponse(as_json(body), status=status, content_type=MEDIA_TYPE, headers=dict(headers or {}))


def words_of(refusal: RuleBroken | Finding) -> str:
    """Return a refusal or finding in the language that was asked for."""
    words = _(refusal.message)
    known = {name: unit_word(value) if isinstance(value, Unit) else value for name, value in refusal.params.items()}
    return words % known if known or "%%" in words else words


def status_of(refusal: RuleBroken) -> int:
    """Choose the status: 403 not allowed, 409 the state stands against it, 422 any other rule."""
    if isinstance(refusal, NotAllowed):
        return 403
    return 409 if isinstance(refusal, Conflict) else 422


def of_rule(refusal: RuleBroken) -> HttpResponse:
    """Answer for a rule that said no, with the code and the words that the pages have."""
    headers = {"Retry-After": str(int(AGAIN_AFTER.total_seconds()))} if isinstance(refusal, StillRunning) else None
    return problem(status_of(refusal), refusal.code, words_of(refusal), headers, errors=_parts(refusal))


def _parts(refusal: RuleBroken) -> list[dict[str, Any]]:
    if isinstance(refusal, EntryRefused):
        return [
            {"field": name, "code": broken.code, "detail": words_of(broken)}
            for name, broken in refusal.by_field.items()
        ]
    findings = refusal.params.get("findings")
    if isinstance(findings, list | tuple):
        return [
            {"field": "", "code": each.code, "detail": words_of(each), "severity": each.severity}
            for each in findings
            if isinstance(each, Finding)
        ]
    return []


def of_exception(request: HttpRequest, error: Exception) -> HttpResponse:
    """Answer for any exception; what nobody foresaw is logged under a number and told without its words."""
    for kind, answer in _ANSWERS:
        if isinstance(error, kind):
            return answer(request, error)
    return _unforeseen(request, error)


def not_found() -> HttpResponse:
    """Answer for what is not there, or not to be seen."""
    return problem(404, "not_found", _("There is nothing here, or nothing that this key may see."))


def _of_rule(_request: HttpRequest, error: RuleBroken) -> HttpResponse:
    return of_rule(error)


def _of_refused(_request: HttpRequest, error: Refused) -> HttpResponse:
    return problem(error.status, error.code, error.detail, error.headers)


def _of_nothing(_request: HttpRequest, _error: Http404) -> HttpResponse:
    return not_found()


def _of_reading(_request: HttpRequest, error: HttpError) -> HttpResponse:
    if error.status_code == 400:
        return problem(400, "request.not_json", _("The body cannot be read as a JSON object."))
    return problem(error.status_code, "request.refused", str(error))


def _of_shape(_request: HttpRequest, error: ValidationError) -> HttpResponse:
    errors = [
        {"field": _place(each["loc"]), "code": f"shape.{each['type']}", "detail": str(each["msg"])}
        for each in error.errors
    ]
    words = _("The request does not have the shape that this operation takes.")
    return problem(422, "request.shape", words, errors=errors)


def _place(loc: Sequence[Any]) -> str:
    """Return where something stands, without the names that only we know."""
    source, *path = loc
    return ".".join(str(part) for part in (path[1:] if source == "body" else path[-1:]))


def _of_size(_request: HttpRequest, _error: RequestDataTooBig) -> HttpResponse:
    return problem(413, "request.too_large", _("The body is too large. Send less at once."))


def _of_suspicion(_request: HttpRequest, _error: SuspiciousOperation) -> HttpResponse:
    return problem(400, "request.refused", _("The request cannot be read."))


def _of_database(request: HttpRequest, error: Exception) -> HttpResponse:
    state = getattr(error.__cause__, "sqlstate", "") or ""
    if state in _WITHOUT_ROOM:
        detail = _("The disk of the book is nearly full: nothing is written until there is room.")
        return problem(503, "disk_full", detail, {"Retry-After": str(BUSY_SECONDS)})
    if state not in _CANNOT_SERIALIZE:
        log.error("%s %s: the database did not answer: %s", request.method, request.path, error)
    detail = _("The book cannot answer at the moment. Try again shortly.")
    return problem(503, "busy", detail, {"Retry-After": str(BUSY_SECONDS)})


def _unforeseen(request: HttpRequest, error: Exception) -> HttpResponse:
    number = secrets.token_hex(6)
    log.error("%s %s failed (%s)", request.method, request.path, number, exc_info=error)
    detail = _("Something went wrong here. It is written down under %(number)s.") % {"number": number}
    return problem(500, "unforeseen", detail, number=number)


def _of_reading_only(request: HttpRequest, error: InternalError) -> HttpResponse:
    if getattr(error.__cause__, "sqlstate", "") in _WITHOUT_ROOM:
        return _of_database(request, error)
    return _unforeseen(request, error)


_ANSWERS: tuple[tuple[type[Exception], Callable[[HttpRequest, Any], HttpResponse]], ...] = (
    (RuleBroken, _of_rule),
    (Refused, _of_refused),
    (Http404, _of_nothing),
    (ValidationError, _of_shape),
    (HttpError, _of_reading),
    (RequestDataTooBig, _of_size),
    (SuspiciousOperation, _of_suspicion),
    (OperationalError, _of_database),
    (InterfaceError, _of_database),
    (InternalError, _of_reading_only),
)
