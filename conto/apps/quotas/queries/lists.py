"""Which targets there are, and how far each is."""

from dataclasses import dataclass
from datetime import date
from typing import Literal
from uuid import UUID

from django.db.models import F, Q, QuerySet

from conto.apps.accounts.models import Member
from conto.apps.quotas.models import Quota
from conto.apps.quotas.queries.figures import reached
from conto.domain import quota as rules
from conto.domain.permissions import Permission
from conto.domain.quota import Span, Standing

When = Literal["now", "past", "coming"]
_MOST = 200


@dataclass(frozen=True, slots=True)
class TargetRow:
    """A target and how far it is."""

    id: UUID
    member_id: UUID | None
    team_id: UUID | None
    whose: str  # empty: everybody's
    period: str  # 2026-11, 2026-Q4, 2026
    starts_on: date
    last_day: date
    measure: str
    amount_minor: int
    currency: str
    standing: Standing


def visible_to(member: Member | None) -> QuerySet[Quota]:
    """Return the targets that a member sees: their own and their team's; who sees the books sees all.

    Source: Z-4.
    """
    if member is None or not member.may(Permission.TARGET_VIEW):
        return Quota.objects.none()
    rows = Quota.objects.select_related("member", "team")
    if member.may(Permission.LEDGER_VIEW) or member.may(Permission.TARGET_EDIT):
        return rows
    own = Q(member_id=member.id)
    return rows.filter(own | Q(team_id=member.team_id) if member.team_id else own)


def target_for(member: Member | None, target_id: UUID) -> Quota | None:
    """Return a target that the member sees, or nothing."""
    return visible_to(member).filter(id=target_id).first()


def target_rows(member: Member, *, today: date, zone: str, when: When = "now") -> list[TargetRow]:
    """Return targets that run today, are over or are to come, the latest first, with two queries."""
    begins = [Q(span=span.value, starts_on=rules.begins_on(span, today)) for span in Span]
    runs = begins[0] | begins[1] | begins[2]
    rows = visible_to(member)
    match when:
        case "past":
            rows = rows.filter(starts_on__lt=today).exclude(runs)
        case "coming":
            rows = rows.filter(starts_on__gt=today)
        case _:
            rows = rows.filter(runs)
    order = ("-starts_on", "span", "measure", F("team__name").asc(nulls_first=True), "member__name", "currency")
    found = list(rows.order_by(*order)[:_MOST])
    sums = reached(found, zone=zone)
    return [_row(each, sums[each.id], today) for each in found]


def target_row(target: Quota, *, today: date, zone: str) -> TargetRow:
    """Return a target and how far it is."""
    return _row(target, reached([target], zone=zone)[target.id], today)


def _row(target: Quota, reached_minor: int, today: date) -> TargetRow:
    span = Span(target.span)
    return TargetRow(
        target.id, target.member_id, target.team_id, target.whose, target.period, target.starts_on, target.last_day,
        target.measure, target.amount_minor, target.currency,
        rules.standing(target.amount_minor, reached_minor, span, target.starts_on, today),
    )  # fmt: skip
