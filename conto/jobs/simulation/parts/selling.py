"""Deals begin, go through the stages, are won and lost; what a pitch comes to is decided on its first day."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cached_property
from random import Random
from typing import TYPE_CHECKING
from uuid import UUID

from conto.apps.deals import actions as deals
from conto.apps.deals import queries
from conto.apps.deals.entry import LineEntry, NewActivity, NewDeal
from conto.domain.facts import Actor
from conto.domain.money import to_minor
from conto.jobs.simulation.cast import Buyer, Pitched
from conto.jobs.simulation.company import Company, Part
from conto.jobs.simulation.parts import offering
from conto.jobs.simulation.parts.billing import WORKING_DAYS, Wanted, lines_of

if TYPE_CHECKING:
    from conto.apps.crm.models import Customer
    from conto.apps.deals.models import Deal, Stage

LONGEST_DAYS = 130
# How pitches end, and how many of a hundred.
ENDINGS = {"accepted": 34, "renewed": 11, "declined": 18, "early": 20, "expired": 10, "withdrawn": 3, "silent": 4}
OWNED_BY_FOUNDER_PERCENT = 30
Step = tuple[int, str, Callable[["Pitch", datetime], None]]


@dataclass(frozen=True)
class Pitch:
    """An attempt to sell something to somebody."""

    company: Company
    buyer: Buyer
    begins_on: date

    @property
    def key(self) -> str:
        """Name the occasion."""
        return f"{self.buyer.key} {self.begins_on}"

    @cached_property
    def deal_id(self) -> UUID:
        """Return the id of its deal."""
        return self.company.id_of("deal", self.key)

    @cached_property
    def what(self) -> Pitched:
        """Return what is sold."""
        return self.dice("what").choice(self.company.cast.pitches)

    @cached_property
    def ending(self) -> str:
        """Return how it ends."""
        return self.dice("ending").choices(list(ENDINGS), list(ENDINGS.values()))[0]

    @cached_property
    def seller(self) -> Actor:
        """Return who looks after it."""
        is_founders = self.company.happens(OWNED_BY_FOUNDER_PERCENT, "pitch by the founder", self.key)
        return self.company.founder if is_founders else self.company.sales

    def dice(self, *words: object) -> Random:
        """Return the dice of one occasion of it."""
        return self.company.chance("pitch", self.key, *words)

    def deal(self) -> "Deal | None":
        """Return its deal while that is open."""
        deal = queries.deal_for(self.company.owner, self.deal_id)
        return deal if deal is not None and deal.state == "open" else None

    def wanted(self) -> Wanted:
        """Return what is offered, and how much of it."""
        dice = self.dice("how much")
        return [(item, Decimal(dice.choice(counts))) for item, counts in self.what.wanted]


class Selling(Part):
    """Whom something is pitched to, and what becomes of it."""

    def __init__(self, company: Company) -> None:
        """Begin with no pitch; those that run are found again by their dice."""
        super().__init__(company)
        self._begun: set[date] = set()
        self._steps: dict[date, list[tuple[Pitch, str, Callable[[Pitch, datetime], None]]]] = {}

    def morning(self, day: date) -> None:
        """Plan what a day brings to every pitch that runs."""
        for days_ago in range(LONGEST_DAYS):
            self._begin(day - timedelta(days=days_ago))
        for pitch, word, act in self._steps.pop(day, ()):
            at = self.company.moment(day, word, pitch.key)
            key = f"{word} {pitch.key}"
            self.company.on(at, key, lambda at, p=pitch, act=act: act(p, at), may_repeat=word == "accepts")  # type: ignore[misc]

    def _begin(self, day: date) -> None:
        """Plan every step of the pitches that begin on a day."""
        today = self.company.day_of_life(day)
        if day in self._begun or today < 0 or day.weekday() > 4:
            return
        self._begun.add(day)
        for buyer in self.company.cast.buyers:
            chance = 100 * buyer.habits.deals_a_year / WORKING_DAYS
            if today > buyer.joins_on_day and self.company.happens(chance, "pitch", day, buyer.key):
                pitch, on = Pitch(self.company, buyer, day), day
                for days, word, act in _story(pitch):
                    on = self.company.working_day(on + timedelta(days=days))
                    self._steps.setdefault(on, []).append((pitch, word, act))


def _story(pitch: Pitch) -> tuple[Step, ...]:
    """Return the steps of a pitch, each so many days after the one before."""
    dice = pitch.dice("days")
    begin: tuple[Step, ...] = (
        (0, "pitches", _add),
        (dice.randint(1, 5), "calls", lambda pitch, at: _go_on(pitch, at, 1)),
        (dice.randint(3, 9), "meets", _meet),
    )
    if pitch.ending == "early":
        return (*begin, (dice.randint(2, 20), "loses", _lose))
    if pitch.ending == "silent":
        return (*begin, (100, "gives up", _lose))
    offer: tuple[Step, ...] = (
        *begin,
        (dice.randint(1, 6), "offers", _offer),
        (dice.randint(1, 4), "looks", _look),
    )
    accept: tuple[Step, ...] = (
        (dice.randint(1, 14), "accepts", _accept),
        (dice.randint(2, 12), "delivers", lambda pitch, at: offering.bill_what_waits(pitch.company, pitch.deal_id, at)),
        (dice.randint(20, 40), "ends", lambda pitch, at: offering.bill_what_waits(pitch.company, pitch.deal_id, at)),
    )
    endings: dict[str, tuple[Step, ...]] = {
        "accepted": accept,
        "renewed": ((dice.randint(2, 9), "renews", _renew), *accept),
        "declined": ((dice.randint(2, 14), "declines", _decline), (1, "loses", _lose)),
        "withdrawn": ((dice.randint(3, 9), "withdraws", _withdraw), (1, "loses", _lose)),
        "expired": ((45, "loses", _lose),),
    }
    return (*offer, *endings[pitch.ending])


def _add(pitch: Pitch, at: datetime) -> None:
    company, customer = pitch.company, pitch.company.customer(pitch.buyer.key)
    if customer is None or customer.archived_at is not None:
        return
    if queries.deal_for(company.owner, pitch.deal_id) is not None:
        return  # a life that was cut down before it had noted this lives it again
    lines = deal_lines(company, customer, pitch.wanted(), at)
    worth = sum(int(line.quantity * line.unit_price_minor) for line in lines)
    new = NewDeal(
        name=pitch.what.names.get(customer.language) or pitch.what.names["en"],
        value_minor=round(worth, -4),  # a guess, before anybody has talked about products
        owner_id=pitch.seller.member_id,
        expected_close_on=at.date() + timedelta(days=pitch.dice("close").randint(25, 50)),
        source=pitch.dice("source").choice(company.cast.deal_sources),
    )
    deal = deals.add_deal(customer=customer, new=new, deal_id=pitch.deal_id, actor=pitch.seller, at=at)
    plan(deal, pitch.seller, at, "call", company.cast.talk["call"], days=3)


def _go_on(pitch: Pitch, at: datetime, stage: int) -> None:
    deal = pitch.deal()
    if deal is not None:
        finish_all(
            pitch.company, deal, pitch.seller, at, pitch.dice("outcome", stage).choice(pitch.company.cast.outcomes)
        )
        plan(deal, pitch.seller, at, "meeting", pitch.company.cast.talk["meeting"], days=7)
        move(deal, stage, pitch.seller, at)


def _meet(pitch: Pitch, at: datetime) -> None:
    deal, company = pitch.deal(), pitch.company
    if deal is None:
        return
    finish_all(pitch.company, deal, pitch.seller, at, pitch.dice("outcome", 2).choice(company.cast.outcomes))
    lines = deal_lines(company, deal.customer, pitch.wanted(), at)
    deals.set_deal_lines(deal=deal, lines=lines, actor=pitch.seller, at=at)
    if company.happens(60, "comment", pitch.key):
        said = pitch.dice("says").choice(company.cast.comments)
        deals.add_comment(deal=deal, text=said, actor=pitch.seller, at=at + timedelta(minutes=7))
    if pitch.ending != "silent":
        plan(deal, pitch.seller, at, "task", company.cast.talk["offer"], days=4)
    move(deal, 2, pitch.seller, at)


def _offer(pitch: Pitch, at: datetime) -> None:
    deal, company = pitch.deal(), pitch.company
    if deal is None or deal.customer.archived_at is not None:
        return
    finish_all(pitch.company, deal, pitch.seller, at)
    offering.offer(company, deal, extra=pitch.what.extra, dice=pitch.dice("offer"), actor=pitch.seller, at=at)
    plan(deal, pitch.seller, at, "call", company.cast.talk["answer"], days=8)
    move(deal, 3, pitch.seller, at)


def _look(pitch: Pitch, at: datetime) -> None:
    offering.look(pitch.company, pitch.deal_id, pitch.dice("looks"), at)


def _renew(pitch: Pitch, at: datetime) -> None:
    if pitch.deal() is not None:
        offering.renew(pitch.company, pitch.deal_id, actor=pitch.seller, at=at)


def _accept(pitch: Pitch, at: datetime) -> None:
    deal = queries.deal_for(pitch.company.owner, pitch.deal_id)
    if deal is not None:
        finish_all(pitch.company, deal, pitch.seller, at)
        offering.accept(pitch.company, pitch.deal_id, signer(pitch.buyer), pitch.dice("accept"), at)


def _decline(pitch: Pitch, at: datetime) -> None:
    reason = pitch.dice("declines").choice(pitch.company.cast.declines)
    offering.decline(pitch.company, pitch.deal_id, signer(pitch.buyer), reason, at)


def _withdraw(pitch: Pitch, at: datetime) -> None:
    offering.withdraw(pitch.company, pitch.deal_id, actor=pitch.seller, at=at)


def _lose(pitch: Pitch, at: datetime) -> None:
    deal, reasons = pitch.deal(), list(queries.lost_reasons())
    if deal is not None and reasons:
        finish_all(pitch.company, deal, pitch.seller, at)
        reason = pitch.dice("lost").choice(reasons)
        deals.lose_deal(deal=deal, reason_id=reason.id, actor=pitch.seller, at=at)


def signer(buyer: Buyer) -> str:
    """Return who signs for a customer."""
    people = buyer.new.contacts
    return people[0].name if people else buyer.new.name


def deal_lines(company: Company, customer: "Customer", wanted: Wanted, at: datetime) -> list[LineEntry]:
    """Return products of a deal from the catalog, in the customer's language and currency."""
    return [
        LineEntry(
            name=line.name,
            quantity=line.quantity,
            unit_price_minor=to_minor(line.unit_price, customer.currency),
            unit=line.unit_code,
            item_id=line.item_id,
        )
        for line in lines_of(customer, wanted, company, at)
    ]


def plan(deal: "Deal", actor: Actor, at: datetime, kind: str, title: str, *, days: int) -> None:
    """Plan a next step of a deal."""
    new = NewActivity(kind=kind, title=title, due_at=at + timedelta(days=days), owner_id=deal.owner_id)
    deals.add_activity(customer=deal.customer, new=new, deal=deal, actor=actor, at=at)


def finish_all(company: Company, deal: "Deal", actor: Actor, at: datetime, outcome: str = "") -> None:
    """Finish what was to be done for a deal."""
    for activity in queries.activities(company.owner).filter(deal_id=deal.id, done_at=None):
        deals.finish_activity(activity=activity, outcome=outcome, actor=actor, at=at)


def move(deal: "Deal", n: int, actor: Actor, at: datetime) -> None:
    """Move a deal on to the nth stage of its pipeline; where it is further already, or there is none, it stays."""
    stages: list[Stage] = queries.stages_of(deal.pipeline_id)
    if n < len(stages) and stages[n].position > deal.stage.position:
        deals.move_deal(deal=deal, stage=stages[n], actor=actor, at=at)
