"""Take over a file of events: looked at first, each row that cannot stand is named; then all of it, or nothing."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from conto.apps.subscriptions import queries as subscriptions
from conto.apps.usage.entries import KEPT
from conto.domain.contact import fold
from conto.domain.errors import RuleBroken
from conto.domain.permissions import Permission
from conto.flows import record_usage
from conto.flows.record_usage import SentEvent
from conto.web import htmx, tables
from conto.web.access import needs
from conto.web.reading import actor_of, book, found, words_of

if TYPE_CHECKING:
    from uuid import UUID

    from conto.apps.subscriptions.models import Subscription

MOST_ROWS = 5000
_SHOWN = 100
_NEEDED = ("event_id", "metric", "happened_at")
_ALSO = {"event id": "event_id", "id": "event_id", "at": "happened_at", "happened at": "happened_at"}
HEADS = ("event_id", "metric", "happened_at", "value", "properties", "subscription", "revision")


@needs(Permission.USAGE_RECORD)
@require_http_methods(["GET", "POST"])
def take(request: HttpRequest, subscription_id: "UUID") -> HttpResponseBase:
    """Look at a file of events: what would become of it and what cannot stand; then take it over."""
    here = book(request)
    row = found(subscriptions.subscription_for(here.member, subscription_id))
    context: dict[str, Any] = {"row": row, "heads": HEADS, "most": MOST_ROWS}
    if request.method == "GET":
        return render(request, "usage/file.html", context)
    problems: list[tuple[int | str, str]] = []
    try:
        content = (request.POST.get("content", "") or tables.text_of(request)).replace("\r\n", "\n")
        table = tables.table_of(content, MOST_ROWS)
        is_dry = request.POST.get("do") != "import"
        events, problems = _events(table, row)
        if not problems:
            results = record_usage.take_file(
                events=[event for _line, event in events], member=here.member, actor=actor_of(request), at=here.at,
                is_dry=is_dry,
            )  # fmt: skip
            lines = [line for line, _event in events]
            problems = [
                (line, words_of(each.refusal)) for line, each in zip(lines, results, strict=True) if each.refusal
            ]
            fresh = sum(each.became in KEPT for each in results)
            if not problems and not is_dry:
                words = _("%(fresh)s events taken over, %(known)s were here already.") % {
                    "fresh": fresh, "known": len(results) - fresh}  # fmt: skip
                return htmx.toast(htmx.redirect(request, f"/subscriptions/{row.id}/usage"), words)
            unmeasured = sorted(
                {event.metric for (_line, event), each in zip(events, results, strict=True) if not each.is_measured}
            )
            context |= {"content": content, "fresh": fresh, "known": len(results) - fresh, "unmeasured": unmeasured}
    except RuleBroken as refusal:
        problems = [("", words_of(refusal))]
    context |= {"problems": problems[:_SHOWN], "more": max(len(problems) - _SHOWN, 0)}
    return render(request, "usage/file.html", context, status=422 if problems else 200)


def _events(
    table: tables.Table, row: "Subscription"
) -> tuple[list[tuple[int, SentEvent]], list[tuple[int | str, str]]]:
    """Return the events of a file with their lines, and what of it cannot be read.

    Raises: RuleBroken `usage.columns_missing`, `usage.no_rows`.
    """
    heads = [_ALSO.get(fold(head), fold(head).replace(" ", "_")) for head in table.heads]
    if missing := [name for name in _NEEDED if name not in heads]:
        raise RuleBroken("usage.columns_missing", "The column “%(column)s” is missing.", column=missing[0])
    if not table.lines:
        raise RuleBroken("usage.no_rows", "There is no row in this file.")
    events: list[tuple[int, SentEvent]] = []
    problems: list[tuple[int | str, str]] = []
    for line, cells in table.lines:
        try:
            events.append((line, _event(heads, cells, row)))
        except RuleBroken as refusal:
            problems.append((line, words_of(refusal)))
    return events, problems


def _event(heads: Sequence[str], cells: Sequence[str], row: "Subscription") -> SentEvent:
    said = dict(zip(heads, cells, strict=False))
    return SentEvent(
        said.get("subscription") or str(row.id), said.get("event_id", ""), said.get("metric", ""),
        _instant(said.get("happened_at", ""), row.zone), _value(said["value"]) if "value" in said else Decimal(1),
        _properties(said.get("properties", "")), _revision(said.get("revision") or "0"),
    )  # fmt: skip


def _instant(text: str, zone: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise RuleBroken(
            "usage.bad_instant", "“%(text)s” is no instant. Write 2026-11-25T10:30:00Z.", text=text[:40]
        ) from None
    return at if at.tzinfo else at.replace(tzinfo=ZoneInfo(zone))


def _value(text: str) -> Decimal | None:
    if not text:
        return None
    try:
        return Decimal(text)
    except InvalidOperation:
        raise RuleBroken("money.not_a_number", "“%(text)s” is not a number.", text=text[:40]) from None


def _properties(text: str) -> dict[str, str]:
    """Read properties as they are written: `region=eu; user=7`."""
    read = {}
    for part in filter(None, (each.strip() for each in text.split(";"))):
        name, mark, value = part.partition("=")
        if not mark:
            raise RuleBroken("usage.bad_property", "Write properties like region=eu; user=7.")
        read[name.strip()] = value.strip()
    return read


def _revision(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 8 else -1
