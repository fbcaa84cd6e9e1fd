"""The secret address at which a calendar reads a member's activities."""

from datetime import datetime

from django.db import transaction

from conto.apps.accounts.models import Member
from conto.apps.accounts.queries import digest_of, new_token
from conto.apps.audit import actions as audit
from conto.apps.deals.models import CalendarFeed
from conto.domain import facts
from conto.domain.facts import Actor
from conto.domain.ids import new_id


@transaction.atomic
def make_calendar_feed(*, member: Member, actor: Actor, at: datetime) -> str:
    """Make a new address, after which the one before leads nowhere, and return its secret word, told this once."""
    Member.objects.select_for_update().get(id=member.id)
    CalendarFeed.objects.filter(member=member, revoked_at=None).update(revoked_at=at)
    token = new_token()
    row = CalendarFeed.objects.create(id=new_id(), member=member, token_sha256=digest_of(token), made_at=at)
    audit.record(facts.CalendarFeedMade(subject_id=row.id, member_id=member.id), actor=actor, at=at)
    return token


@transaction.atomic
def revoke_calendar_feed(*, member: Member, actor: Actor, at: datetime) -> None:
    """Let a member's address lead nowhere."""
    row = CalendarFeed.objects.select_for_update().filter(member=member, revoked_at=None).first()
    if row is None:
        return
    row.revoked_at = at
    row.save(update_fields=["revoked_at"])
    audit.record(facts.CalendarFeedRevoked(subject_id=row.id, member_id=member.id), actor=actor, at=at)
