"""The same request twice has one effect: the header `Idempotency-Key` names a request of a key.

- The first one works; its answer is kept in the transaction of its work.
- While it works, the same one is answered 409 with `Retry-After`.
- Afterwards the same one gets the kept answer, marked `Idempotent-Replayed: true`.
- Another request under the same name is answered 422.

Kept is every answer that came from the work itself: success, a broken rule, something not found. Not kept is what says
nothing of the work: 401, 403, 409, 412, 415, 429, a request of the wrong shape, and a failure of ours. Never kept are
secrets that are told once: whoever asks again gets the answer with an empty text in their place.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Sequence

from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from conto.api.door import caller_of
from conto.api.encoding import as_json
from conto.api.problem import Refused, not_found, of_rule, status_of
from conto.apps.bulk.retrying import retried
from conto.apps.integrations import actions
from conto.apps.integrations.actions import KeptAnswer, Repeatable
from conto.domain.errors import RuleBroken

HEADER = "Idempotency-Key"
REPLAYED = "Idempotent-Replayed"
_WRITTEN = re.compile(r"[\x21-\x7e]{1,255}")
_NOT_KEPT = frozenset({403, 409})
_KEPT_HEADERS = ("Content-Type", "ETag", "Location", "Content-Language")

Work = Callable[[], HttpResponse]


def repeatable(request: HttpRequest) -> Repeatable | None:
    """Return the name of this request, or nothing when it has no idempotency key.

    Raises: Refused 400 for a key that is none.
    """
    written = request.headers.get(HEADER)
    if written is None:
        return None
    if not _WRITTEN.fullmatch(written):
        detail = _("An idempotency key has 1 to 255 visible ASCII characters.")
        raise Refused(400, "idempotency.bad_key", detail)
    return Repeatable(
        api_key_id=caller_of(request).key.id,
        idempotency_key=written,
        request_sha256=request_sha256(request),
        method=str(request.method),
        path=request.path,
    )


def request_sha256(request: HttpRequest) -> bytes:
    """Return the hash of method, address and body; the order of names in the body and its spaces don't count."""
    try:
        body = json.dumps(json.loads(request.body), sort_keys=True, separators=(",", ":")).encode()
    except ValueError:
        body = request.body
    address = request.get_full_path().encode()
    return hashlib.sha256(b"\n".join((str(request.method).encode(), address, body))).digest()


def once(request: HttpRequest, work: Work, *, is_outside: bool, reveals: Sequence[str] = ()) -> HttpResponse:
    """Do the work of a request once, however often the request comes."""
    named = repeatable(request)
    if named is None:
        return work() if is_outside else retried(lambda: _in_one_transaction(work))
    if is_outside:
        return _outside(request, named, work, reveals)
    return retried(lambda: _inside(request, named, work, reveals))


def _in_one_transaction(work: Work) -> HttpResponse:
    with transaction.atomic():
        return work()


def _inside(request: HttpRequest, named: Repeatable, work: Work, reveals: Sequence[str]) -> HttpResponse:
    now = caller_of(request).now
    with transaction.atomic():
        kept = actions.begin(named, at=now)
        if kept is not None:
            return _again(kept)
        answer = _judged(lambda: _in_one_transaction(work))
        actions.finish(named, _kept(answer, reveals), at=now)
        return answer


def _outside(request: HttpRequest, named: Repeatable, work: Work, reveals: Sequence[str]) -> HttpResponse:
    now = caller_of(request).now
    kept = actions.begin_outside(named, at=now)
    if kept is not None:
        return _again(kept)
    try:
        answer = _judged(work)
    except Exception:
        actions.let_go(named)
        raise
    actions.finish(named, _kept(answer, reveals), at=now)
    return answer


def _judged(work: Work) -> HttpResponse:
    """Return the answer of the work; a rule that says no for good is an answer too."""
    try:
        return work()
    except RuleBroken as refusal:
        if status_of(refusal) in _NOT_KEPT:
            raise
        return of_rule(refusal)
    except Http404:
        return not_found()


def _kept(answer: HttpResponse, reveals: Sequence[str]) -> KeptAnswer:
    headers = {name: answer.headers[name] for name in _KEPT_HEADERS if name in answer.headers}
    body = answer.content
    if reveals and answer.status_code < 300:
        body = as_json(json.loads(body) | dict.fromkeys(reveals, ""))
    return KeptAnswer(answer.status_code, body, headers)


def _again(kept: KeptAnswer) -> HttpResponse:
    return HttpResponse(kept.body, status=kept.status, headers={**kept.headers, REPLAYED: "true"})
