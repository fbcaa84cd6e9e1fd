"""The company: its time, its dice, its plan and the people who act. What happens is the business of its parts."""

import heapq
import zoneinfo
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from random import Random
from typing import TYPE_CHECKING
from uuid import UUID, uuid5

from conto.apps.accounts import queries as accounts
from conto.apps.catalog import queries as catalog
from conto.apps.crm import queries as crm
from conto.apps.invoicing import queries as invoicing
from conto.domain.facts import Actor
from conto.domain.permissions import Role
from conto.gateways.payment.sandbox.near import NearGateway
from conto.jobs.simulation.cast import Buyer, Cast, Habits

if TYPE_CHECKING:
    from conto.apps.accounts.models import LegalEntity, Member
    from conto.apps.catalog.models import Item
    from conto.apps.crm.models import Customer
    from conto.apps.invoicing.models import Document

Act = Callable[[datetime], None]
SOURCE = "demo"  # marks the customers that the company knows
OPENS_HOUR, CLOSES_HOUR = 8, 18
_IDS = UUID("6f0a3a3e-8c1c-5d0e-9f36-6c1f0d5b7a11")


@dataclass(frozen=True, slots=True, order=True)
class Happening:
    """Something that is planned. `may_repeat`: its flow promises one effect however often it is done."""

    at: datetime
    key: str
    act: Act = field(compare=False)
    may_repeat: bool = field(default=False, compare=False)


@dataclass(frozen=True, slots=True)
class Issued:
    """A document as its consequences are planned from."""

    id: UUID
    number: str
    kind: str
    customer: "Customer"
    buyer: Buyer
    currency: str
    issued_at: datetime
    due_on: date
    payable_minor: int
    corrects_id: UUID | None
    reference: str
    arranged: Habits | None

    @property
    def habits(self) -> Habits:
        """What its customer does with it: by habit, or as was arranged for it."""
        return self.arranged or self.buyer.habits


class Part:
    """A part of life. It plans with `company.on`; see the rules in the package."""

    def __init__(self, company: "Company") -> None:
        self.company = company

    def morning(self, day: date) -> None:
        """Plan what a day brings by itself."""

    def issued(self, document: Issued) -> None:
        """Plan what follows from a document."""


