"""Which facts a page asks for, read from its address."""

from datetime import UTC, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.http import HttpRequest
from django.utils import timezone
from django.utils.dateparse import parse_date

from conto.apps.audit.queries import FactFilter
from conto.domain.facts import FACTS
from conto.web.audit.words import ACTOR_WORDS, CHANNEL_WORDS, SUBJECT_WORDS
from conto.web.reading import uuid_in


def filter_in(request: HttpRequest) -> FactFilter:
    """Return the filter that the address asks for; what makes no sense is left out."""
    given = request.GET
    kind, subject, channel = given.get("kind", ""), given.get("about", ""), given.get("from", "")
    by = given.get("by", "")
    return FactFilter(
        kind=kind if kind in FACTS else "",
        actor_id=uuid_in(by),
        actor_kind=by if by in ACTOR_WORDS else "",
        subject_kind=subject if subject in SUBJECT_WORDS else "",
        subject_id=uuid_in(given.get("subject")),
        customer_id=uuid_in(given.get("customer")),
        channel=channel if channel in CHANNEL_WORDS else "",
        since=_midnight(given.get("since", ""), 0),
        before=_midnight(given.get("until", ""), 1),
    )


def _midnight(text: str, days: int) -> datetime | None:
    """Return the beginning of a day of the reader, or of one so many days later."""
    try:
        day = parse_date(text)
        if day is None:
            return None
        zone = timezone.get_current_timezone()
        return datetime.combine(day + timedelta(days=days), time(), tzinfo=zone or ZoneInfo("UTC")).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def cursor_in(request: HttpRequest) -> tuple[datetime, UUID] | None:
    """Return where the page before ended."""
    moment, _, fact_id = request.GET.get("after", "").rpartition("_")
    try:
        at = datetime.fromisoformat(moment)
        return (at, UUID(fact_id)) if at.tzinfo else None
    except ValueError:
        return None


def cursor_text(cursor: tuple[datetime, UUID] | None) -> str:
    """Return where a page ended, as it stands in the next one's address."""
    return f"{cursor[0].astimezone(UTC).isoformat()}_{cursor[1]}" if cursor else ""
