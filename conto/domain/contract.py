"""Contracts: when they renew, by when notice must be given, whether they are in force, and what departs from them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum

from conto.domain.contact import fold
from conto.domain.errors import Conflict, Finding, RuleBroken
from conto.domain.money import EXACT, minor_digits, to_minor
from conto.domain.period import add_months

MOST_MONTHS = 600
MOST_NOTICE_DAYS = 730
EARLIEST, LATEST = date(1900, 1, 1), date(2999, 12, 31)
_DAY = timedelta(days=1)
_HUNDRED = Decimal(100)


class Renewal(StrEnum):
    """What happens when a term is over."""

    NONE = "none"
    AUTO = "auto"
    ASK = "ask"


class ContractState(StrEnum):
    """Where a contract stands; that its last day is past is asked of the day, never stored."""

    DRAFT = "draft"
    ACTIVE = "active"
    CANCELLED = "cancelled"
    ENDED = "ended"
    DROPPED = "dropped"


@dataclass(frozen=True, slots=True)
class Terms:
    """How long a contract holds. Months are counted from its first day, never from the renewal before."""

    starts_on: date
    ends_on: date | None = None  # its last day, whatever the renewal says
    renewal: Renewal = Renewal.NONE
    first_months: int = 0
    renewal_months: int = 0
    notice_days: int = 0
    renewals: int = 0  # of one that asks: how often it was renewed


def check_terms(terms: Terms) -> None:
    """Refuse terms that cannot be.

    Raises: RuleBroken.
    Source: G-1.
    """
    if not EARLIEST <= terms.starts_on <= LATEST:
        raise RuleBroken("contract.bad_start", "A contract begins between 1900 and 2999.")
    if terms.ends_on and not terms.starts_on <= terms.ends_on <= LATEST:
        raise RuleBroken("contract.ends_before_start", "A contract cannot end before it begins.")
    if not 0 <= terms.notice_days <= MOST_NOTICE_DAYS:
        raise RuleBroken("contract.bad_notice", "Notice is given 0 to %(most)s days ahead.", most=MOST_NOTICE_DAYS)
    months = (terms.first_months, terms.renewal_months)
    if terms.renewal is not Renewal.NONE and not all(1 <= each <= MOST_MONTHS for each in months):
        raise RuleBroken(
            "contract.bad_months", "A contract that renews has terms of 1 to %(most)s months.", most=MOST_MONTHS
        )


def term_start(terms: Terms, n: int) -> date:
    """Give the day on which term `n` begins; 0 is the first. Each is derived from the first day.

    Source: G-1, P-1.
    """
    if n < 1:
        return terms.starts_on
    return add_months(terms.starts_on, terms.first_months + (n - 1) * terms.renewal_months)


def last_day(terms: Terms) -> date | None:
    """Give the last day that is agreed so far; nothing for a contract that goes on.

    Source: G-2.
    """
    if terms.renewal is not Renewal.ASK:
        return terms.ends_on
    agreed = term_start(terms, terms.renewals + 1) - _DAY
    return min(agreed, terms.ends_on) if terms.ends_on else agreed


def next_renewal(terms: Terms, on: date) -> date | None:
    """Give the first day after `on` on which a new term begins, or would begin; nothing when none does.

    Source: G-1.
    """
    if terms.renewal is Renewal.NONE:
        return None
    begins = term_start(terms, terms.renewals + 1) if terms.renewal is Renewal.ASK else _first_term_after(terms, on)
    if begins <= on or (terms.ends_on and terms.ends_on < begins):
        return None
    return begins


def _first_term_after(terms: Terms, on: date) -> date:
    passed = (on.year - terms.starts_on.year) * 12 + on.month - terms.starts_on.month
    n = max(1, (passed - terms.first_months) // terms.renewal_months + 1)
    while (begins := term_start(terms, n)) <= on:
        n += 1
    return begins


def decide_by(terms: Terms, on: date) -> date | None:
    """Give the last day, from `on` on, by which somebody has to decide about the next term.

    Of a contract that renews by itself it is the last day for notice: that many whole days lie between it and the new
    term. Whose day is past counts for the term after. One that asks can still be renewed up to its last day.

    Source: G-3.
    """
    if terms.renewal is Renewal.NONE:
        return None
    ahead = timedelta(days=terms.notice_days + 1)
    if terms.renewal is Renewal.AUTO:
        begins = next_renewal(terms, on + ahead - _DAY)
        return begins - ahead if begins else None
    asked = next_renewal(terms, on)
    if asked is None:
        return None
    return asked - ahead if asked - ahead >= on else asked - _DAY


def earliest_end(terms: Terms, on: date) -> date | None:
    """Give the last day of a contract to which notice is given on a day; nothing for one that is over.

    Source: G-3.
    """
    agreed = last_day(terms)
    if agreed is not None and agreed < on:
        return None
    match terms.renewal:
        case Renewal.AUTO:
            decided = decide_by(terms, on)
            ends = None if decided is None else decided + timedelta(days=terms.notice_days)
        case Renewal.NONE if agreed is None:
            ends = max(on, terms.starts_on) + timedelta(days=terms.notice_days)
        case _:
            ends = agreed
    return min(day for day in (ends, agreed) if day is not None)


def is_in_force(state: ContractState | str, terms: Terms, on: date) -> bool:
    """Tell whether a contract holds on a day.

    Source: G-2.
    """
    if state in {ContractState.DRAFT, ContractState.DROPPED} or on < terms.starts_on:
        return False
    ends = last_day(terms)
    return ends is None or on <= ends


def state_on(state: ContractState | str, terms: Terms, on: date) -> ContractState:
    """Tell where a contract stands on a day: over when its last day is past, cancelled while it runs out.

    Source: G-2.
    """
    known = ContractState(state)
    if known in {ContractState.DRAFT, ContractState.DROPPED}:
        return known
    ends = last_day(terms)
    if ends is not None and on > ends:
        return ContractState.ENDED
    return ContractState.CANCELLED if known is ContractState.ENDED else known


# --- what may be done -------------------------------------------------------------------------------------------------


def allowed_to_change(state: ContractState, old: Terms, new: Terms) -> None:
    """Refuse to change what is over, and the first day of what is agreed: renewals are counted from it.

    Raises: Conflict `contract.over`, `contract.start_is_fixed`.
    Source: G-4.
    """
    _demand(state, ContractState.DRAFT, ContractState.ACTIVE, ContractState.CANCELLED)
    if state is not ContractState.DRAFT and old.starts_on != new.starts_on:
        raise Conflict(
            "contract.start_is_fixed",
            "The first day of an agreed contract stays: renewals are counted from it. Add a new contract instead.",
        )


def allowed_to_agree(state: ContractState) -> None:
    """Refuse to put into force what is no draft.

    Raises: Conflict `contract.not_draft`.
    Source: G-4.
    """
    if state is not ContractState.DRAFT:
        raise Conflict("contract.not_draft", "This contract is no draft any more.")


def renewed(state: ContractState, terms: Terms) -> int:
    """Give how often a contract that asks is renewed when it is renewed once more.

    Raises: Conflict `contract.not_running`, `contract.asks_nobody`.
    Source: G-1.
    """
    _demand(state, ContractState.ACTIVE)
    if terms.renewal is not Renewal.ASK or terms.ends_on:
        raise Conflict("contract.asks_nobody", "This contract does not ask to be renewed.")
    return terms.renewals + 1


def cancelled_on(state: ContractState, terms: Terms, on: date, wanted: date | None) -> date:
    """Give the last day of a contract to which notice is given on a day: the earliest, or a later one that is wanted.

    Raises: Conflict `contract.not_running`; RuleBroken `contract.notice_too_short`.
    Source: G-3.
    """
    _demand(state, ContractState.ACTIVE)
    earliest = earliest_end(terms, on)
    if earliest is None:
        raise Conflict("contract.not_running", "This contract is not running.")
    if wanted is None:
        return earliest
    if wanted < earliest:
        raise RuleBroken(
            "contract.notice_too_short",
            "With notice today this contract ends on %(earliest)s at the earliest. Sooner needs both sides: end it.",
            earliest=earliest,
        )
    return wanted


def allowed_to_end(state: ContractState, terms: Terms, ends_on: date) -> None:
    """Refuse to end what is not running, or before it began.

    Raises: Conflict `contract.not_running`; RuleBroken `contract.ends_before_start`.
    Source: G-4.
    """
    _demand(state, ContractState.ACTIVE, ContractState.CANCELLED)
    if ends_on < terms.starts_on:
        raise RuleBroken("contract.ends_before_start", "A contract cannot end before it begins.")


def allowed_to_resume(state: ContractState) -> None:
    """Refuse to take a notice back where none runs.

    Raises: Conflict `contract.no_notice`.
    Source: G-4.
    """
    if state is not ContractState.CANCELLED:
        raise Conflict("contract.no_notice", "No notice runs for this contract.")


def _demand(state: ContractState, *allowed: ContractState) -> None:
    if state in allowed:
        return
    if state in {ContractState.ENDED, ContractState.DROPPED}:
        raise Conflict("contract.over", "This contract is over. Add a new one instead.")
    raise Conflict("contract.not_running", "This contract is not running.")


# --- versions and departures ------------------------------------------------------------------------------------------


def version_on(versions: Iterable[tuple[int, date]], on: date) -> int | None:
    """Give which version holds on a day: the newest of those that apply from that day or earlier.

    Source: G-4.
    """
    return max((number for number, applies_from in versions if applies_from <= on), default=None)


@dataclass(frozen=True, slots=True)
class AgreedPrice:
    """What a contract agrees for something that is sold. Prices are in major units and in the contract's price mode."""

    contract: str  # its number
    item: str  # the catalog's id; empty: known by its name
    name: str
    unit_code: str
    unit_price: Decimal
    allowance_percent: Decimal = Decimal(0)
    is_gross: bool = False
    is_of_deal: bool = False  # the contract belongs to the deal that is billed


