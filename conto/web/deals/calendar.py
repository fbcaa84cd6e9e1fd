"""A member's activities as a calendar: the file that programs read, and the page where its address is made."""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from conto.apps.deals import actions, queries
from conto.web import htmx
from conto.web.access import member_only, public
from conto.web.deals.words import KIND_WORDS
from conto.web.reading import actor_of, book

LASTS = {"call": timedelta(minutes=15), "meeting": timedelta(hours=1), "task": timedelta(minutes=30)}


@require_GET
@public("a calendar proves by its secret address whose activities it may read")
def feed(request: HttpRequest, token: str) -> HttpResponse:
    """Give a member's activities as iCalendar."""
    member = queries.member_of_calendar(token)
    if member is None:
        raise Http404
    at = request.at  # type: ignore[attr-defined]
    with translation.override(member.language):
        content = _calendar(queries.calendar_activities(member, at), member.name)
    answer = HttpResponse(content, content_type="text/calendar; charset=utf-8")
    answer["Cache-Control"] = "private, no-store"
    answer["Referrer-Policy"] = "no-referrer"
    return answer


def _calendar(rows: list[Any], name: str) -> bytes:
    # The library takes 100 ms to load, and only this page needs it.
    from icalendar import Calendar, Event  # noqa: PLC0415

    made = Calendar()
    made.add("prodid", "-//Conto//Activities//EN")
    made.add("version", "2.0")
    made.add("x-wr-calname", f"Conto – {name}")
    for row in rows:
        event = Event()
        event.add("uid", f"{row.id}@conto")
        event.add("dtstamp", row.changed_at)
        event.add("sequence", row.version)
        event.add("dtstart", row.due_at)
        event.add("dtend", row.due_at + LASTS.get(row.kind, timedelta(minutes=30)))
        done = "✓ " if row.done_at else ""
        event.add("summary", f"{done}{KIND_WORDS[row.kind]}: {row.title} ({row.customer.name})")
        place = f"/deals/{row.deal_id}/" if row.deal_id else f"/customers/{row.customer_id}/"
        event.add("url", f"{settings.PUBLIC_URL}{place}")
        event.add("description", "\n".join(part for part in (row.text, row.outcome) if part))
        event.add("status", "CONFIRMED")
        made.add_component(event)
    return bytes(made.to_ical())


@member_only
@require_GET
def own(request: HttpRequest) -> HttpResponseBase:
    """Show whether a calendar may read one's activities."""
    return _page(request)


def _page(request: HttpRequest, address: str = "") -> HttpResponseBase:
    context = {"feed": queries.calendar_feed_of(book(request).member), "address": address}
    return render(request, "deals/calendar.html", context)


@never_cache
@require_POST
@member_only
def make(request: HttpRequest) -> HttpResponseBase:
    """Make a new secret address, and show it this once."""
    here = book(request)
    token = actions.make_calendar_feed(member=here.member, actor=actor_of(request), at=timezone.now())
    return _page(request, f"{settings.PUBLIC_URL}/calendar/{token}.ics")


@require_POST
@member_only
def revoke(request: HttpRequest) -> HttpResponseBase:
    """Let the address lead nowhere."""
    actions.revoke_calendar_feed(member=book(request).member, actor=actor_of(request), at=timezone.now())
    return htmx.toast(htmx.redirect(request, "/profile/calendar"), _("The address leads nowhere from now on."))
