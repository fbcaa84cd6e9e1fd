"""The page of what a person agreed to: seen, taken back, given; and the one click of mail programs (RFC 8058).

Whoever comes has no session, and needs none: the link in the letter is all. To open it changes nothing, since programs
open links too.
"""

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone, translation
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from conto.apps.payments import actions as visits
from conto.domain.consent import Purpose, Way
from conto.domain.facts import Actor
from conto.flows import withdraw_consent
from conto.web.access import public
from conto.web.portal.door import MOST_WRONG, SPAN, busy, kept_nowhere, moment
from conto.web.reading import address_of, origin_of

_MOST = 100  # of one address


@csrf_exempt
@require_http_methods(["GET", "POST"])
@public("a person looks after what they agreed to, by the link in a letter")
def consent(request: HttpRequest, proof: str) -> HttpResponseBase:
    """Show what a person agreed to, and note what they change; a mail program takes back everything at one click."""
    if wait := visits.count_visit(caller=f"consent {address_of(request)}", at=timezone.now(), span=SPAN, most=_MOST):
        return kept_nowhere(busy(request, wait))
    contact = withdraw_consent.contact_of_proof(proof)
    if contact is None:
        caller = f"wrong {address_of(request)}"
        wait = visits.count_visit(caller=caller, at=timezone.now(), span=SPAN, most=MOST_WRONG)
        closed = render(request, "portal/closed.html", {"reason": "unknown"}, status=404)
        return kept_nowhere(busy(request, wait) if wait else closed)
    with translation.override(contact.customer.language):
        answer = _answer(request, contact, proof)
        answer.headers["Content-Language"] = contact.customer.language
        return kept_nowhere(answer)


def _answer(request: HttpRequest, contact: Any, proof: str) -> HttpResponseBase:
    if request.method == "GET":
        context = {"contact": contact, "proof": proof, "standings": withdraw_consent.standings(contact)}
        return render(request, "portal/consent.html", context)
    who: dict[str, Any] = {
        "actor": Actor(None, "customer", contact.name[:200], origin_of(request)), "at": moment(request),
    }  # fmt: skip
    if request.POST.get("List-Unsubscribe") == "One-Click":
        withdraw_consent.take_back(contact, purposes=list(Purpose), way=Way.ONE_CLICK, **who)
        return HttpResponse(b"", content_type="text/plain")
    named = [purpose for purpose in Purpose if purpose == request.POST.get("purpose")]
    if request.POST.get("act") == "give":
        for purpose in named:
            withdraw_consent.give(contact, purpose=purpose, **who)
    else:
        withdraw_consent.take_back(contact, purposes=named or list(Purpose), way=Way.PAGE, **who)
    return HttpResponseRedirect(f"/w/{proof}", status=303)
