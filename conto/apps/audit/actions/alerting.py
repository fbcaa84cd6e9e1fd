"""Say who hears of what, put notices on the first page, and take them away when they were seen."""

from dataclasses import asdict
from datetime import datetime
from uuid import UUID

from django.db import transaction

from conto.apps.audit.actions.recording import record
from conto.apps.audit.models import Alert, AlertRule, Fact
from conto.apps.audit.queries.alerts import Rule, alert_rules
from conto.domain import facts
from conto.domain.alerts import BY_NAME
from conto.domain.devices import device_of
from conto.domain.errors import RuleBroken
from conto.domain.ids import new_id

_SIGN_INS = ("member_signed_in",)
_MOST_SIGN_INS = 500


@transaction.atomic
def change_alert_rule(*, rule: Rule, actor: facts.Actor, at: datetime) -> None:
    """Change where an event goes.

    Raises: RuleBroken `alert.unknown`.
    """
    if rule.event not in BY_NAME:
        raise RuleBroken("alert.unknown", "There is no such event.")
    before, after = asdict(alert_rules()[rule.event]), asdict(rule)
    changes = facts.changes_between(before, after)
    if not changes:
        return
    AlertRule.objects.update_or_create(
        event=rule.event,
        defaults={"by_mail": rule.by_mail, "on_page": rule.on_page, "recipients": list(rule.recipients)},
    )
    record(facts.AlertRuleChanged(subject_id=new_id(), event=rule.event, changes=changes), actor=actor, at=at)


@transaction.atomic
def put_notice(*, event: str, fact: Fact, at: datetime) -> None:
    """Put a notice on the first page; a second time changes nothing."""
    Alert.objects.get_or_create(fact=fact, event=event, defaults={"id": new_id(), "at": at})


@transaction.atomic
def see_notices(*, alert_ids: list[UUID], actor: facts.Actor, at: datetime) -> int:
    """Take notices off the first page, keeping who has seen them."""
    return Alert.objects.filter(id__in=alert_ids, seen_at=None).update(seen_at=at, seen_by=actor.name[:200])


@transaction.atomic
def note_device(*, sign_in: Fact, at: datetime) -> bool:
    """Write it down when a member signed in from a browser and network never seen with them; tell whether it was.

    The very first sign-in of a member is no news, nor is one whose origin was not kept.
    """
    device = _device(sign_in)
    earlier = Fact.objects.filter(subject_id=sign_in.subject_id, kind__in=_SIGN_INS, at__lte=sign_in.at)
    rows = earlier.exclude(id=sign_in.id).select_related("payload").order_by("-at")[:_MOST_SIGN_INS]
    known = {_device(fact) for fact in rows} - {""}
    if not device or not known or device in known:
        return False
    seen = facts.NewDeviceSeen(subject_id=sign_in.subject_id, name=sign_in.actor_name, device=device)
    actor = facts.Actor(sign_in.actor_id, "member", sign_in.actor_name, facts.Origin("job", agent="reactions"))
    record(seen, actor=actor, at=at)
    return True


def _device(fact: Fact) -> str:
    return device_of(fact.origin.get("agent", ""), fact.origin.get("address", ""))
