"""One computed document in the words of EN 16931: what screen, PDF, XML and ledger all read and none may change.

The dataclasses carry no behavior that adds to the document. Amounts are whole minor units of the document's currency;
prices, quantities and rates are exact decimals in major units. The BT and BG numbers are those of EN 16931-1.
"""

import hashlib
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Literal

from conto.domain.canonical import canonical_bytes


class TypeCode(StrEnum):
    """The kinds of document of UNTDID 1001 that Conto writes (BT-3)."""

    QUOTE = "310"  # an offer: no invoice, so there is paper of it and no e-invoice
    INVOICE = "380"
    CREDIT_NOTE = "381"
    CORRECTED = "384"
    DEPOSIT = "386"


class Watermark(StrEnum):
    """What stands across a page that is no issued document."""

    DRAFT = "draft"
    PRO_FORMA = "pro_forma"


@dataclass(frozen=True, slots=True)
class PostalAddress:
    """Where somebody lives (BG-5, BG-8, BG-15)."""

    country: str = ""  # BT-40: ISO 3166-1 alpha-2
    street: str = ""  # BT-35
    street2: str = ""  # BT-36
    street3: str = ""  # BT-162
    postcode: str = ""  # BT-38
    city: str = ""  # BT-37
    region: str = ""  # BT-39


@dataclass(frozen=True, slots=True)
class Contact:
    """Whom to ask (BG-6, BG-9)."""

    name: str = ""
    phone: str = ""
    email: str = ""


@dataclass(frozen=True, slots=True)
class Party:
    """Seller or buyer (BG-4, BG-7)."""

    name: str  # BT-28/45, the name people know; printed large
    address: PostalAddress
    legal_name: str = ""  # BT-27/44; empty: the name
    vat_number: str = ""  # BT-31/48, with its country prefix
    tax_number: str = ""  # BT-32, the local one
    company_id: str = ""  # BT-30/47, register number
    company_id_scheme: str = ""  # ISO 6523 code such as 0204, else empty
    legal_info: str = ""  # BT-33, e.g. registered office, managing director
    party_id: str = ""  # BT-29/46, the number the seller gives a customer
    electronic_address: str = ""  # BT-34/49
    electronic_scheme: str = ""  # EAS code such as EM, 9930, 0204
    contact: Contact | None = None
    website: str = ""
    language: str = ""


@dataclass(frozen=True, slots=True)
class Delivery:
    """To whom and where the goods went (BG-13, BG-15)."""

    name: str = ""  # BT-70
    address: PostalAddress | None = None


@dataclass(frozen=True, slots=True)
class DayRange:
    """A period as paper shows it: both days belong to it (BG-14, BG-26)."""

    first_on: date
    last_on: date


@dataclass(frozen=True, slots=True)
class PrecedingDocument:
    """The document that this one corrects or settles (BG-3)."""

    number: str  # BT-25
    issued_on: date | None = None  # BT-26


@dataclass(frozen=True, slots=True)
class PaymentInstructions:
    """How to pay (BG-16). Without an IBAN and without a link nothing about paying is printed."""

    iban: str = ""  # BT-84
    bic: str = ""  # BT-86
    account_name: str = ""  # BT-85
    bank_name: str = ""
    reference: str = ""  # BT-83, what the payer writes; RF… and 27-digit QR references are recognized
    means_code: str = ""  # BT-81; empty: chosen from what is there (58 SEPA, 30 transfer, 48 card)
    mandate_reference: str = ""  # BT-89, direct debit
    creditor_id: str = ""  # BT-90, direct debit
    debited_iban: str = ""  # BT-91, direct debit
    link: str = field(default="", metadata={"presentation": True})  # pay-online page, printed as QR


@dataclass(frozen=True, slots=True)
class EarlyDiscount:
    """Pay by this day and take off this much (printed with BT-20)."""

    percent: Decimal
    until_on: date
    discount_minor: int = 0
    payable_minor: int = 0


@dataclass(frozen=True, slots=True)
class DocumentAdjustment:
    """An allowance or charge on the whole document (BG-20, BG-21)."""

    is_charge: bool
    amount_minor: int  # BT-92/99, without tax, positive
    tax_category: str  # BT-95/102
    tax_rate: Decimal  # BT-96/103
    reason: str = ""  # BT-97/104
    reason_code: str = ""  # BT-98/105, UNTDID 5189/7161
    percent: Decimal | None = None  # BT-94/101
    base_minor: int | None = None  # BT-93/100
    with_tax_minor: int | None = None  # what paper shows where prices include tax


@dataclass(frozen=True, slots=True)
class LineAdjustment:
    """An allowance or charge on one line (BG-27, BG-28)."""

    is_charge: bool
    amount_minor: int  # BT-136/141, without tax, positive
    reason: str = ""  # BT-139/144
    reason_code: str = ""  # BT-140/145
    percent: Decimal | None = None  # BT-138/143
    base_minor: int | None = None  # BT-137/142
    with_tax_minor: int | None = None  # what paper shows where prices include tax


@dataclass(frozen=True, slots=True)
class DocumentLine:
    """One line (BG-25). `unit_price` and `net_minor` are without tax, always: that is what XML carries.

    Where prices include tax, `unit_price_with_tax` and `with_tax_minor` are what paper shows.
    """

    line_id: str  # BT-126
    name: str  # BT-153
    quantity: Decimal  # BT-129
    unit_price: Decimal  # BT-146, major units for `base_quantity` units
    net_minor: int  # BT-131
    tax_category: str  # BT-151
    tax_rate: Decimal  # BT-152, percent
    description: str = ""  # BT-154
    unit_code: str = "C62"  # BT-130, UN/ECE recommendation 20
    unit_name: str = ""  # how paper says it; empty: the word for the code
    base_quantity: Decimal = Decimal(1)  # BT-149
    adjustments: tuple[LineAdjustment, ...] = ()
    period: DayRange | None = None  # BG-26
    item_code: str = ""  # BT-155
    note: str = ""  # BT-127
    order_line: str = ""  # BT-132
    unit_price_with_tax: Decimal | None = None
    with_tax_minor: int | None = None
    section: str = ""  # quotes: the heading under which the line stands
    choice: Literal["", "taken", "open"] = ""  # quotes: an option, and whether the totals count it


