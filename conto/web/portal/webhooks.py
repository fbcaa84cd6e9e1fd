"""Where payment gateways tell what happened: signed, read from the raw bytes, applied once."""

import logging

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from conto.flows import checkout
from conto.gateways.payment.protocol import BadSignature
from conto.web.access import public

log = logging.getLogger(__name__)
MOST_BYTES = 256 * 1024


@csrf_exempt
@require_POST
@public("a gateway proves itself by the signature of its event")
def payment(request: HttpRequest, gateway: str) -> HttpResponse:
    """Take an event; 2xx only when it is kept, so that the gateway delivers it again otherwise."""
    if int(request.META.get("CONTENT_LENGTH") or 0) > MOST_BYTES:
        return HttpResponse(status=413)
    try:
        # The signature's age is judged by the real clock; what is booked, by the book's.
        checkout.hear(gateway, request.body, request.headers, now=timezone.now(), at=request.at)  # type: ignore[attr-defined]
    except KeyError:
        return HttpResponse(status=404)
    except BadSignature as refusal:
        log.warning("An event for %s was refused: %s", gateway, refusal)
        return HttpResponse(status=400)
    return HttpResponse(status=204)
