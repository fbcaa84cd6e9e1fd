"""Coupons: added once, given out no longer. What one means never changes."""

from datetime import datetime

from django.db import IntegrityError, transaction

from conto.apps.audit import actions as audit
from conto.apps.plans.entries import NewCoupon
from conto.apps.plans.models import Coupon
from conto.domain import facts
from conto.domain.errors import Conflict, RuleBroken
from conto.domain.facts import Actor
from conto.domain.ids import new_id
from conto.domain.money import minor_digits
from conto.domain.plan import CODE, KEY
from conto.domain.subscription import Coupon as Discount

_MOST_MINOR = 10**14
_MOST_PERIODS = 1000
_PLACES = 4


@transaction.atomic
def add_coupon(*, new: NewCoupon, actor: Actor, at: datetime) -> Coupon:
    """Add a coupon.

    Raises: RuleBroken for what is no discount; Conflict `coupon.code_taken`.
    Source: PL-5.
    """
    code = new.code.strip().upper()
    if not CODE.fullmatch(code):
        raise RuleBroken("plan.bad_code", "A code has letters, digits, dots, - and _, at most 40.")
    exponent = new.percent.normalize().as_tuple().exponent if new.percent.is_finite() else None
    if not isinstance(exponent, int) or -exponent > _PLACES or new.amount_minor > _MOST_MINOR:
        raise RuleBroken("discount.out_of_range", "A discount is 0 to 100 %% or an amount above 0.")
    Discount(code, new.percent, new.amount_minor)  # refuses what is neither a percentage nor an amount
    if new.amount_minor:
        minor_digits(new.currency)
    if new.periods is not None and not 1 <= new.periods <= _MOST_PERIODS:
        raise RuleBroken("coupon.bad_periods", "A coupon holds for 1 to 1000 periods, or for ever.")
    keys = None if new.item_keys is None else sorted({*new.item_keys})
    if keys is not None and (not keys or not all(KEY.fullmatch(key) for key in keys)):
        raise RuleBroken("coupon.bad_items", "A coupon names keys of items, or holds for all of them.")
    row = Coupon(
        id=new_id(), code=code, name=new.name.strip()[:200], percent=new.percent, amount_minor=new.amount_minor,
        currency=new.currency if new.amount_minor else "", item_keys=keys, periods=new.periods,
        given_until=new.given_until, made_at=at,
    )  # fmt: skip
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError as error:
        raise Conflict("coupon.code_taken", "There is a coupon with the code %(code)s.", code=code) from error
    audit.record(facts.CouponAdded(subject_id=row.id, code=code), actor=actor, at=at)
    return row


@transaction.atomic
def archive_coupon(*, coupon: Coupon, actor: Actor, at: datetime) -> None:
    """Give a coupon out no longer; whoever has it keeps it.

    Raises: Conflict `coupon.archived`.
    Source: PL-5.
    """
    row = Coupon.objects.select_for_update().get(id=coupon.id)
    if row.archived_at:
        raise Conflict("coupon.archived", "This coupon is given out no longer already.")
    row.archived_at = coupon.archived_at = at
    row.save(update_fields=["archived_at"])
    audit.record(facts.CouponArchived(subject_id=row.id, code=row.code), actor=actor, at=at)
