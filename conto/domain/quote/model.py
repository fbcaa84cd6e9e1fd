"""What a quote says: the content that is frozen and hashed when it is sent."""

import hashlib
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from conto.domain.canonical import canonical_bytes
from conto.domain.contract import Renewal
from conto.domain.document import Party
from conto.domain.invoice import PriceMode
from conto.domain.quote.kinds import ChoiceKind
from conto.domain.quote.recurring import RecurringPart
from conto.domain.tax import TaxTreatment

ZERO = Decimal(0)
ONE = Decimal(1)
HUNDRED = Decimal(100)


class QuoteState(StrEnum):
    """Where a quote stands; `expired` is never stored, it is sent and past its last day."""

    DRAFT = "draft"
    SENT = "sent"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    SUPERSEDED = "superseded"
    EXPIRED = "expired"


class BillingRule(StrEnum):
    """What is billed when a quote is accepted."""

    FULL = "full"
    DEPOSIT = "deposit"
    MILESTONES = "milestones"
    ON_DELIVERY = "on_delivery"


@dataclass(frozen=True, slots=True)
class QuoteLine:
    """One line of a quote. Prices are in major units and in the quote's price mode."""

    position: int
    name: str
    quantity: Decimal
    unit_price: Decimal
    tax: TaxTreatment
    description: str = ""
    unit_code: str = "C62"
    allowance_percent: Decimal = ZERO
    list_price: Decimal | None = None  # what the catalog asks; none: there is no such price
    supply: str = "services"
    rate_class: str = "standard"
    item: str = ""  # the catalog's id
    section: str = ""
    kind: ChoiceKind = ChoiceKind.FIXED
    choice_group: str = ""
    is_chosen: bool = False  # what stands there before anybody chooses


@dataclass(frozen=True, slots=True)
class Milestone:
    """A part of the price that is billed for itself."""

    name: str
    percent: Decimal


@dataclass(frozen=True, slots=True)
class ContractOffer:
    """The contract that accepting a quote makes; its prices are those of the lines that count."""

    starts_on: date | None = None  # none: the day of acceptance
    months: int = 0  # of the first term; of a contract that does not renew, until it ends, and 0 for no end
    renewal: Renewal = Renewal.NONE
    renewal_months: int = 0  # of each further term; 0: as long as the first
    notice_days: int = 0


@dataclass(frozen=True, slots=True)
class QuoteContent:
    """All that a quote says. Its canonical bytes are kept when it is sent; the hash of them is what is signed."""

    number: str
    version: int
    currency: str
    price_mode: PriceMode
    language: str
    offered_on: date
    valid_until: date
    seller: Party
    buyer: Party
    lines: tuple[QuoteLine, ...]
    discount_percent: Decimal = ZERO
    discount_reason: str = ""
    title: str = ""
    introduction: str = ""
    terms: str = ""
    billing_rule: BillingRule = BillingRule.FULL
    deposit_percent: Decimal = ZERO
    milestones: tuple[Milestone, ...] = ()
    terms_days: int = 0
    buyer_reference: str = ""
    contract: ContractOffer | None = None
    recurring: tuple[RecurringPart, ...] = ()

    @property
    def label(self) -> str:
        """The number with its version, the first one without."""
        return self.number if self.version == 1 or not self.number else f"{self.number}/{self.version}"

    def to_canonical(self) -> bytes:
        """Write the content in the one way that is hashed."""
        return canonical_bytes(self)

    def sha256(self) -> str:
        """Return the hash of the canonical bytes, in hexadecimal."""
        return hashlib.sha256(self.to_canonical()).hexdigest()
