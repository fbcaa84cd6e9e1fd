"""The customer's pages of one document."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.utils import translation
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from conto.apps.invoicing import actions as invoicing
from conto.apps.invoicing import queries as invoicing_queries
from conto.apps.payments import queries as payments
from conto.domain.errors import RuleBroken
from conto.domain.facts import Actor
from conto.domain.period import local_day
from conto.flows import answer_customer, checkout, get_documents, save_method
from conto.flows.charge_words import is_charged, told_of
from conto.flows.show_document import shown
from conto.web.access import public
from conto.web.portal.door import behind_link, busy, closed, context_of, kept_nowhere, moment, waiting_seconds
from conto.web.portal.forms import QuestionForm
from conto.web.reading import origin_of, words_of

if TYPE_CHECKING:
    from conto.apps.invoicing.models import PortalLink
    from conto.apps.invoicing.queries import RenderingKind

FILES: dict[str, tuple[RenderingKind, str, str]] = {
    "pdf": ("pdf", "application/pdf", ".pdf"),
    "cii": ("cii", "application/xml", "-cii.xml"),
    "ubl": ("ubl", "application/xml", "-ubl.xml"),
}


@require_GET
@behind_link
def document(request: HttpRequest, link: PortalLink) -> HttpResponseBase:
    """Show the document: what, how much, by when, how to pay."""
    return _document(request, link)


def _document(
    request: HttpRequest, link: PortalLink, *, form: QuestionForm | None = None, refusal: str = "", status: int = 200
) -> HttpResponse:
    seller = link.document.legal_entity
    logo = f"data:{seller.logo_mime};base64,{base64.b64encode(bytes(seller.logo)).decode()}" if seller.logo else ""
    context = context_of(
        link,
        _token(request),
        shown=shown(link.document, today=local_day(moment(request), seller.zone)),
        logo=logo,
        form=form or QuestionForm(),
        refusal=refusal,
        was_asked="asked" in request.GET,
        **_charging(request, link),
    )
    return render(request, "portal/document.html", context, status=status)


def _charging(request: HttpRequest, link: PortalLink) -> dict[str, Any]:
    """Return how the document can be paid online, and what the customer has saved or could save.

    Saving is offered where it is of use: on what is charged. Other documents ask for nothing more.

    Source: CL-1.
    """
    document = link.document
    gateway = checkout.offered_gateway(request.business)  # type: ignore[attr-defined]
    if not gateway or not is_charged(document):
        return {"gateway": gateway}
    saved = payments.saved_method(document.customer_id, gateway)
    consent = "" if saved else _consent(link)
    return {"gateway": gateway, "saved": saved, "consent": consent, "charged": told_of(document)}


def _token(request: HttpRequest) -> str:
    return str(request.resolver_match.kwargs["token"]) if request.resolver_match else ""


@require_GET
@behind_link
def file(request: HttpRequest, link: PortalLink, kind: str) -> HttpResponseBase:
    """Give the document as PDF or XML."""
    if kind not in FILES:
        raise Http404
    rendering, mime, ending = FILES[kind]
    try:
        content = get_documents.content(link.document, rendering, at=moment(request))
    except RuleBroken as refusal:
        return _document(request, link, refusal=words_of(refusal), status=422)
    if getattr(request, "member", None) is None:
        invoicing.note_download(document=link.document, file_format=kind, at=moment(request))
    name = link.document.number.replace("/", "-")
    disposition = f'{"inline" if kind == "pdf" else "attachment"}; filename="{name}{ending}"'
    return HttpResponse(content, content_type=mime, headers={"Content-Disposition": disposition})


@require_POST
@behind_link
def question(request: HttpRequest, link: PortalLink) -> HttpResponseBase:
    """Take what the customer asks."""
    form = QuestionForm(request.POST)
    if not form.is_valid():
        return _document(request, link, form=form, status=422)
    try:
        answer_customer.ask(link.document, at=moment(request), **form.cleaned_data)
    except RuleBroken as refusal:
        form.add_error(None, words_of(refusal))
        return _document(request, link, form=form, status=422)
    return HttpResponseRedirect(f"/i/{_token(request)}?asked#ask", status=303)


@require_POST
@behind_link
def pay(request: HttpRequest, link: PortalLink) -> HttpResponseBase:
    """Begin to pay online."""
    gateway = checkout.offered_gateway(request.business)  # type: ignore[attr-defined]
    if not gateway:
        raise Http404
    here = f"{settings.PUBLIC_URL}/i/{_token(request)}"
    try:
        way = checkout.begin(
            link.document, gateway=gateway, return_url=f"{here}/paid", cancel_url=here, at=moment(request),
            consent=_consent(link) if request.POST.get("save") == "on" else "",
        )  # fmt: skip
    except RuleBroken as refusal:
        return _document(request, link, refusal=words_of(refusal), status=422)
    return HttpResponseRedirect(f"/i/{_token(request)}/paying/{way.checkout_id}", status=303)


@require_GET
@behind_link
def paying(request: HttpRequest, link: PortalLink, checkout_id: UUID) -> HttpResponseBase:
    """Lead the customer to the payment provider's page.

    A page with a link that follows itself: the policy lets forms lead to this site only, redirects included.
    """
    begun = payments.checkout(checkout_id)
    if begun is None or begun.document_id != link.document_id:
        raise Http404
    if begun.state in {"created", "unknown"}:
        begun = checkout.ask_again(begun, at=moment(request))
    if begun.state in {"succeeded", "pending"}:
        return HttpResponseRedirect(f"/i/{_token(request)}/paid?checkout={begun.id}")
    return render(request, "portal/paying.html", context_of(link, _token(request), checkout=begun))


@require_GET
@behind_link
def paid(request: HttpRequest, link: PortalLink) -> HttpResponseBase:
    """Say what became of a payment: done, under way, or not."""
    try:
        begun = payments.checkout(UUID(request.GET.get("checkout", "")))
    except ValueError:
        raise Http404 from None
    if begun is None or begun.document_id != link.document_id:
        raise Http404
    if begun.state != "succeeded":
        begun = checkout.ask_again(begun, at=moment(request))
    payment = payments.payment_of_checkout(begun.id)
    open_minor = payments.invoices_by_id([link.document_id])[link.document_id].open_minor
    context = context_of(link, _token(request), checkout=begun, payment=payment, open_minor=open_minor)
    return render(request, "portal/paid.html", context)


@require_http_methods(["GET", "POST"])
@behind_link
def card(request: HttpRequest, link: PortalLink) -> HttpResponseBase:
    """Let the customer save a card without paying, say what became of that, and remove the card again.

    Source: CL-1, CL-2.
    """
    gateway = checkout.offered_gateway(request.business)  # type: ignore[attr-defined]
    if not gateway:
        raise Http404
    here = f"/i/{_token(request)}"
    if request.method == "GET":
        return _saving(request, link)
    if request.POST.get("act") == "remove":
        saved = payments.saved_method(link.document.customer_id, gateway)
        if saved is not None:
            actor = Actor(None, "customer", link.document.customer.name, origin_of(request))
            save_method.remove(saved, actor=actor, at=moment(request))
        return HttpResponseRedirect(f"{here}#card", status=303)
    try:
        way = save_method.begin(
            link.document, gateway=gateway, consent=_consent(link), return_url=f"{settings.PUBLIC_URL}{here}/card",
            cancel_url=f"{settings.PUBLIC_URL}{here}", at=moment(request),
        )  # fmt: skip
    except RuleBroken as refusal:
        return _document(request, link, refusal=words_of(refusal), status=422)
    return HttpResponseRedirect(f"{here}/card?to={way.method_id}", status=303)


def _saving(request: HttpRequest, link: PortalLink) -> HttpResponseBase:
    try:
        method = payments.method_by_id(UUID(request.GET.get("to") or request.GET.get("saving", "")))
    except ValueError:
        raise Http404 from None
    if method is None or method.customer_id != link.document.customer_id:
        raise Http404
    if method.state == "wanted" and not ("to" in request.GET and method.page_url):
        method = save_method.ask_again(method, at=moment(request))
    context = context_of(link, _token(request), method=method, is_leaving="to" in request.GET)
    return render(request, "portal/saving.html", context)


def _consent(link: PortalLink) -> str:
    return save_method.consent_words(link.document.legal_entity.name)


@require_POST
@public("the holder of an expired link asks for a new one, which goes to the address on record only")
def new_link(request: HttpRequest, token: str) -> HttpResponseBase:
    """Send a new link to the address that the customer's record has."""
    wait = waiting_seconds(request)
    if wait:
        return kept_nowhere(busy(request, wait))
    link = invoicing_queries.link_ever_of_token(token)
    if link is None or link.revoked_at:
        return kept_nowhere(closed(request, token))
    is_sent = answer_customer.send_new_link(link.document, at=moment(request))
    with translation.override(link.document.language):
        context = {"reason": "sent" if is_sent else "no_address", "seller": link.document.legal_entity}
        return kept_nowhere(render(request, "portal/closed.html", context))
