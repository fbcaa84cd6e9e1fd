"""The books are closed a quarter at a time, and now and then opened again for what was forgotten."""

from datetime import date, datetime, timedelta

from conto.apps.ledger import actions as ledger
from conto.apps.ledger import queries
from conto.jobs.simulation.company import Part

CLOSED_ON_DAY = 20  # of the first month after the quarter: the receipts are in by then
REOPENED_PERCENT = 15


class Closing(Part):
    """Finance closes each quarter, three weeks after its end; the owner lets it open the last month again."""

    def morning(self, day: date) -> None:
        """Plan the closing of the quarter that is over."""
        company = self.company
        if day.day != CLOSED_ON_DAY or day.month % 3 != 1:
            return
        until = day.replace(day=1) - timedelta(days=1)
        closes_at = company.moment(day, "close", hours=(15, 15))
        if until >= company.first_day:
            company.on(closes_at, f"close {until}", lambda at: self._close(until, at))
        if company.happens(REOPENED_PERCENT, "opens again", until):
            opens_at = closes_at + timedelta(days=1)
            company.on(opens_at, f"open {until}", lambda at: self._open(until, at))
            company.on(opens_at + timedelta(hours=5), f"close {until} again", lambda at: self._close(until, at))

    def _close(self, until: date, at: datetime) -> None:
        closed = queries.closed_until(self.company.entity.id)
        if closed is None or closed < until:
            ledger.close_period(legal_entity=self.company.entity, until=until, actor=self.company.finance, at=at)

    def _open(self, until: date, at: datetime) -> None:
        before = until.replace(day=1) - timedelta(days=1)
        closed = queries.closed_until(self.company.entity.id)
        if closed is not None and closed > before:
            ledger.reopen_period(
                legal_entity=self.company.entity,
                until=before,
                reason=self.company.cast.reopening_reason,
                actor=self.company.founder,
                at=at,
            )
