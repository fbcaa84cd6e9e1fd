"""Who plays: a business, the people in it, what it sells, and its customers with their habits."""

from dataclasses import dataclass, field
from decimal import Decimal

from conto.apps.accounts.queries import BankAccountDetails, SellerDetails
from conto.apps.catalog.entry import NewItem
from conto.apps.crm.entry import NewCustomer, PostalAddress
from conto.domain.permissions import Role


@dataclass(frozen=True, slots=True)
class Login:
    """Somebody who works here."""

    email: str
    name: str
    role: Role


@dataclass(frozen=True, slots=True)
class Goods:
    """Something that is sold: its prices by currency, its names by language."""

    new: NewItem
    prices: dict[str, Decimal]
    names: dict[str, str]


@dataclass(frozen=True, slots=True)
class Pitched:
    """Something that is sold by talking: its names by language, what is offered, and what can be had with it."""

    names: dict[str, str]
    wanted: tuple[tuple[str, tuple[int, ...]], ...]  # items, how many of each
    extra: str = ""  # an item that the customer may take or leave


@dataclass(frozen=True, slots=True, kw_only=True)
class Habits:
    """What a customer does when nobody looks. Percentages are chances per document."""

    retainer: str = ""  # the item that is billed on the first working day of each month
    projects_a_year: int = 0
    deposits_a_year: int = 0
    deals_a_year: int = 0
    pays_after_days: int = 14  # beyond the terms is late; 400 is never
    card_percent: int = 5  # pays on the customer's page
    part_percent: int = 4  # pays in two parts
    over_percent: int = 2  # pays too much, and gets it back
    views_percent: int = 70
    asks_percent: int = 3
    credit_percent: int = 4
    write_off_percent: int = 0  # of what is never paid
    moves_on_day: int | None = None  # of the company's life: a new address
    leaves_on_day: int | None = None  # is archived
    archive_reason: str = ""
    returns_on_day: int | None = None
    moves_to: PostalAddress | None = None


@dataclass(frozen=True, slots=True)
class Buyer:
    """A customer: what is known on the first day, when that is, and the habits."""

    key: str
    new: NewCustomer
    joins_on_day: int
    habits: Habits = field(default_factory=Habits)
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cast:
    """All of them. `seller_login` drafts, `finance_login` issues, credits and takes money."""

    seller: SellerDetails
    accounts: tuple[BankAccountDetails, ...]
    number_prefix: str
    logins: tuple[Login, ...]
    password: str
    goods: dict[str, Goods]
    buyers: tuple[Buyer, ...]
    projects: tuple[tuple[tuple[str, tuple[int, ...]], ...], ...]  # items that are sold together, how many of each
    sales_email: str
    finance_email: str
    questions: dict[str, tuple[str, ...]]  # by language
    credit_reasons: tuple[str, ...] = ("Delivered less than agreed",)
    write_off_reason: str = "Insolvent"
    reopening_reason: str = "A receipt was found late"
    pitches: tuple[Pitched, ...] = ()
    talk: dict[str, str] = field(default_factory=dict)  # titles of what is to be done: call, meeting, offer, answer
    outcomes: tuple[str, ...] = ("",)
    comments: tuple[str, ...] = ()
    deal_sources: tuple[str, ...] = ("",)
    declines: tuple[str, ...] = ("",)
    offer_words: dict[str, tuple[str, str, str]] = field(  # by language: over options, two milestones
        default_factory=lambda: {"en": ("Optional", "Start", "Handover")}
    )
    contracts_percent: int = 0  # of the quotes offer a contract
    sets_targets: bool = False
    arranged: dict[str, Habits] = field(default_factory=dict)  # by a document's order reference, instead of the habits

    def buyer(self, key: str) -> Buyer | None:
        """Return the customer of a key."""
        return next((buyer for buyer in self.buyers if buyer.key == key), None)
