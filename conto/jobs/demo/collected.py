"""Saved cards of the demo company: one customer's care is charged, another's card is declined and tried again."""

from collections.abc import Callable
from datetime import date, datetime
from functools import partial

from conto.apps.invoicing import queries as documents
from conto.apps.payments import queries as payments
from conto.apps.plans import queries as plans
from conto.apps.subscriptions import actions, queries
from conto.apps.subscriptions.entries import NewSubscription
from conto.domain.facts import SYSTEM
from conto.flows import collect_invoices, save_method
from conto.jobs.simulation.company import Company, Part

_GOOD_CARD, _DECLINED_CARD = "4242424242424242", "4000000000000341"
_CONSENT = "Meine Karte beim Zahlungsdienst speichern und Rechnungen automatisch damit bezahlen."
_CHARGED, _DECLINED = "meridian", "hafen"
_SAVED_BEFORE, _TAKEN_BEFORE = 41, 2  # days before the story ends


def collected_of(ends_on: date) -> type[Part]:
    """Return the part of life in which invoices are charged to saved cards, in the last weeks up to a day."""

    class Collected(Part):
        def morning(self, day: date) -> None:
            left = (ends_on - day).days
            if left == _SAVED_BEFORE:
                self._plan(day, "save", partial(_charge_care, self.company), hours=(9, 10))
            if left == _TAKEN_BEFORE:
                self._plan(day, "take", partial(_take, self.company), hours=(9, 10))
            if left <= _SAVED_BEFORE:
                self._plan(day, "collect", _collect, hours=(21, 21))

        def _plan(self, day: date, key: str, act: Callable[[datetime], None], *, hours: tuple[int, int]) -> None:
            self.company.on(self.company.moment(day, "collected", key, hours=hours), f"collected {key}", act)

    return Collected


def _save(company: Company, buyer: str, number: str, at: datetime) -> bool:
    customer = company.customer(buyer)
    paper = documents.documents(company.owner).filter(customer=customer).first() if customer else None
    if paper is None or payments.saved_method(paper.customer_id, "sandbox"):
        return False
    way = save_method.begin(paper, gateway="sandbox", consent=_CONSENT, return_url="/", cancel_url="/", at=at)
    company.gateway.sandbox.take_card(way.page_url.rsplit("/", 1)[1], number)
    method = payments.method_by_id(way.method_id)
    return method is not None and save_method.ask_again(method, at=at).state == "saved"


def _charge_care(company: Company, at: datetime) -> None:
    if not _save(company, _CHARGED, _GOOD_CARD, at):
        return
    rows = queries.visible_to(company.owner).filter(
        customer=company.customer(_CHARGED), plan_version__plan__code="PFLEGE"
    )
    for row in rows[:1]:
        actions.change_handling(row=row, changes={"collection": "charge"}, actor=company.founder, at=at)


def _take(company: Company, at: datetime) -> None:
    customer = company.customer(_DECLINED)
    plan = plans.plans(company.owner).filter(code="HOSTING").first()
    version = plans.version_for(plan) if plan else None
    if customer is None or version is None or not _save(company, _DECLINED, _DECLINED_CARD, at):
        return
    new = NewSubscription(
        plan_version=version, starts_on=at.astimezone(company.zone).date(), title="Hosting", trial_days=0,
        collection="charge",
    )  # fmt: skip
    actions.subscribe(customer=customer, new=new, actor=SYSTEM, at=at)


def _collect(at: datetime) -> None:
    collect_invoices.collect_due(clock=lambda: at)
