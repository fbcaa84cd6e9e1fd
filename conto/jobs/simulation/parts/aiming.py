"""Targets: set on the first working day of a month, raised or lowered in its middle, taken back now and then."""

from datetime import date, datetime
from typing import TYPE_CHECKING

from conto.apps.accounts import queries as accounts
from conto.apps.quotas import actions as quotas
from conto.apps.quotas import queries
from conto.domain.errors import Conflict
from conto.jobs.simulation.company import Part

if TYPE_CHECKING:
    from conto.apps.quotas.models import Quota

CHANGED_ON_DAY, REMOVED_ON_DAY = 14, 21
CHANGED_PERCENT, REMOVED_PERCENT = 60, 20
MEASURES = ("won", "invoiced", "collected")


class Aiming(Part):
    """The founder holds the house and its people against figures, where the cast says so."""

    def morning(self, day: date) -> None:
        """Plan what is done about the targets of a month."""
        company = self.company
        if not company.cast.sets_targets:
            return
        if day.day == 1:
            at = company.moment(day, "targets", hours=(9, 11))
            company.on(at, f"targets of {day:%Y-%m}", lambda at: self._set(day, at))
        for measure in MEASURES:
            if day.day == CHANGED_ON_DAY and company.happens(CHANGED_PERCENT, "target changes", day, measure):
                at = company.moment(day, "target", measure)
                company.on(at, f"{measure} changes {day}", lambda at, measure=measure: self._change(measure, day, at))  # type: ignore[misc]
            if day.day == REMOVED_ON_DAY and company.happens(REMOVED_PERCENT, "target goes", day, measure):
                at = company.moment(day, "target goes", measure)
                company.on(at, f"{measure} goes {day}", lambda at, measure=measure: self._remove(measure, day, at))  # type: ignore[misc]

    def _set(self, day: date, at: datetime) -> None:
        """Set what is not set yet: everybody's and the seller's for the month, everybody's for a quarter or year."""
        company = self.company
        seller = accounts.member(company.sales.member_id) if company.sales.member_id else None
        dice, business = company.chance("targets", day), accounts.business()
        periods = [f"{day:%Y-%m}"]
        periods += [f"{day.year}-Q{(day.month + 2) // 3}"] if day.month % 3 == 1 else []
        periods += [f"{day.year}"] if day.month == 1 else []
        there = {
            (row.period, row.measure, row.member_id) for row in queries.visible_to(company.owner).filter(team=None)
        }
        for period in periods:
            for measure in MEASURES:
                for member in (None, seller):
                    amount_minor = dice.randint(50_000, 3_000_000)
                    if (period, measure, member.id if member else None) not in there:
                        quotas.set_target(
                            member=member, period=period, measure=measure, amount_minor=amount_minor,
                            currency=business.currency if business else "", actor=company.founder, at=at,
                        )  # fmt: skip

    def _change(self, measure: str, day: date, at: datetime) -> None:
        dice = self.company.chance("target changes to", day, measure)
        for target in self._of_month(measure, day):
            amount_minor = dice.randint(50_000, 3_000_000)
            quotas.change_target(target=target, amount_minor=amount_minor, actor=self.company.founder, at=at)

    def _remove(self, measure: str, day: date, at: datetime) -> None:
        for target in self._of_month(measure, day)[:1]:
            try:
                quotas.remove_target(target=target, actor=self.company.founder, at=at)
            except Conflict as refusal:  # somebody was quicker
                if refusal.code != "target.gone":
                    raise

    def _of_month(self, measure: str, day: date) -> "list[Quota]":
        rows = queries.visible_to(self.company.owner).filter(span="month", starts_on=day.replace(day=1), team=None)
        return list(rows.filter(measure=measure).order_by("member_id"))
