"""Note the browsers in which members are signed in, and end them."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.contrib.sessions.models import Session
from django.db import connection, transaction

from conto.apps.accounts.actions.powers import demand_care_for
from conto.apps.accounts.models import Member, MemberSession
from conto.apps.accounts.queries import digest_of
from conto.apps.audit import actions as audit
from conto.domain import facts
from conto.domain.facts import Actor
from conto.domain.ids import new_id

# Django's table knows the key, ours its hash only: whoever reads ours gets into no session.
_END = "DELETE FROM django_session WHERE sha256(convert_to(session_key, 'UTF8')) = ANY(%s)"
_GONE = (
    "DELETE FROM accounts_membersession WHERE key_sha256 NOT IN"
    " (SELECT sha256(convert_to(session_key, 'UTF8')) FROM django_session)"
)


@transaction.atomic
def note_session(*, member_id: UUID, key: str, was: str, address: str, agent: str, at: datetime) -> None:
    """Note that a member's session is in use; `was` is the hash under which it was known before its key changed."""
    seen = {"address": address[:45], "agent": agent[:300], "seen_at": at}
    digest = digest_of(key)
    for known in (digest, bytes.fromhex(was) if was else b""):
        changed = MemberSession.objects.filter(key_sha256=known, member_id=member_id).update(key_sha256=digest, **seen)
        if changed:
            return
    MemberSession.objects.get_or_create(
        key_sha256=digest, defaults={"id": new_id(), "member_id": member_id, "started_at": at, **seen}
    )


@transaction.atomic
def end_session(*, session_id: UUID, actor: Actor, at: datetime) -> None:
    """End one session; the next page in that browser asks to sign in. One that is ended already stays so.

    Raises: NotAllowed for a session of somebody whom the actor may not look after.
    """
    found = MemberSession.objects.select_for_update(of=("self",)).select_related("member").filter(id=session_id)
    for session in found:
        demand_care_for(session.member, actor)
        _end([session], reason="ended", actor=actor, at=at)


@transaction.atomic
def end_sessions(
    *, member_id: UUID, actor: Actor, at: datetime, kept_key: str | None = None, reason: str = "ended"
) -> int:
    """End all sessions of a member but the one with `kept_key`, and return how many there were.

    Raises: NotAllowed for somebody whom the actor may not look after.
    """
    demand_care_for(Member.objects.get(id=member_id), actor)
    sessions = MemberSession.objects.select_for_update().filter(member_id=member_id)
    if kept_key:
        sessions = sessions.exclude(key_sha256=digest_of(kept_key))
    return _end(list(sessions), reason=reason, actor=actor, at=at)


def forget_session(*, key: str) -> None:
    """Forget a session that its own member has left."""
    MemberSession.objects.filter(key_sha256=digest_of(key)).delete()


@transaction.atomic
def forget_old_sessions(*, now: datetime) -> int:
    """Drop sessions that have run out, and what was noted of them; return how many were noted."""
    Session.objects.filter(expire_date__lt=now).delete()
    with connection.cursor() as cursor:
        cursor.execute(_GONE)
        return int(cursor.rowcount)


def _end(sessions: Iterable[MemberSession], *, reason: str, actor: Actor, at: datetime) -> int:
    ended = list(sessions)
    with connection.cursor() as cursor:
        cursor.execute(_END, [[bytes(each.key_sha256) for each in ended]])
    MemberSession.objects.filter(id__in=[each.id for each in ended]).delete()
    for each in ended:
        fact = facts.SessionEnded(subject_id=each.member_id, address=each.address, agent=each.agent, reason=reason)
        audit.record(fact, actor=actor, at=at)
    return len(ended)
