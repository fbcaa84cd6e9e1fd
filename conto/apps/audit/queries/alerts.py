"""Who hears of what, and which notices wait."""

from dataclasses import dataclass

from django.db.models import QuerySet

from conto.apps.audit.models import Alert, AlertRule
from conto.domain.alerts import EVENTS


@dataclass(frozen=True, slots=True)
class Rule:
    """Where an event goes: by mail, as a notice; to these members, or to the owners when none are named."""

    event: str
    by_mail: bool
    on_page: bool
    recipients: tuple[str, ...] = ()


def alert_rules() -> dict[str, Rule]:
    """Return where each event goes, in the order in which they are shown."""
    changed = {
        row.event: Rule(row.event, row.by_mail, row.on_page, tuple(row.recipients)) for row in AlertRule.objects.all()
    }
    return {event.name: changed.get(event.name) or Rule(event.name, event.by_mail, event.on_page) for event in EVENTS}


def waiting_alerts() -> QuerySet[Alert]:
    """Return the notices that nobody has seen yet, the latest first, each with its fact."""
    return Alert.objects.filter(seen_at=None).select_related("fact__payload").order_by("-at", "-id")