@dataclass(frozen=True, slots=True)
class TaxTotal:
    """What is taxed alike (BG-23)."""

    category: str  # BT-118
    rate: Decimal  # BT-119, percent
    taxable_minor: int  # BT-116
    tax_minor: int  # BT-117
    exemption_code: str = ""  # BT-121, VATEX
    reason: str = ""  # BT-120; empty: the document's own words for the category


@dataclass(frozen=True, slots=True)
class Totals:
    """The sums (BG-22), named as those of a computed document."""

    lines_net_minor: int  # BT-106
    allowances_minor: int  # BT-107
    charges_minor: int  # BT-108
    net_minor: int  # BT-109
    tax_minor: int  # BT-110
    gross_minor: int  # BT-112
    prepaid_minor: int  # BT-113
    rounding_minor: int  # BT-114
    payable_minor: int  # BT-115


@dataclass(frozen=True, slots=True)
class PrepaidDeposit:
    """A deposit invoice that the final one takes off; paper lists it with its tax."""

    number: str
    issued_on: date
    net_minor: int
    tax_minor: int
    gross_minor: int


@dataclass(frozen=True, slots=True)
class TemplateLook:
    """How paper looks. It is no part of what was issued, so a new logo changes no hash."""

    logo: bytes = b""  # PNG, JPEG or SVG
    accent: str = "#1f5c4a"
    paper: Literal["a4", "letter"] = "a4"
    header: str = ""  # a line under the seller's name
    intro: str = ""  # before the lines
    closing: str = ""  # after the totals
    footer: str = ""  # small print at the foot of each page
    columns: tuple[str, ...] = ("position", "quantity", "unit_price", "tax", "total")  # item name always
    window: Literal["left", "right"] = "left"  # side of the address in the envelope


@dataclass(frozen=True, slots=True)
class RecurringOffer:
    """Quotes: what recurs beside the lines, in the words of its customer; the document computes nothing of it."""

    title: str
    rhythm: str
    items: tuple[tuple[str, str], ...]  # what, and its price
    amounts: tuple[tuple[str, str, str, bool], ...]  # which invoices, what they come to, the tax in it, and if usually
    terms: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class IssuedDocument:
    """One computed document, complete: nothing has to be looked up to print it or to write its XML."""

    number: str  # BT-1; empty on a draft
    type_code: TypeCode  # BT-3
    issued_on: date  # BT-2
    currency: str  # BT-5
    minor_digits: int
    language: str  # of the paper: en, de, fr or a longer locale such as de-CH
    seller: Party
    buyer: Party
    lines: tuple[DocumentLine, ...]
    tax_totals: tuple[TaxTotal, ...]
    totals: Totals
    due_on: date | None = None  # BT-9
    valid_until: date | None = None  # quotes: the last day on which it can be accepted
    tax_point_on: date | None = None  # BT-7
    deliver_to: Delivery | None = None
    delivery_on: date | None = None  # BT-72
    period: DayRange | None = None  # BG-14
    buyer_reference: str = ""  # BT-10, e.g. Leitweg-ID
    order_reference: str = ""  # BT-13
    sales_order_reference: str = ""  # BT-14
    contract_reference: str = ""  # BT-12
    project_reference: str = ""  # BT-11
    preceding: tuple[PrecedingDocument, ...] = ()
    notes: tuple[str, ...] = ()  # BT-22
    payment_terms: str = ""  # BT-20
    early_discounts: tuple[EarlyDiscount, ...] = ()
    payment: PaymentInstructions = PaymentInstructions()
    adjustments: tuple[DocumentAdjustment, ...] = ()
    deposits: tuple[PrepaidDeposit, ...] = ()
    prices_include_tax: bool = False  # paper only; XML is without tax always
    tax_currency: str = ""  # BT-6, where the law wants the tax in another currency
    tax_currency_digits: int = 2
    tax_in_tax_currency_minor: int | None = None  # BT-111
    recurring: tuple[RecurringOffer, ...] = field(default=(), metadata={"presentation": True})
    watermark: Watermark | None = field(default=None, metadata={"presentation": True})
    look: TemplateLook = field(default=TemplateLook(), metadata={"presentation": True})

    @property
    def is_credit_note(self) -> bool:
        """Say whether the document gives money back."""
        return self.type_code == TypeCode.CREDIT_NOTE

    @property
    def is_quote(self) -> bool:
        """Say whether the document only offers."""
        return self.type_code == TypeCode.QUOTE

    @property
    def is_payable(self) -> bool:
        """Say whether the reader has to pay something."""
        return not self.is_credit_note and not self.is_quote and self.totals.payable_minor > 0

    def to_canonical(self) -> bytes:
        """Write the document as canonical JSON: sorted keys, no spaces, defaults left out.

        Presentation (look, watermark, pay-online link) is left out, so that the bytes are those that were issued.
        """
        return canonical_bytes(self)

    def sha256(self) -> str:
        """Return the hash of the canonical bytes, in hexadecimal."""
        return hashlib.sha256(self.to_canonical()).hexdigest()