@dataclass(frozen=True, slots=True)
class BilledLine:
    """A line of a document as it is compared with contracts."""

    position: int
    item: str
    name: str
    unit_code: str
    unit_price: Decimal  # for one unit
    allowance_percent: Decimal = Decimal(0)
    allowance: Decimal = Decimal(0)  # a fixed one, for one unit
    whole_percent: Decimal = Decimal(0)  # of the discounts on the whole document
    tax_rate: Decimal = Decimal(0)
    is_gross: bool = False


@dataclass(frozen=True, slots=True)
class Priced:
    """An amount for one unit, as a finding says it; a page writes it in the reader's language."""

    amount: Decimal
    currency: str

    def __str__(self) -> str:
        exponent = self.amount.normalize(EXACT).as_tuple().exponent
        places = max(minor_digits(self.currency), -exponent if isinstance(exponent, int) else 0)
        return f"{self.amount:.{places}f} {self.currency}"


class Unit(str):
    """The code of a unit; a page writes it in words."""

    __slots__ = ()


def agreed_for(line: BilledLine, agreed: Sequence[AgreedPrice]) -> list[AgreedPrice]:
    """List what is agreed for a line: by the catalog's item where both have one, else by the name; its deal's first.

    Source: G-5.
    """
    name = fold(line.name)
    found = [
        each
        for each in agreed
        if (each.item == line.item if each.item and line.item else fold(each.name) == name)
    ]  # fmt: skip
    return sorted(found, key=lambda each: not each.is_of_deal)


