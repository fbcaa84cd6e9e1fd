"""Conversations: the list, one with its letters, and where it belongs."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.dateparse import parse_datetime
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from conto.apps.correspondence import actions, queries
from conto.apps.correspondence.queries import ThreadFilters
from conto.apps.crm import queries as crm
from conto.apps.deals import queries as deals
from conto.domain.errors import RuleBroken
from conto.domain.letters import split_quote
from conto.domain.permissions import Permission
from conto.web import htmx
from conto.web.access import may, needs
from conto.web.reading import actor_of, book, found, uuid_in, words_of

_VIEW, _EDIT = Permission.LETTER_VIEW, Permission.LETTER_EDIT


@dataclass(frozen=True, slots=True)
class Shown:
    """A letter as a page shows it: what is new, and what it repeats."""

    letter: Any
    new: str
    old: str
    to: str

    @property
    def sights(self) -> list[Any]:
        """Return what is known of a letter that was measured."""
        return list(self.letter.sights.all())

    @property
    def opened(self) -> Any:
        """Return how often its picture was loaded, or nothing."""
        return next((each for each in self.sights if each.kind == "open"), None)

    @property
    def followed(self) -> list[Any]:
        """Return the links of it that were followed."""
        return [each for each in self.sights if each.kind == "click"]


@needs(_VIEW)
@require_GET
def index(request: HttpRequest) -> HttpResponseBase:
    """Show conversations, that with the latest letter first; those to put into place, or of one customer."""
    here, show = book(request), request.GET.get("show", "")
    customer_id = uuid_in(request.GET.get("customer"))
    customer = found(crm.customer_for(here.member, customer_id)) if customer_id else None
    filters = ThreadFilters(
        customer_id=customer.id if customer else None,
        is_unassigned=show == "unknown",
        is_guessed=show == "guessed",
        text=request.GET.get("q", "").strip()[:100],
    )
    page = queries.thread_page(here.member, filters, _cursor(request.GET.get("after", "")))
    context = {
        "rows": page.rows,
        "after": f"{page.after[0].isoformat()}_{page.after[1]}" if page.after else "",
        "show": show,
        "filters": filters,
        "customer": customer,
        "has_mailbox": queries.first_mailbox() is not None,
        "may_edit": may(here.member, _EDIT),
    }
    return htmx.page_or_part(request, "letters/index.html", "list", context)


def _cursor(text: str) -> Any:
    stamp, _mark, thread_id = text.partition("_")
    try:
        at = parse_datetime(stamp)
    except ValueError:
        at = None
    key = uuid_in(thread_id)
    return (at, key) if at and at.tzinfo and key else None


def thread_of(request: HttpRequest, thread_id: UUID) -> Any:
    """Return the conversation that a page is about."""
    return found(queries.thread_for(book(request).member, thread_id))


@needs(_VIEW)
@require_GET
def thread(request: HttpRequest, thread_id: UUID) -> HttpResponseBase:
    """Show a conversation with its letters."""
    now = found(queries.thread_now(book(request).member, thread_id))
    return thread_page(request, now) if now.id == thread_id else redirect("thread", thread_id=now.id)


def thread_page(request: HttpRequest, row: Any, refused: str = "") -> HttpResponseBase:
    """Show the page of a conversation, with what was refused."""
    here = book(request)
    deal = deals.deal_for(here.member, row.deal_id) if row.deal_id else None
    context = {
        "thread": row,
        "letters": [_shown(letter) for letter in queries.letters_of(row)],
        "deal": deal,
        "may_edit": may(here.member, _EDIT),
        "open_deals": _deals(here.member, row.customer_id) if may(here.member, _EDIT) else [],
        "people": crm.find(here.member, q) if (q := request.GET.get("who", "").strip()) else [],
        "who": request.GET.get("who", ""),
        "answers_to": queries.answers_to(row),
        "refused": refused,
    }
    return render(request, "letters/thread.html", context, status=422 if refused else 200)


def _shown(letter: Any) -> Shown:
    new, old = split_quote(letter.text)
    people = [name or address for address, name in [*letter.to_people, *letter.cc_people]]
    return Shown(letter, new, old, ", ".join(people))


def _deals(member: Any, customer_id: UUID | None) -> list[Any]:
    if customer_id is None:
        return []
    return list(deals.visible_to(member).filter(customer_id=customer_id).order_by("-created_at")[:50])


@needs(_EDIT)
@require_POST
def assign(request: HttpRequest, thread_id: UUID) -> HttpResponseBase:
    """Say to which customer and deal a conversation belongs; a guess is confirmed with it."""
    here, row = book(request), thread_of(request, thread_id)
    customer_id = uuid_in(request.POST.get("customer")) or row.customer_id
    customer = found(crm.customer_for(here.member, customer_id)) if customer_id else None
    deal_id = uuid_in(request.POST.get("deal"))
    deal = found(deals.deal_for(here.member, deal_id)) if deal_id else None
    if deal and customer and deal.customer_id != customer.id:
        return thread_page(request, row, _("This deal is of another customer."))
    try:
        actions.assign_thread(thread=row, customer=customer, deal_id=deal_id, actor=actor_of(request), at=here.at)
    except RuleBroken as refusal:
        return thread_page(request, row, words_of(refusal))
    return htmx.toast(htmx.redirect(request, f"/letters/{row.id}/"), _("The conversation is in its place."))


@needs(_VIEW)
@require_GET
def file(request: HttpRequest, file_id: UUID) -> HttpResponseBase:
    """Give a file of a letter to be saved: it is never shown, whatever it says that it is."""
    row = found(queries.file_for(book(request).member, file_id))
    answer = HttpResponse(bytes(row.content or b""), content_type="application/octet-stream")
    answer["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=row.name) or "attachment"
    return answer
