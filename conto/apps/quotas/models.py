"""Targets."""

from datetime import date

from django.db import models
from django.db.models import Q

from conto.apps.accounts.models import Member, Team
from conto.domain.quota import Span, last_day, period_name

SPANS = ["month", "quarter", "year"]
MEASURES = ["won", "invoiced", "collected"]


class Quota(models.Model):
    """What a person, a team or (neither) everybody wants to reach from a day on."""

    id = models.UUIDField(primary_key=True)
    member = models.ForeignKey(Member, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    team = models.ForeignKey(Team, null=True, on_delete=models.CASCADE, related_name="+", db_index=False)
    span = models.CharField(max_length=7)
    starts_on = models.DateField()  # the first day of the month, quarter or year
    measure = models.CharField(max_length=9)
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["starts_on", "span", "measure", "currency", "member"],
                condition=Q(member__isnull=False),
                name="quota_of_member_once",
            ),
            models.UniqueConstraint(
                fields=["starts_on", "span", "measure", "currency", "team"],
                condition=Q(team__isnull=False),
                name="quota_of_team_once",
            ),
            models.UniqueConstraint(
                fields=["starts_on", "span", "measure", "currency"],
                condition=Q(member__isnull=True, team__isnull=True),
                name="quota_of_everybody_once",
            ),
            models.CheckConstraint(condition=Q(member=None) | Q(team=None), name="quota_of_one"),
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="quota_above_zero"),
            models.CheckConstraint(condition=Q(span__in=SPANS), name="quota_span_known"),
            models.CheckConstraint(condition=Q(measure__in=MEASURES), name="quota_measure_known"),
            models.CheckConstraint(condition=Q(currency__regex="^[A-Z]{3}$"), name="quota_currency_is_a_code"),
            models.CheckConstraint(condition=Q(starts_on__day=1), name="quota_from_the_first"),
        ]

    @property
    def last_day(self) -> date:
        """The last day that counts."""
        return last_day(Span(self.span), self.starts_on)

    @property
    def period(self) -> str:
        """The name of its period, such as 2026-Q4."""
        return period_name(Span(self.span), self.starts_on)

    @property
    def whose(self) -> str:
        """The name of the person or team; empty for everybody."""
        return self.team.name if self.team else self.member.name if self.member else ""
