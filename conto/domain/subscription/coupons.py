"""What coupons take off the charges of a subscription."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from conto.domain.money import percent_of, share
from conto.domain.subscription.changes import Span, Timeline
from conto.domain.subscription.model import Coupon, Definition
from conto.domain.subscription.wanted import Charge, Wanted

if TYPE_CHECKING:
    from conto.domain.subscription.bill import Account


def discounted(
    definition: Definition,
    line: Timeline,
    changed: Sequence[Wanted],
    same: Sequence[Wanted],
    gone: Sequence[Charge],
    accounts: Mapping[Charge, Account],
) -> dict[Charge, tuple[int, dict[str, int]]]:
    """Give the discount of each charge whose discount is another, and how much of it comes from coupons with an amount.

    Percentages are taken from each charge, so that they follow it in parts. An amount is spread over what changed, as
    far as other charges of the period have not used it; what finds no room there goes to those that stayed the same.

    Source: D-1, D-4.
    """
    if not definition.coupons:
        return {}
    left = {each.charge: each.gross_minor for each in changed if each.kind != "commitment"}
    spans = {each.charge: each.span for each in changed}
    fixed: dict[Charge, dict[str, int]] = {charge: {} for charge in left}
    moving = {*left, *gone}
    staying = _Staying(same, accounts)
    for coupon in sorted(definition.coupons, key=lambda each: (each.items is None, not each.percent, each.key)):
        covered = [charge for charge in left if _covers(coupon, charge, spans[charge], line)]
        if coupon.percent:
            for charge in covered:
                left[charge] -= percent_of(left[charge], coupon.percent)
            continue
        for first_day in sorted({charge.first_day for charge in moving}):
            here = [each for each in covered if each.first_day == first_day]
            free = _spread(coupon, here, first_day, left, fixed, moving, accounts)
            staying.take(
                coupon,
                free,
                [
                    charge
                    for charge, span in staying.spans.items()
                    if charge.first_day == first_day and _covers(coupon, charge, span, line)
                ],
            )
    moved = {
        each.charge: (each.gross_minor - left[each.charge], fixed[each.charge])
        for each in changed
        if each.charge in left
    }
    return moved | staying.taken()


class _Staying:
    """The charges of a bill that stay the same, and what of coupons they take that nothing else has room for."""

    def __init__(self, same: Sequence[Wanted], accounts: Mapping[Charge, Account]) -> None:
        self.accounts = accounts
        self.spans = {each.charge: each.span for each in same if each.kind != "commitment"}
        self.more: dict[Charge, dict[str, int]] = {}

    def take(self, coupon: Coupon, free_minor: int, covered: Sequence[Charge]) -> None:
        """Spread what a coupon has left over the room of charges."""
        room = [self.accounts[each].net_minor - sum(self.more.get(each, {}).values()) for each in covered]
        amount = min(free_minor, sum(room))
        if amount <= 0:
            return
        for charge, part in zip(covered, share(amount, room, covered), strict=True):
            if part:
                self.more.setdefault(charge, {})[coupon.key] = part

    def taken(self) -> dict[Charge, tuple[int, dict[str, int]]]:
        """Give the discounts of those that took something."""
        return {
            charge: (
                self.accounts[charge].discount_minor + sum(more.values()),
                {
                    key: self.accounts[charge].fixed_minor.get(key, 0) + more.get(key, 0)
                    for key in self.accounts[charge].fixed_minor | more
                },
            )
            for charge, more in self.more.items()
        }


def _spread(
    coupon: Coupon,
    covered: Sequence[Charge],
    first_day: int,
    left: dict[Charge, int],
    fixed: dict[Charge, dict[str, int]],
    moving: set[Charge],
    accounts: Mapping[Charge, Account],
) -> int:
    """Spread what a period has left of an amount over what changed, and give what found no room."""
    used = sum(
        account.fixed_minor.get(coupon.key, 0)
        for charge, account in accounts.items()
        if charge.first_day == first_day and charge not in moving
    )
    base = [left[charge] for charge in covered]
    free = coupon.amount_minor - used
    amount = min(free, sum(base))
    if amount <= 0:
        return free
    for charge, part in zip(covered, share(amount, base, covered), strict=True):
        left[charge] -= part
        fixed[charge][coupon.key] = part
    return free - amount


def _covers(coupon: Coupon, charge: Charge, span: Span, line: Timeline) -> bool:
    if coupon.items is not None and charge.item not in coupon.items:
        return False
    begins = line.paid_from
    if coupon.starts_on is not None:
        begins = max(begins, line.position_of_day(coupon.starts_on))
    if span.until <= begins:
        return False
    if coupon.periods is None:
        return True
    first = next(each.ordinal for each in line.spans(begins, begins) if each.since <= begins < each.until)
    return span.ordinal - first < coupon.periods
