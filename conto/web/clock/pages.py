"""Move the clock of a sandbox book on: a click is a way, and each step of it a request, so that it can be watched."""

import zoneinfo
from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from conto.apps.accounts import queries
from conto.domain.errors import RuleBroken
from conto.domain.period import anchored
from conto.domain.permissions import Permission
from conto.flows import move_clock
from conto.web import htmx
from conto.web.access import needs
from conto.web.controls import DayField
from conto.web.formats import day_text
from conto.web.reading import actor_of, book, words_of

ARRIVES = time(9)  # a day is reached when the office opens
WAYS = {"day": ("day", 1), "week": ("day", 7), "month": ("month", 1)}


class DayForm(forms.Form):
    """The day to go to."""

    on = DayField(label=gettext_lazy("Move on to"))


@require_GET
@needs(Permission.BOOK_MOVE_CLOCK)
def clock(request: HttpRequest) -> HttpResponseBase:
    """Show the clock of a sandbox book, and ask for a day to move on to."""
    if not book(request).business.is_sandbox:
        raise Http404
    return _page(request, DayForm())


@require_POST
@needs(Permission.BOOK_MOVE_CLOCK)
def move(request: HttpRequest) -> HttpResponseBase:
    """Move on: a step for htmx, which asks for the next one by itself; the whole way without script."""
    here = book(request)
    if not here.business.is_sandbox:
        raise Http404
    form = DayForm(request.POST) if "on" in request.POST else None
    if form is not None and not form.is_valid():
        return _page(request, form, status=422)
    back = htmx.safe_next(request)
    start = _moment(request.POST.get("start")) or here.at
    to = _moment(request.POST.get("to")) or _goal(request, form)
    try:
        step = _step(request, start, to, here.at)
        while step.share < 100 and not htmx.is_part(request):
            step = _step(request, start, to, queries.book_time(queries.business(), timezone.now()))
    except RuleBroken as refusal:
        if form is not None:
            form.add_error("on", words_of(refusal))
            return _page(request, form, status=422)
        return htmx.toast(htmx.redirect(request, back), words_of(refusal), tone="late")
    if step.share < 100:
        context = {"step": step, "to": to.isoformat(), "start": start.isoformat(), "back": back}
        return render(request, "clock/strip.html#under_way", context)
    words = _("In this book it is now %(day)s.") % {"day": day_text(_local(request, step.at).date(), "full")}
    return htmx.toast(htmx.redirect(request, back), words)


def _step(request: HttpRequest, start: datetime, to: datetime, at: datetime) -> move_clock.Step:
    return move_clock.move(to=to, start=start, actor=actor_of(request), at=at)


def _page(request: HttpRequest, form: DayForm, status: int = 200) -> HttpResponseBase:
    back = htmx.safe_next(request)
    context: dict[str, Any] = {"form": form, "back": back, "hides_strip": True}
    return render(request, "clock/clock.html", context, status=status)


def _goal(request: HttpRequest, form: DayForm | None) -> datetime:
    """Return where a click or the form leads."""
    here = book(request)
    if form is not None:
        day: date = form.cleaned_data["on"]
    else:
        interval, count = WAYS.get(request.POST.get("by", ""), WAYS["day"])
        day = here.today + timedelta(days=count) if interval == "day" else anchored(here.today, "month", count, 1).start
    return datetime.combine(day, ARRIVES, tzinfo=zoneinfo.ZoneInfo(here.business.zone))


def _moment(text: str | None) -> datetime | None:
    """Return the moment that a step hands on, or nothing for what is none."""
    try:
        moment = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    return moment if moment.tzinfo else None


def _local(request: HttpRequest, moment: datetime) -> datetime:
    return moment.astimezone(zoneinfo.ZoneInfo(book(request).business.zone))
