"""What customers of the demo company have subscribed to: billed each morning, changed, paused and left.

Care and hosting of websites, offered since four months before these days. One customer takes more mailboxes, one
pauses while a site is rebuilt, one leaves at the end of a period; one is on trial, one begins next month. What the
hosted site sends is measured week by week.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Any

from conto.apps.invoicing import queries as documents
from conto.apps.plans import queries as plans
from conto.apps.subscriptions import actions, queries
from conto.apps.subscriptions.entries import ChangeEntry, NewSubscription
from conto.domain.facts import SYSTEM
from conto.flows import billing_run, change_subscription, dry_run, prepaid_credit, record_usage
from conto.flows.record_usage import SentEvent
from conto.jobs.simulation.company import Company, Part

if TYPE_CHECKING:
    from conto.apps.subscriptions.models import Subscription


@dataclass(frozen=True)
class _Taken:
    """A subscription that begins so many days before the story ends."""

    days_before: int
    buyer: str
    plan: str
    title: str
    more: dict[str, Any] = field(default_factory=dict)
    starts_after_days: int = 0


_TAKEN = (
    _Taken(112, "meridian", "PFLEGE", "Pflege der Website",
           {"trial_days": 0, "quantities": {"postfacher": Decimal(12)}}),
    _Taken(103, "alpenrot", "HOSTING", "Hosting", {"coupon_codes": ["WILLKOMMEN"]}),
    _Taken(96, "hafen", "PFLEGE", "Pflege der Website"),
    _Taken(70, "donau", "PFLEGE", "Pflege der Website", {"trial_days": 0, "coupon_codes": ["TREUE"]}),
    _Taken(6, "alpenrot", "PFLEGE", "Pflege der Website"),
    _Taken(3, "meridian", "HOSTING", "Hosting", starts_after_days=20),
)  # fmt: skip
_MEASURED, _MEASURED_FROM = ("alpenrot", "HOSTING"), 103  # days before the story ends
_TRIED_FROM = 20
_CREDIT_MINOR = 5000
_CHANGED = (
    (61, "meridian", "PFLEGE", ChangeEntry(kind="quantity", item="postfacher", quantity=Decimal(18)), "Neue Kollegen"),
    (45, "donau", "PFLEGE", ChangeEntry(kind="pause"), "Umbau der Website"),
    (24, "donau", "PFLEGE", ChangeEntry(kind="resume"), "Umbau beendet"),
    (9, "hafen", "PFLEGE", ChangeEntry(kind="cancel"), "Wird im Haus gemacht"),
)  # fmt: skip


def subscriptions_of(ends_on: date) -> type[Part]:
    """Return the part of life in which customers subscribe and are billed, up to a day."""

    class Subscriptions(Part):
        def morning(self, day: date) -> None:
            left = (ends_on - day).days
            for taken in _TAKEN:
                if taken.days_before == left:
                    self._plan(day, f"take {taken.buyer} {taken.plan}", partial(_take, self.company, taken))
            for days_before, buyer, plan, entry, reason in _CHANGED:
                if days_before == left:
                    self._plan(
                        day, f"change {buyer} {plan}", partial(_change, self.company, buyer, plan, entry, reason)
                    )
            if left < _MEASURED_FROM and day.weekday() == 0:
                self._plan(day, "traffic", partial(_use, self.company))
            if left < _TRIED_FROM:
                at = self.company.moment(day, "subscriptions", "dry run", hours=(17, 18))
                self.company.on(at, "subscriptions dry run", partial(_try, self.company))
            if left <= _TAKEN[0].days_before:
                at = self.company.moment(day, "subscriptions", "run", hours=(19, 20))
                self.company.on(at, "subscriptions run", partial(bill, self.company))

        def _plan(self, day: date, key: str, act: Callable[[datetime], None]) -> None:
            self.company.on(self.company.moment(day, "subscriptions", key, hours=(10, 16)), key, act)

    return Subscriptions


def _try(company: Company, at: datetime) -> None:
    """Look once what the evening's run will do."""
    if not queries.dry_runs(company.owner).exists() and queries.is_anything_due(at=at):
        row, _is_new = dry_run.begin(actor=company.founder, at=at)
        dry_run.work(run_id=row.id, clock=lambda: at)


def bill(company: Company, at: datetime) -> None:
    """Bill what is due, and let what follows from its documents be planned."""
    if not billing_run.run_if_due(actor=SYSTEM, at=at):
        return
    made = documents.documents(company.owner).filter(issued_at=at).order_by("ordinal")
    for document in made:
        company.tell_of(document)


def _take(company: Company, taken: _Taken, at: datetime) -> None:
    customer = company.customer(taken.buyer)
    plan = plans.plans(company.owner).filter(code=taken.plan).first()
    version = plans.version_for(plan) if plan else None
    if customer is None or version is None or customer.archived_at is not None or _of(company, taken.buyer, taken.plan):
        return
    starts_on = at.astimezone(company.zone).date() + timedelta(days=taken.starts_after_days)
    new = NewSubscription(plan_version=version, starts_on=starts_on, title=taken.title, **taken.more)
    actions.subscribe(customer=customer, new=new, actor=company.founder, at=at)


def _change(company: Company, buyer: str, plan: str, entry: ChangeEntry, reason: str, at: datetime) -> None:
    row = _of(company, buyer, plan)
    if row is None or any(each.kind == entry.kind for each in queries.changes_of(row)):
        return
    change_subscription.change_at_once(row=row, entry=entry, actor=company.founder, at=at, reason=reason)
    for document in documents.documents(company.owner).filter(issued_at=at).order_by("ordinal"):
        company.tell_of(document)


def _use(company: Company, at: datetime) -> None:
    """Let the week's traffic of a hosted site become known, in gigabytes; more of it towards Christmas."""
    row = _of(company, *_MEASURED)
    if row is None:
        return
    if not row.has_prepaid:
        _credit(company, row, at)
    dice, week = company.chance("traffic", f"{at:%G-%V}"), f"{at:%G-W%V}"
    amount = Decimal(dice.randint(50, 90) + 4 * at.month)
    event = SentEvent(row.number, f"traffic-{week}", "traffic_gb", at, amount)
    record_usage.record(events=[event], member=company.owner, actor=SYSTEM, at=at)


def _credit(company: Company, row: "Subscription", at: datetime) -> None:
    """Let who is measured pay ahead for traffic; what is used of it month by month comes off that."""
    credit = prepaid_credit.grant(
        row=row, amount_minor=_CREDIT_MINOR, reason="Datenverkehr im Voraus", is_sold=True, actor=company.founder, at=at
    )
    if credit.document is not None:
        company.tell_of(credit.document)


def _of(company: Company, buyer: str, plan: str) -> "Subscription | None":
    customer = company.customer(buyer)
    rows = queries.visible_to(company.owner).filter(customer=customer, plan_version__plan__code=plan)
    return rows.order_by("made_at").first() if customer else None
