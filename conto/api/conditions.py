"""Conditions of a request: give it only if it changed (`If-None-Match`), change it only if it did not (`If-Match`)."""

from __future__ import annotations

import hashlib
import re

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from conto.api.problem import Refused

_TAG = re.compile(r'(?:W/)?"[^"]*"')


def tag_of(body: bytes) -> str:
    """Return the mark of a record as it reads now."""
    return f'"{hashlib.sha256(body).hexdigest()[:32]}"'


def given_if_changed(request: HttpRequest, answer: HttpResponse) -> HttpResponse:
    """Mark an answer, and leave its body out when the caller has it already."""
    tag = answer.headers["ETag"] = tag_of(answer.content)
    wanted = request.headers.get("If-None-Match", "")
    if wanted.strip() == "*" or tag in _tags(wanted):
        return HttpResponse(status=304, headers={"ETag": tag})
    return answer


def demand_unchanged(request: HttpRequest, now: bytes) -> None:
    """Refuse a change of a record that is not the one the caller saw.

    Raises: Refused 412.
    """
    wanted = request.headers["If-Match"]
    if wanted.strip() != "*" and tag_of(now) not in _tags(wanted):
        detail = _("Somebody changed this meanwhile. Read it again, then repeat your change.")
        raise Refused(412, "changed_meanwhile", detail, {"ETag": tag_of(now)})


def _tags(header: str) -> set[str]:
    return {found.removeprefix("W/") for found in _TAG.findall(header)}