def departure(line: BilledLine, agreed: Sequence[AgreedPrice], currency: str) -> Finding | None:
    """Tell how a line departs from what contracts in force agree; nothing when one of them agrees it, or none speaks.

    Rounds: to the minor unit, only where one side has tax in its prices and the other has not.
    Source: G-5.
    """
    known = agreed_for(line, agreed)
    price = _effective(_effective(line.unit_price, line.allowance_percent) - line.allowance, line.whole_percent)
    for each in known:
        if each.unit_code == line.unit_code and _is_same(line, price, each, currency):
            return None
    if not known:
        return None
    first = known[0]
    said: dict[str, object] = {
        "contract": first.contract,
        "agreed": Priced(_effective(first.unit_price, first.allowance_percent), currency),
        "unit": Unit(first.unit_code),
        "line": line.position,
        "price": Priced(price, currency),
    }
    if first.unit_code == line.unit_code:
        return Finding(
            "check.off_contract",
            "Contract %(contract)s agrees %(agreed)s per %(unit)s; line %(line)s says %(price)s.",
            said,
            "warn",
        )
    return Finding(
        "check.off_contract",
        "Contract %(contract)s agrees %(agreed)s per %(unit)s; line %(line)s says %(price)s per %(other)s.",
        said | {"other": Unit(line.unit_code)},
        "warn",
    )


def _effective(price: Decimal, allowance_percent: Decimal) -> Decimal:
    return EXACT.multiply(price, _HUNDRED - allowance_percent).scaleb(-2, EXACT)


def _is_same(line: BilledLine, price: Decimal, agreed: AgreedPrice, currency: str) -> bool:
    wanted = _effective(agreed.unit_price, agreed.allowance_percent)
    if agreed.is_gross == line.is_gross:
        return price == wanted
    factor = (_HUNDRED + line.tax_rate) / _HUNDRED
    in_mode = wanted * factor if line.is_gross else wanted / factor
    return to_minor(price, currency) == to_minor(in_mode, currency)