class Company:
    """A company of a cast, living in the book that is open. What has happened already is not planned again."""

    def __init__(
        self,
        cast: Cast,
        *,
        seed: int,
        first_day: date,
        lived_until: datetime,
        gateway: NearGateway,
        parts: Iterable[type[Part]],
        papers_from: date = date.max,
    ) -> None:
        self.cast, self.seed, self.first_day, self.lived_until = cast, seed, first_day, lived_until
        self.gateway, self.papers_from = gateway, papers_from
        self.entity: LegalEntity = accounts.legal_entities()[0]
        self.zone = zoneinfo.ZoneInfo(self.entity.zone)
        people = {member.email: member for member in accounts.members()}
        self.owner: Member = next(person for person in people.values() if person.role == Role.OWNER)
        self.founder = _actor(self.owner)
        self.sales = _actor(people[cast.sales_email])
        self.finance = _actor(people[cast.finance_email])
        codes: dict[str, Item] = {item.code: item for item in catalog.items(self.owner)}
        self.goods = {key: codes[goods.new.code] for key, goods in cast.goods.items()}
        self._kinds = tuple(parts)
        self.forget()

    # --- time and chance ----------------------------------------------------------------------------------------------

    def chance(self, *words: object) -> Random:
        """Return the dice of one occasion, which its words name."""
        return Random(f"{self.seed} {' '.join(map(str, words))}")  # noqa: S311 -- a story, no secret

    def happens(self, percent: float, *words: object) -> bool:
        """Tell whether something of this chance happens on an occasion."""
        return self.chance(*words).random() * 100 < percent

    def moment(self, day: date, *words: object, hours: tuple[int, int] = (OPENS_HOUR, CLOSES_HOUR - 1)) -> datetime:
        """Return the moment of an occasion on a day, within hours in the company's zone."""
        dice = self.chance("moment", day, *words)
        on_day = time(dice.randint(*hours), dice.randint(0, 59), dice.randint(0, 59), dice.randint(0, 999_999))
        return datetime.combine(day, on_day, tzinfo=self.zone)

    def working_day(self, day: date) -> date:
        """Return the day, or the Monday after a weekend."""
        return day + timedelta(days=max(0, 7 - day.weekday()) if day.weekday() > 4 else 0)

    def day_of_life(self, day: date) -> int:
        """Return which day of the company's life a day is."""
        return (day - self.first_day).days

    def id_of(self, *words: object) -> UUID:
        """Return the id of an occasion: the same when it is done again."""
        return uuid5(_IDS, f"{self.entity.id} {self.seed} {' '.join(map(str, words))}")

    # --- plan and life ------------------------------------------------------------------------------------------------

    def on(self, at: datetime, key: str, act: Act, *, may_repeat: bool = False) -> None:
        """Plan an act; what lies before the moment that the life has reached is done already."""
        if at > self.lived_until:
            heapq.heappush(self._plan, Happening(at, key, act, may_repeat))

    def live_day(self, day: date, until: datetime | None = None) -> int:
        """Let a day happen, to its end or to a moment of it, and return how much happened."""
        evening = datetime.combine(day + timedelta(days=1), time(0), tzinfo=self.zone)
        for part in self.parts:
            part.morning(day)
        done = 0
        while self._plan and self._plan[0].at < min(evening, until or evening):
            self.do(self.next_one())
            done += 1
        return done

    def next_one(self) -> Happening:
        """Take the earliest of what is planned off the plan."""
        return heapq.heappop(self._plan)

    def do(self, happening: Happening) -> None:
        """Let one thing happen. Who wants trouble says it here."""
        happening.act(happening.at)
        self.lived_until = happening.at

    # --- what the company knows ---------------------------------------------------------------------------------------

    def customer(self, key: str) -> "Customer | None":
        """Return the customer of a key, once there is one."""
        return self.customers.get(key)

    def document(self, document: Issued) -> "Document":
        """Return a document as it stands in the book."""
        found = invoicing.document_for(self.owner, document.id)
        assert found is not None  # noqa: S101 -- documents stay for ever
        return found

    def tell_of(self, document: "Document") -> None:
        """Let every part plan what follows from a document that was just issued."""
        known = self._issued([document])
        for part in self.parts:
            for each in known:
                part.issued(each)

    def forget(self) -> None:
        """Forget everything and take up what the book tells of the life so far."""
        self.customers: dict[str, Customer] = {}
        self.overridden: dict[UUID, dict[str, str]] = {}  # warnings that finance has gone over before, by customer
        self.parts = [part(self) for part in self._kinds]
        self._plan: list[Happening] = []
        for customer in crm.customers(self.owner).filter(source=SOURCE):
            self.customers[str(customer.external_ref)] = customer
        known = self._issued(list(invoicing.documents(self.owner).order_by("issued_at", "id")))
        for part in self.parts:
            for each in known:
                part.issued(each)

    def _issued(self, documents: "Sequence[Document]") -> list[Issued]:
        by_id = {customer.id: key for key, customer in self.customers.items()}
        known = []
        for each in documents:
            key = by_id.get(each.customer_id, "")
            buyer = self.cast.buyer(key)
            if buyer is not None:
                known.append(
                    Issued(
                        each.id,
                        each.number,
                        each.kind,
                        self.customers[key],
                        buyer,
                        each.currency,
                        each.issued_at,
                        each.due_on,
                        each.payable_minor,
                        each.corrects_id,
                        reference := str(each.details.get("order_reference", "")),
                        self.cast.arranged.get(reference),
                    )
                )
        return known


def _actor(member: "Member") -> Actor:
    return Actor(member.id, "member", member.name)
