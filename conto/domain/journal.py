"""Journal recipes: what each business event posts, as transfers from one account to another.

A transfer has a debit account, a credit account and an amount above zero, so an entry that does not balance cannot
be written down. What a customer owes lies in `receivable` (per document), what we owe a customer in `customer_credit`
(per payment or credit note); the customer's balance is the difference.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from conto.domain.errors import RuleBroken


class AccountRole(StrEnum):
    """What an account is for; the chart of accounts says which account plays the role."""

    RECEIVABLE = "receivable"
    CUSTOMER_CREDIT = "customer_credit"
    BANK = "bank"
    CASH = "cash"
    GATEWAY_CLEARING = "gateway_clearing"
    REVENUE = "revenue"
    LATE_CHARGES = "late_charges"
    TAX_PAYABLE = "tax_payable"
    DEPOSITS = "deposits"
    DISCOUNTS = "discounts"
    BAD_DEBT = "bad_debt"
    ROUNDING = "rounding"
    FEES = "fees"
    EXCHANGE_GAIN = "exchange_gain"
    EXCHANGE_LOSS = "exchange_loss"
    OPENING = "opening"
    INVENTORY = "inventory"
    COST_OF_GOODS = "cost_of_goods"
    STOCK_DIFFERENCES = "stock_differences"
    GOODS_RECEIVED = "goods_received"


class EntryKind(StrEnum):
    """What happened when a journal entry was posted."""

    INVOICE_ISSUED = "invoice_issued"
    DEPOSIT_ISSUED = "deposit_issued"
    FINAL_ISSUED = "final_issued"
    CREDIT_NOTE_ISSUED = "credit_note_issued"
    PAYMENT_RECEIVED = "payment_received"
    PAYMENT_ALLOCATED = "payment_allocated"
    ALLOCATION_REVERSED = "allocation_reversed"
    PAYMENT_REFUNDED = "payment_refunded"
    EARLY_DISCOUNT_TAKEN = "early_discount_taken"
    WRITTEN_OFF = "written_off"
    PAYMENT_REVERSED = "payment_reversed"
    REVERSED = "reversed"
    OPENING = "opening"
    GOODS_ISSUED = "goods_issued"
    GOODS_RETURNED = "goods_returned"
    GOODS_RECEIVED = "goods_received"
    STOCK_COUNTED = "stock_counted"
    COST_CORRECTED = "cost_corrected"
    PREPAID_RELEASED = "prepaid_released"


MONEY_ACCOUNTS = frozenset({AccountRole.BANK, AccountRole.CASH, AccountRole.GATEWAY_CLEARING})


@dataclass(frozen=True, slots=True)
class Transfer:
    """An amount that moves from one account (credit) to another (debit)."""

    debit: AccountRole
    credit: AccountRole
    amount_minor: int
    receivable_id: UUID | None = None
    credit_id: UUID | None = None
    tax_category: str | None = None
    tax_rate: Decimal | None = None

    def __post_init__(self) -> None:
        if self.amount_minor <= 0:
            raise RuleBroken(
                "journal.amount_not_positive", "A transfer moves more than 0, not %(amount)s.", amount=self.amount_minor
            )


class TaxedAmount(Protocol):
    """A tax group of a document, or a part of one."""

    @property
    def category(self) -> str:
        """The category code (UNCL5305)."""

    @property
    def rate(self) -> Decimal:
        """The rate in percent."""

    @property
    def taxable_minor(self) -> int:
        """The amount without tax."""

    @property
    def tax_minor(self) -> int:
        """The tax."""


_Leg = tuple[AccountRole, str | None, Decimal | None]


def invoice_issued(
    receivable_id: UUID,
    groups: Iterable[TaxedAmount],
    rounding_minor: int = 0,
    income: AccountRole = AccountRole.REVENUE,
) -> tuple[Transfer, ...]:
    """Post an invoice: receivable to revenue (or late charges) and tax per tax group, rounding apart.

    The receivable is debited with the payable total, and never credited; a document of zero posts nothing.

    Raises: RuleBroken `journal.below_zero` for a document below zero.
    Source: J-1, J-16.
    """
    return _opened(_legs(income, groups, rounding_minor), receivable_id=receivable_id)


def deposit_issued(receivable_id: UUID, groups: Iterable[TaxedAmount], rounding_minor: int = 0) -> tuple[Transfer, ...]:
    """Post a deposit invoice: its net is no revenue yet but a deposit held.

    Source: J-2.
    """
    return _opened(_legs(AccountRole.DEPOSITS, groups, rounding_minor), receivable_id=receivable_id)


def final_issued(
    receivable_id: UUID,
    groups: Iterable[TaxedAmount],
    deducted: Iterable[TaxedAmount],
    rounding_minor: int = 0,
) -> tuple[Transfer, ...]:
    """Post a final invoice: the whole supply, less the deposits that were paid, with their tax.

    Source: J-3.
    """
    legs = _legs(AccountRole.REVENUE, groups, rounding_minor)
    for part in deducted:
        _add(legs, AccountRole.DEPOSITS, part, -part.taxable_minor)
        _add(legs, AccountRole.TAX_PAYABLE, part, -part.tax_minor)
    return _opened(legs, receivable_id=receivable_id)


def prepaid_released(net_minor: int, category: str, rate: Decimal) -> tuple[Transfer, ...]:
    """Post prepaid credit that was used or has lapsed: a deposit becomes revenue; below zero it becomes one again.

    Source: J-17.
    """
    transfer = Transfer(AccountRole.DEPOSITS, AccountRole.REVENUE, abs(net_minor), None, None, category, rate)
    return (transfer,) if net_minor > 0 else reversed_entry((transfer,))


def credit_note_issued(
    credit_id: UUID,
    groups: Iterable[TaxedAmount],
    rounding_minor: int = 0,
    income: AccountRole = AccountRole.REVENUE,
) -> tuple[Transfer, ...]:
    """Post a credit note: revenue (or a deposit, or late charges) and tax go back, the customer has credit.

    Source: J-4, J-16.
    """
    return reversed_entry(_opened(_legs(income, groups, rounding_minor), credit_id=credit_id))


def _legs(income: AccountRole, groups: Iterable[TaxedAmount], rounding_minor: int) -> dict[_Leg, int]:
    """List what a document credits, per account and tax group; debits are below zero."""
    legs: dict[_Leg, int] = {}
    for group in groups:
        _add(legs, income, group, group.taxable_minor)
        _add(legs, AccountRole.TAX_PAYABLE, group, group.tax_minor)
    if rounding_minor:
        legs[AccountRole.ROUNDING, None, None] = rounding_minor
    return legs


def _add(legs: dict[_Leg, int], role: AccountRole, group: TaxedAmount, amount_minor: int) -> None:
    if amount_minor:
        leg = (role, str(group.category), group.rate)
        legs[leg] = legs.get(leg, 0) + amount_minor


def _opened(
    legs: dict[_Leg, int], receivable_id: UUID | None = None, credit_id: UUID | None = None
) -> tuple[Transfer, ...]:
    """Pair the legs of a document with the item that it opens, and what is left with each other.

    The item is moved by the payable total alone, in one direction. Within a tax group a deposit meets its revenue;
    what is left between two groups passes through the rounding account, in and out again.
    """
    item = AccountRole.RECEIVABLE if receivable_id else AccountRole.CUSTOMER_CREDIT
    total = sum(legs.values())
    if total < 0:
        raise RuleBroken("journal.below_zero", "A document below zero cannot be posted.")
    transfers: list[Transfer] = []
    if any(amount < 0 for amount in legs.values()):
        _pair_within_groups(legs, transfers)
    for leg, amount in legs.items():
        taken = min(max(amount, 0), total)
        if taken:
            transfers.append(Transfer(item, leg[0], taken, receivable_id, credit_id, leg[1], leg[2]))
            total -= taken
            legs[leg] = amount - taken
    for (role, category, rate), amount in legs.items():
        if amount and role is not AccountRole.ROUNDING:
            debit, credit = (role, AccountRole.ROUNDING) if amount < 0 else (AccountRole.ROUNDING, role)
            transfers.append(Transfer(debit, credit, abs(amount), None, None, category, rate))
    return tuple(transfers)


def _pair_within_groups(legs: dict[_Leg, int], transfers: list[Transfer]) -> None:
    for debit in [leg for leg, amount in legs.items() if amount < 0]:
        for credit in list(legs):
            amount = min(-legs[debit], legs[credit])
            if amount > 0 and debit[1:] == credit[1:]:
                transfers.append(Transfer(debit[0], credit[0], amount, None, None, debit[1], debit[2]))
                legs[debit] += amount
                legs[credit] -= amount


def payment_received(
    credit_id: UUID, amount_minor: int, into: AccountRole = AccountRole.BANK, fee_minor: int = 0
) -> tuple[Transfer, ...]:
    """Post money that came in: it is the customer's credit until it is allocated.

    A fee that the provider kept is our cost, not less credit for the customer.

    Source: J-5.
    """
    _money_account(into)
    if not 0 <= fee_minor <= amount_minor:
        raise RuleBroken("journal.fee_too_high", "A fee cannot be more than the payment.")
    sides = ((into, amount_minor - fee_minor), (AccountRole.FEES, fee_minor))
    return tuple(Transfer(role, AccountRole.CUSTOMER_CREDIT, minor, None, credit_id) for role, minor in sides if minor)


def payment_allocated(credit_id: UUID, receivable_id: UUID, amount_minor: int) -> tuple[Transfer, ...]:
    """Settle a part of an invoice with a part of a payment or credit note.

    Source: J-6.
    """
    return (Transfer(AccountRole.CUSTOMER_CREDIT, AccountRole.RECEIVABLE, amount_minor, receivable_id, credit_id),)


def allocation_reversed(credit_id: UUID, receivable_id: UUID, amount_minor: int) -> tuple[Transfer, ...]:
    """Undo an allocation: the invoice is open again, the customer has the credit again.

    Source: J-7.
    """
    return reversed_entry(payment_allocated(credit_id, receivable_id, amount_minor))


def payment_refunded(
    credit_id: UUID, amount_minor: int, out_of: AccountRole = AccountRole.BANK
) -> tuple[Transfer, ...]:
    """Post money that went back out of the customer's credit.

    Source: J-8.
    """
    _money_account(out_of)
    return (Transfer(AccountRole.CUSTOMER_CREDIT, out_of, amount_minor, None, credit_id),)


def early_discount_taken(receivable_id: UUID, parts: Iterable[TaxedAmount]) -> tuple[Transfer, ...]:
    """Post a discount for paying early: its net is our cost, its tax is owed no more.

    Source: J-9.
    """
    return reversed_entry(_opened(_legs(AccountRole.DISCOUNTS, parts, 0), receivable_id=receivable_id))


def written_off(receivable_id: UUID, amount_minor: int, tax_parts: Iterable[TaxedAmount] = ()) -> tuple[Transfer, ...]:
    """Give up an open amount; with `tax_parts` the tax in it is corrected too, and the loss says of what.

    Raises: RuleBroken `journal.amount_not_positive` unless as much as the corrected parts is given up.
    Source: J-10.
    """
    legs: dict[_Leg, int] = {}
    for part in tax_parts:
        _add(legs, AccountRole.BAD_DEBT, part, part.taxable_minor)
        _add(legs, AccountRole.TAX_PAYABLE, part, part.tax_minor)
    rest_minor = amount_minor - sum(legs.values())
    if amount_minor <= 0 or rest_minor < 0:
        raise RuleBroken("journal.amount_not_positive", "Only an open amount above 0 can be written off.")
    if rest_minor:
        legs[AccountRole.BAD_DEBT, None, None] = rest_minor
    return reversed_entry(_opened(legs, receivable_id=receivable_id))


def reversed_entry(transfers: Iterable[Transfer]) -> tuple[Transfer, ...]:
    """Give the exact opposite of posted transfers.

    Source: J-11.
    """
    return tuple(
        Transfer(t.credit, t.debit, t.amount_minor, t.receivable_id, t.credit_id, t.tax_category, t.tax_rate)
        for t in transfers
    )


def receivable_effect(transfers: Iterable[Transfer], receivable_id: UUID | None = None) -> int:
    """Tell by how much transfers raise what is owed to us (for one document, or at all)."""
    total = 0
    for t in transfers:
        if receivable_id is None or t.receivable_id == receivable_id:
            if t.debit is AccountRole.RECEIVABLE:
                total += t.amount_minor
            if t.credit is AccountRole.RECEIVABLE:
                total -= t.amount_minor
    return total


def credit_effect(transfers: Iterable[Transfer], credit_id: UUID | None = None) -> int:
    """Tell by how much transfers raise what we owe the customer (for one credit, or at all)."""
    total = 0
    for t in transfers:
        if credit_id is None or t.credit_id == credit_id:
            if t.credit is AccountRole.CUSTOMER_CREDIT:
                total += t.amount_minor
            if t.debit is AccountRole.CUSTOMER_CREDIT:
                total -= t.amount_minor
    return total


def _money_account(role: AccountRole) -> None:
    if role not in MONEY_ACCOUNTS:
        raise RuleBroken("journal.not_a_money_account", "%(role)s holds no money.", role=role.value)
