"""The deals and quotes that lie on the desk when the demo opens: told by hand, one of each kind."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from uuid import UUID

from conto.apps.deals import actions as deals
from conto.apps.deals import queries
from conto.apps.deals.entry import NewActivity, NewDeal
from conto.apps.plans import queries as plans
from conto.apps.quotes import actions as quotes
from conto.apps.quotes import queries as offers
from conto.apps.quotes.actions import RecurringEntry, Signature
from conto.domain.contract import Renewal
from conto.domain.facts import Actor
from conto.domain.quote import ContractOffer
from conto.flows import answer_quote
from conto.jobs.simulation.company import Company, Part
from conto.jobs.simulation.parts import offering
from conto.jobs.simulation.parts.billing import Wanted
from conto.jobs.simulation.parts.selling import deal_lines, finish_all, move, plan

if TYPE_CHECKING:
    from conto.apps.deals.models import Deal

Act = Callable[["Told", datetime], None]
LIMIT_PERCENT, ABOVE_THE_LIMIT = Decimal(15), Decimal(20)
ASKED = "Beginnt die Pflege auch dann mit zwei Wochen zur Probe, wenn das Portal erst im Frühjahr online geht?"
TERMS = "Zwei Korrekturschleifen sind enthalten. Nutzungsrechte gehen mit der Zahlung über."
CARE = ContractOffer(months=12, renewal=Renewal.AUTO, notice_days=60)  # what was quoted holds for a year, and goes on
REFUSED = "Leider liegt ein anderes Angebot deutlich darunter."


@dataclass(frozen=True)
class OfferedPlan:
    """A plan of the company that a quote offers beside its lines."""

    code: str
    title: str
    more: dict[str, Any]

    def entries(self, company: Company) -> list[RecurringEntry]:
        """Return it as quotes take it, at the prices that the plan has by then; nothing before the plan is there."""
        found = plans.plans(company.owner).filter(code=self.code).first()
        version = plans.version_for(found) if found else None
        return [RecurringEntry(plan_version_id=version.id, title=self.title, **self.more)] if version else []


_MAILBOXES = ["postfacher"]  # for the customer to choose
YEARS_OF_CARE = OfferedPlan(
    "PFLEGE",
    "Pflege des Portals",
    {
        "quantities": {"postfacher": Decimal(8)},
        "months": 24,
        "optional_keys": _MAILBOXES,
        "chosen_keys": _MAILBOXES,
    },
)
ARCHIVE = OfferedPlan("HOSTING", "Archive of print files", {"item_keys": ["hosting"], "months": 12})


@dataclass(frozen=True)
class Told:
    """A deal on the desk."""

    company: Company
    ends_on: date
    key: str
    name: str
    wanted: Wanted
    is_founders: bool
    extra: str = ""
    rule: str = "full"

    @property
    def id(self) -> UUID:
        """Return the id of its deal."""
        return self.company.id_of("desk deal", self.key)

    @property
    def actor(self) -> Actor:
        """Return who looks after it."""
        return self.company.founder if self.is_founders else self.company.sales

    def deal(self) -> "Deal | None":
        """Return its deal while that is open."""
        deal = queries.deal_for(self.company.owner, self.id)
        return deal if deal is not None and deal.state == "open" else None

    def moment(self, days: int, hour: int) -> datetime:
        """Return a moment so many days after the life ends; before it when they are negative."""
        return datetime.combine(self.ends_on + timedelta(days=days), time(hour), tzinfo=self.company.zone)


def pipeline_of(ends_on: date) -> type[Part]:
    """Return the part of life that leaves deals and quotes on the desk as they shall be on a day."""

    class Pipeline(Part):
        def __init__(self, company: Company) -> None:
            super().__init__(company)
            self.stories = _stories(company, ends_on)

        def morning(self, day: date) -> None:
            for days_before, word, told, act in self.stories:
                if (ends_on - day).days == days_before:
                    at = self.company.moment(day, "pipeline", word, told.key, hours=(9, 11))
                    self.company.on(at, f"{word} {told.key}", lambda at, told=told, act=act: act(told, at))  # type: ignore[misc]

    return Pipeline


def _stories(company: Company, ends_on: date) -> tuple[tuple[int, str, Told, Act], ...]:
    def told(key: str, name: str, wanted: tuple[tuple[str, int], ...], *more: bool | str) -> Told:
        counts = [(item, Decimal(count)) for item, count in wanted]
        return Told(company, ends_on, key, name, counts, *more)  # type: ignore[arg-type]

    portal = told("stadt", "Kulturportal", (("hour", 60), ("day", 5)), True, "shoot", "milestones")
    relaunch = told("solaris", "Relaunch, zweiter Teil", (("hour", 80),), False)
    intranet = told("hafen", "Intranet", (("hour", 46),), True)
    menu = told("kupfer", "Speisekarten und Schilder", (("day", 3),), True)
    cards = told("atelier", "Cartes de vœux", (("day", 2),), True)
    stand = told("donau", "Messestand Wien", (("day", 7), ("shoot", 1)), False)
    packs = told("brouwer", "Packaging, new line", (("day", 9),), False, "shoot", "deposit")
    series = told("nordlicht", "Buchreihe, vier Bände", (("day", 8),), True)
    leaflet = told("orchard", "Patient leaflets", (("day", 4),), False)
    wheels = told("meridian", "Radkatalog", (("shoot", 2), ("day", 4)), False)
    brand = told("alpenrot", "Zweite Marke", (("day", 12), ("hour", 30)), True)
    return (
        (210, "rules", portal, _say_how_quotes_are_made),
        (24, "adds", portal, _added("Trade fair")), (15, "meets", portal, _met(2)),
        (6, "offers", portal, _offered(offered=YEARS_OF_CARE)),
        (5, "looks", portal, _looked), (1, "asks", portal, _asked),
        (10, "adds", relaunch, _added("Customer")), (4, "meets", relaunch, _met(2)), (2, "drafts", relaunch, _too_low),
        (40, "adds", intranet, _added("Website")), (33, "meets", intranet, _met(2)),
        (22, "offers", intranet, _offered(holds_days=19)),
        (6, "adds", menu, _added("Recommendation")), (4, "calls", menu, _called_and_nothing_planned),
        (12, "adds", cards, _added("Customer", due_days=10)), (9, "sorts", cards, _at_stage(1)),
        (9, "adds", stand, _added("Trade fair", due_days=10)), (7, "says", stand, _said),
        (38, "adds", packs, _added("Recommendation")), (31, "meets", packs, _met(2)),
        (12, "offers", packs, _offered(contract=CARE, offered=ARCHIVE)),
        (11, "looks", packs, _looked), (5, "signs", packs, _signed),
        (29, "adds", series, _added("Customer")), (22, "meets", series, _met(2)), (16, "offers", series, _offered()),
        (2, "renews", series, _renewed),
        (4, "adds", leaflet, _added("Website")), (3, "meets", leaflet, _met(1)), (2, "drafts", leaflet, _drafted),
        (19, "adds", wheels, _added("Customer")), (14, "meets", wheels, _met(2)), (9, "offers", wheels, _offered()),
        (3, "declines", wheels, _declined), (2, "loses", wheels, _lost),
        (8, "adds", brand, _added("Recommendation", due_days=8)), (5, "sorts", brand, _at_stage(1)),
    )  # fmt: skip


def _say_how_quotes_are_made(told: Told, at: datetime) -> None:
    company = told.company
    quotes.save_rules(
        legal_entity=company.entity,
        valid_days=offering.HOLDS_DAYS,
        discount_limit_percent=LIMIT_PERCENT,
        terms=TERMS,
        actor=company.founder,
        at=at,
    )


def _added(source: str, due_days: int = 4) -> Act:
    def act(told: Told, at: datetime) -> None:
        company, customer = told.company, told.company.customer(told.key)
        if customer is None or customer.archived_at is not None:
            return
        new = NewDeal(
            name=told.name, owner_id=told.actor.member_id, source=source,
            expected_close_on=told.ends_on + timedelta(days=company.chance("close", told.key).randint(6, 40)),
        )  # fmt: skip
        lines = deal_lines(company, customer, told.wanted, at)
        deal = deals.add_deal(customer=customer, new=new, lines=lines, deal_id=told.id, actor=told.actor, at=at)
        due_at = told.moment((at.date() - told.ends_on).days + due_days, 16)
        call = NewActivity(kind="call", title=company.cast.talk["call"], due_at=due_at, owner_id=told.actor.member_id)
        deals.add_activity(customer=customer, new=call, deal=deal, actor=told.actor, at=at)

    return act


def _met(stage: int) -> Act:
    def act(told: Told, at: datetime) -> None:
        if deal := told.deal():
            finish_all(told.company, deal, told.actor, at, "Knows what it shall be")
            plan(deal, told.actor, at, "task", told.company.cast.talk["offer"], days=8)
            move(deal, stage, told.actor, at)

    return act


def _at_stage(stage: int) -> Act:
    def act(told: Told, at: datetime) -> None:
        if deal := told.deal():
            move(deal, stage, told.actor, at)

    return act


def _called_and_nothing_planned(told: Told, at: datetime) -> None:
    if deal := told.deal():
        finish_all(told.company, deal, told.actor, at, "Likes the idea, calls back")


def _said(told: Told, at: datetime) -> None:
    if deal := told.deal():
        text = "@Mira Sommer they ask for sixty days to pay. Can we do that?"
        deals.add_comment(deal=deal, text=text, actor=told.actor, at=at)
        move(deal, 1, told.actor, at + timedelta(minutes=2))


def _offered(
    holds_days: int = offering.HOLDS_DAYS, contract: ContractOffer | None = None, offered: "OfferedPlan | None" = None
) -> Act:
    def act(told: Told, at: datetime) -> None:
        deal, company = told.deal(), told.company
        if deal is None or offering.newest_of(company, deal.id) is not None:
            return
        finish_all(company, deal, told.actor, at)
        fields = offering.terms(company, deal.customer.language, told.rule)
        fields["valid_until"] = at.astimezone(company.zone).date() + timedelta(days=holds_days)
        fields["contract_terms"] = contract
        fields["recurring"] = offered.entries(company) if offered else []
        quote = offering.draft(company, deal, extra=told.extra, fields=fields, actor=told.actor, at=at)
        offering.send(company, quote, told.actor, at)
        plan(deal, told.actor, at, "call", company.cast.talk["answer"], days=9)
        move(deal, 3, told.actor, at)

    return act


def _looked(told: Told, at: datetime) -> None:
    quote = offering.newest_of(told.company, told.id)
    if quote is not None and quote.state == "sent":
        link = quotes.create_link(quote=quote, actor=told.actor, at=at)
        quotes.see_link(token=link.token, at=at)


def _asked(told: Told, at: datetime) -> None:
    quote = offering.newest_of(told.company, told.id)
    if quote is not None and quote.state == "sent":
        answer_quote.ask(quote, name="Birgit Thomsen", email="kultur@norderau.example", body=ASKED, at=at)


def _drafted(told: Told, at: datetime) -> None:
    deal = told.deal()
    if deal is not None and offering.newest_of(told.company, deal.id) is None:
        fields = offering.terms(told.company, deal.customer.language, told.rule)
        offering.draft(told.company, deal, extra=told.extra, fields=fields, actor=told.actor, at=at)


def _too_low(told: Told, at: datetime) -> None:
    """Draft a quote whose discount somebody else has to approve."""
    _drafted(told, at)
    quote = offering.newest_of(told.company, told.id)
    if quote is not None and quote.state == "draft":
        changes = {"discount_percent": ABOVE_THE_LIMIT}
        quote = quotes.change_quote(quote=quote, changes=changes, actor=told.actor, at=at)
        note = "They sign this week if we come down."
        quotes.ask_approval(quote=quote, note=note, actor=told.actor, at=at + timedelta(minutes=4))


def _signed(told: Told, at: datetime) -> None:
    quote = offering.newest_of(told.company, told.id)
    if quote is None or quote.state != "sent":
        return
    if deal := told.deal():
        finish_all(told.company, deal, told.actor, at - timedelta(minutes=1))
    chosen = frozenset(line.position for line in offers.content_of(quote, at.date()).lines if line.kind == "optional")
    signature = Signature("Sanne Brouwer", "drawn", offering.STROKES[2])
    offering.sign(told.company, quote, chosen, signature, at)


def _renewed(told: Told, at: datetime) -> None:
    """Send a second version, which holds for a few days only."""
    quote = offering.newest_of(told.company, told.id)
    if quote is None or quote.state != "sent":
        return
    fresh = quotes.renew_quote(quote=quote, actor=told.actor, at=at)
    changes = {"discount_percent": Decimal(10), "valid_until": told.ends_on + timedelta(days=2)}
    fresh = quotes.change_quote(quote=fresh, changes=changes, actor=told.actor, at=at)
    offering.send(told.company, fresh, told.actor, at)


def _declined(told: Told, at: datetime) -> None:
    offering.decline(told.company, told.id, "Jana Okafor", REFUSED, at)


def _lost(told: Told, at: datetime) -> None:
    deal, reason = told.deal(), queries.lost_reasons().first()
    if deal is not None and reason is not None:
        finish_all(told.company, deal, told.actor, at)
        deals.lose_deal(deal=deal, reason_id=reason.id, note=REFUSED, actor=told.actor, at=at)
