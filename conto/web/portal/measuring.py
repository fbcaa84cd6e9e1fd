"""The picture and the links of measured letters. Neither sets a cookie; what is no address of ours leads nowhere."""

from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from conto.apps.payments import actions as visits
from conto.flows import measure_letter
from conto.web.access import public
from conto.web.portal.door import MOST_WRONG, SPAN, busy, kept_nowhere, moment
from conto.web.reading import address_of

# A picture of one transparent dot.
_DOT = (
    b"GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff!\xf9\x04\x01\x00\x00\x00\x00,\x00\x00\x00\x00\x01\x00"
    b"\x01\x00\x00\x02\x02D\x01\x00;"
)


@require_GET
@public("the picture in a letter whose reader agreed to it")
def opened(request: HttpRequest, proof: str) -> HttpResponseBase:
    """Give the picture, and note it of who agrees."""
    if not measure_letter.opened(proof, at=moment(request)):
        return _nowhere(request)
    return kept_nowhere(HttpResponse(_DOT, content_type="image/gif"))


@require_GET
@public("a link in a letter whose reader agreed to it")
def followed(request: HttpRequest, proof: str) -> HttpResponseBase:
    """Lead on to the address that stands in the letter, and note it of who agrees."""
    link = measure_letter.followed(proof, at=moment(request))
    if not link:
        return _nowhere(request)
    answer = kept_nowhere(HttpResponseRedirect(link))
    answer.headers["Referrer-Policy"] = "no-referrer"
    return answer


def _nowhere(request: HttpRequest) -> HttpResponseBase:
    caller = f"wrong {address_of(request)}"
    wait = visits.count_visit(caller=caller, at=timezone.now(), span=SPAN, most=MOST_WRONG)
    return kept_nowhere(
        busy(request, wait) if wait else render(request, "portal/closed.html", {"reason": "unknown"}, status=404)
    )
