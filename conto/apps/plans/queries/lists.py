"""Lists of plans and coupons, and one with its versions."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from django.db.models import F, Q, QuerySet

from conto.apps.accounts.models import Member
from conto.apps.plans.models import Coupon, Plan, PlanItem, PlanVersion
from conto.domain.permissions import Permission

StateFilter = Literal["offered", "archived", "all"]
PAGE_SIZE = 50


@dataclass(frozen=True, slots=True)
class PlanRow:
    """A plan in a list, with what it agrees now."""

    plan: Plan
    version: PlanVersion
    items: tuple[PlanItem, ...]


@dataclass(frozen=True, slots=True)
class PlanPage:
    """A page of the list; `next_cursor` is empty on the last one."""

    rows: tuple[PlanRow, ...]
    next_cursor: str


@dataclass(frozen=True, slots=True)
class CouponPage:
    """A page of the list; `next_cursor` is empty on the last one."""

    rows: tuple[Coupon, ...]
    next_cursor: str


def plans(member: Member | None) -> QuerySet[Plan]:
    """Return the plans that a member may see, by code."""
    if member is None or not member.may(Permission.PLAN_VIEW):
        return Plan.objects.none()
    return Plan.objects.order_by("code")


def plan_for(member: Member | None, plan_id: UUID) -> Plan | None:
    """Return one plan, or nothing when there is none that the member may see."""
    return plans(member).filter(id=plan_id).first()


def plan_page(
    member: Member | None, *, state: StateFilter = "offered", search: str = "", after: str = "", limit: int = PAGE_SIZE
) -> PlanPage:
    """Return a page of plans with what they agree now, with three queries however many they are."""
    chosen = plans(member).filter(code__gt=after) if after else plans(member)
    if state != "all":
        chosen = chosen.filter(archived_at__isnull=state == "offered")
    if search:
        chosen = chosen.filter(Q(name__icontains=search) | Q(code__icontains=search))
    found = list(chosen[: limit + 1])
    shown = found[:limit]
    current = {
        row.plan_id: row
        for row in PlanVersion.objects.filter(plan__in=[plan.id for plan in shown], version=F("plan__version"))
    }
    items: dict[UUID, list[PlanItem]] = {}
    for item in PlanItem.objects.filter(plan_version__in=[row.id for row in current.values()]).order_by("position"):
        items.setdefault(item.plan_version_id, []).append(item)
    rows = tuple(PlanRow(plan, current[plan.id], tuple(items.get(current[plan.id].id, ()))) for plan in shown)
    return PlanPage(rows, shown[-1].code if len(found) > limit else "")


def version_for(plan: Plan, version: int | None = None) -> PlanVersion | None:
    """Return a version of a plan, the current one unless another is asked for, or nothing."""
    wanted = plan.version if version is None else version
    return PlanVersion.objects.filter(plan=plan, version=wanted).select_related("plan").first()


def versions_of(plan: Plan) -> list[PlanVersion]:
    """Return all versions of a plan, the latest first."""
    return list(PlanVersion.objects.filter(plan=plan).select_related("made_by").order_by("-version"))


def versions_on_offer(currency: str) -> list[PlanVersion]:
    """Return what new subscriptions in a currency can take: the current version of each plan, by code."""
    rows = PlanVersion.objects.filter(plan__currency=currency, plan__archived_at=None, version=F("plan__version"))
    return list(rows.select_related("plan").order_by("plan__code"))


def items_of(version: PlanVersion) -> list[PlanItem]:
    """Return the items of a version in their order."""
    return list(PlanItem.objects.filter(plan_version_id=version.id).order_by("position"))


def items_of_versions(versions: Sequence[PlanVersion]) -> dict[UUID, list[PlanItem]]:
    """Return the items of versions in their order, by version, with one query."""
    found: dict[UUID, list[PlanItem]] = {version.id: [] for version in versions}
    for item in PlanItem.objects.filter(plan_version__in=list(found)).order_by("position"):
        found[item.plan_version_id].append(item)
    return found


def coupons(member: Member | None) -> QuerySet[Coupon]:
    """Return the coupons that a member may see, by code."""
    if member is None or not member.may(Permission.PLAN_VIEW):
        return Coupon.objects.none()
    return Coupon.objects.order_by("code")


def coupon_for(member: Member | None, coupon_id: UUID) -> Coupon | None:
    """Return one coupon, or nothing when there is none that the member may see."""
    return coupons(member).filter(id=coupon_id).first()


def coupon_by_code(member: Member | None, code: str) -> Coupon | None:
    """Return the coupon of a code, or nothing."""
    return coupons(member).filter(code=code.strip().upper()).first()


def coupon_page(member: Member | None, *, search: str = "", after: str = "", limit: int = PAGE_SIZE) -> CouponPage:
    """Return a page of coupons."""
    chosen = coupons(member).filter(code__gt=after) if after else coupons(member)
    if search:
        chosen = chosen.filter(Q(name__icontains=search) | Q(code__icontains=search))
    found = list(chosen[: limit + 1])
    return CouponPage(tuple(found[:limit]), found[limit - 1].code if len(found) > limit else "")
