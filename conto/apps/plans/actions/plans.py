"""Plans: added, changed by a new version, offered no longer and again."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from conto.apps.audit import actions as audit
from conto.apps.catalog import queries as catalog
from conto.apps.plans.entries import ItemEntry, NewPlan
from conto.apps.plans.models import Plan, PlanItem, PlanVersion
from conto.apps.plans.queries.lists import items_of
from conto.apps.plans.queries.terms import engine_items, terms_of
from conto.domain import facts
from conto.domain.entitlement import features_written
from conto.domain.errors import Conflict, RuleBroken
from conto.domain.facts import Actor
from conto.domain.ids import new_id
from conto.domain.money import minor_digits
from conto.domain.plan import CODE, PlanTerms, check_plan, key_for
from conto.domain.price import price_written
from conto.domain.subscription import Timing
from conto.domain.subscription.written import measure_written, ramp_written
from conto.domain.tax import RateClass, SupplyKind

_TERMS = (
    "interval", "count", "is_calendar_aligned", "trial_days", "proration", "downgrade", "keeps_anchor",
    "bills_changes_now", "bills_end_day", "commitment",
)  # fmt: skip
_OF_ITEM = (
    "name", "key", "item_id", "price", "quantity", "timing", "measure", "is_once", "ramp", "unit_code", "supply",
    "rate_class",
)  # fmt: skip
CHANGEABLE = frozenset({"name", "description"})
_LONGEST_NAME = 200
_PLACES = 12


@transaction.atomic
def add_plan(*, new: NewPlan, items: Sequence[ItemEntry], actor: Actor, at: datetime) -> Plan:
    """Add a plan with its first version.

    Raises: RuleBroken for terms and prices that cannot be; Conflict `plan.code_taken`.
    Source: PL-3, PL-4.
    """
    minor_digits(new.currency)  # refuses an unknown one
    if not CODE.fullmatch(new.code):
        raise RuleBroken("plan.bad_code", "A code has letters, digits, dots, - and _, at most 40.")
    if new.price_mode not in {"net", "gross"}:
        raise RuleBroken("draft.bad_price_mode", "Prices are without tax or include it.")
    plan = Plan(
        id=new_id(), code=new.code, name=_name(new.name), description=new.description.strip(), currency=new.currency,
        price_mode=new.price_mode, version=1, created_at=at, changed_at=at,
    )  # fmt: skip
    entries = checked_items(items, new.terms, new.currency)
    try:
        with transaction.atomic():
            plan.save(force_insert=True)
    except IntegrityError as error:
        raise Conflict("plan.code_taken", "Another plan has the code %(code)s.", code=new.code) from error
    _write(plan, new.terms, entries, actor, at)
    audit.record(facts.PlanAdded(subject_id=plan.id, code=plan.code, currency=plan.currency), actor=actor, at=at)
    return plan


@transaction.atomic
def change_plan(
    *,
    plan: Plan,
    changes: Mapping[str, Any],
    actor: Actor,
    at: datetime,
    terms: PlanTerms | None = None,
    items: Sequence[ItemEntry] | None = None,
    reason: str = "",
    expected_version: int | None = None,
) -> Plan:
    """Change a plan: its name in place, its terms and items by a new version; what says the same makes none.

    Raises: Conflict `plan.changed_meanwhile`, `plan.archived`; RuleBroken for terms and prices that cannot be.
    Source: PL-4.
    """
    row = Plan.objects.select_for_update().get(id=plan.id)
    if expected_version is not None and row.version != expected_version:
        raise Conflict("plan.changed_meanwhile", "Somebody else changed this plan meanwhile. Look at it again.")
    if row.archived_at:
        raise Conflict("plan.archived", "This plan is archived. Offer it again first.")
    if unknown := changes.keys() - CHANGEABLE:
        raise TypeError(f"a plan has no changeable field {sorted(unknown)}")
    wanted = {name: _name(value) if name == "name" else value.strip() for name, value in changes.items()}
    noted = facts.changes_between({name: getattr(row, name) for name in wanted}, wanted)
    current = PlanVersion.objects.get(plan=row, version=row.version)
    kept = [_entry(each) for each in items_of(current)]
    new_terms = terms_of(current) if terms is None else terms
    entries = kept if items is None else checked_items(items, new_terms, row.currency)
    is_new = new_terms != terms_of(current) or entries != kept
    if not noted and not is_new:
        return row
    for name, value in wanted.items():
        setattr(row, name, value)
    if is_new:
        checked_items(entries, new_terms, row.currency)
        row.version += 1
        _write(row, new_terms, entries, actor, at, reason)
    row.changed_at = at
    row.save(update_fields=[*wanted, "version", "changed_at"])
    changed = (*noted, *(("version",) if is_new else ()))
    audit.record(
        facts.PlanChanged(subject_id=row.id, code=row.code, version=row.version, changed=changed), actor=actor, at=at
    )
    return row


@transaction.atomic
def archive_plan(*, plan: Plan, actor: Actor, at: datetime) -> None:
    """Offer a plan no longer; whoever subscribed to it keeps it.

    Raises: Conflict `plan.archived`.
    """
    row = Plan.objects.select_for_update().get(id=plan.id)
    if row.archived_at:
        raise Conflict("plan.archived", "This plan is archived. Offer it again first.")
    row.archived_at = plan.archived_at = at
    row.save(update_fields=["archived_at"])
    audit.record(facts.PlanArchived(subject_id=row.id, code=row.code), actor=actor, at=at)


@transaction.atomic
def restore_plan(*, plan: Plan, actor: Actor, at: datetime) -> None:
    """Offer an archived plan again.

    Raises: Conflict `plan.not_archived`.
    """
    row = Plan.objects.select_for_update().get(id=plan.id)
    if not row.archived_at:
        raise Conflict("plan.not_archived", "This plan is offered already.")
    row.archived_at = plan.archived_at = None
    row.save(update_fields=["archived_at"])
    audit.record(facts.PlanRestored(subject_id=row.id, code=row.code), actor=actor, at=at)


def checked_items(items: Sequence[ItemEntry], terms: PlanTerms, currency: str) -> list[ItemEntry]:
    """Give items with keys, written as the rules write them, once the engine would take them.

    Raises: RuleBroken.
    Source: PL-1, PL-3.
    """
    named, taken = [], {entry.key for entry in items if entry.key}
    for entry in items:
        key = entry.key or key_for(entry.name, taken)
        taken.add(key)
        named.append(replace(entry, key=key, name=_name(entry.name)))
    for entry in named:
        exponent = entry.quantity.normalize().as_tuple().exponent if entry.quantity.is_finite() else None
        if (
            entry.timing not in set(Timing)
            or entry.supply not in set(SupplyKind)
            or entry.rate_class not in set(RateClass)
            or not isinstance(exponent, int)
            or -exponent > _PLACES
            or abs(entry.quantity) >= 10**11
        ):
            raise RuleBroken("plan.bad_item", "“%(item)s” has something that cannot be kept.", item=entry.name)
    wanted = {entry.item_id for entry in named if entry.item_id is not None}
    if wanted - catalog.items_by_id(wanted).keys():
        raise RuleBroken("plan.no_such_item", "There is no such item in the catalog.")
    made = engine_items(named, currency)
    check_plan(terms, made, currency)
    return [
        replace(
            entry, price=price_written(item.price), measure=measure_written(item.measure),
            ramp=ramp_written(item.ramp),
        )
        for entry, item in zip(named, made, strict=True)
    ]  # fmt: skip


def _write(
    plan: Plan, terms: PlanTerms, items: Sequence[ItemEntry], actor: Actor, at: datetime, reason: str = ""
) -> None:
    """Write a version with its items, these first: the database refuses a version that comes without them."""
    version = PlanVersion(
        id=new_id(), plan=plan, version=plan.version, item_count=len(items), reason=reason.strip()[:500],
        made_by_id=actor.member_id, made_at=at, features=features_written(terms.features),
        **{name: getattr(terms, name) for name in _TERMS},
    )  # fmt: skip
    PlanItem.objects.bulk_create(
        [
            PlanItem(
                id=new_id(), plan_version_id=version.id, position=n, item_count=len(items),
                **{name: getattr(entry, name) for name in _OF_ITEM},
            )
            for n, entry in enumerate(items, 1)
        ]
    )  # fmt: skip
    version.save(force_insert=True)


def _entry(row: PlanItem) -> ItemEntry:
    return ItemEntry(**{name: getattr(row, name) for name in _OF_ITEM})


def _name(text: str) -> str:
    name = text.strip()
    if not name or len(name) > _LONGEST_NAME:
        raise RuleBroken("plan.no_name", "Give it a name of at most 200 signs.")
    return name
