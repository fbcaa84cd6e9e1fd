"""Whether something has happened since a page was drawn: asked by every page that is in sight, answered cheaply.

See docs/decisions/live-pages-by-conditional-polls.md.
"""

import re
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from conto.apps.audit import queries as audit
from conto.apps.crm import queries as crm
from conto.domain.ids import made_at_ms, new_id
from conto.web.access import member_only
from conto.web.reading import book, uuid_in

_TAG = re.compile(r'(?:W/)?"(\d{1,15})\.(\d{1,4})"')
LOOK_BACK_MS = 20_000  # a fact may be written down a while before its transaction ends
RENEW_AFTER_MS = 300_000  # so that the stretch that is counted stays short


@require_GET
@member_only
def pulse(request: HttpRequest) -> HttpResponse:
    """Tell whether anything (of a customer) happened: 304 while nothing did, else the word `changed` or `same`.

    The entity tag is the instant from which facts are counted, and their number. Counting finds what a transaction
    committed late; the highest key alone would not.
    """
    customer_id = uuid_in(request.GET.get("customer"))
    now_ms = made_at_ms(new_id())
    tag = _TAG.fullmatch(request.headers.get("If-None-Match", ""))
    if tag:
        start_ms, known = int(tag[1]), int(tag[2])
    else:
        start_ms, known = _number(request.GET.get("since", ""), now_ms), 0
    count = _count(request, start_ms, customer_id)
    if tag and count == known and now_ms - start_ms < RENEW_AFTER_MS:
        return _answer(start_ms, count, "")
    word = "same" if count == known else "changed"
    start_ms = now_ms - LOOK_BACK_MS
    return _answer(start_ms, _count(request, start_ms, customer_id), word)


def _count(request: HttpRequest, start_ms: int, customer_id: UUID | None) -> int:
    """Count facts; with a customer whom the member does not see, nothing ever happens."""
    member = book(request).member
    if customer_id and crm.ids_seen(member) is not None and crm.customer_for(member, customer_id) is None:
        return 0
    return audit.count_since(start_ms, customer_id)


def _number(text: str, otherwise: int) -> int:
    return int(text) if text.isdecimal() and len(text) <= 15 else otherwise


def _answer(start_ms: int, count: int, word: str) -> HttpResponse:
    response = HttpResponse(word, status=200 if word else 304, content_type="text/plain; charset=utf-8")
    response["ETag"] = f'W/"{start_ms}.{count}"'
    response["Cache-Control"] = "no-store"
    return response
