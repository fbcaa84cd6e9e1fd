"""Projects opened, changed, closed; what an hour in them costs."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import transaction

from conto.apps.accounts import queries as accounts
from conto.apps.accounts.models import LegalEntity, Member
from conto.apps.audit import actions as audit
from conto.apps.bulk.yearly_numbers import next_number
from conto.apps.catalog import queries as catalog
from conto.apps.crm import queries as crm
from conto.apps.crm.models import Customer
from conto.apps.deals.models import Deal
from conto.apps.projects.entries import NewProject
from conto.apps.projects.models import Project, ProjectCounter, ProjectRate
from conto.apps.quotes.models import Quote
from conto.domain import facts
from conto.domain.errors import Conflict, RuleBroken
from conto.domain.facts import Actor
from conto.domain.ids import new_id
from conto.domain.money import minor_digits
from conto.domain.numbering import NumberPattern
from conto.domain.period import local_day
from conto.domain.project import STEPS, check_rate

CHANGEABLE = frozenset({"name", "owner_id", "item_id", "deal_id", "quote_id", "budget_minor", "step_minutes"})
LARGEST_MINOR = 10**15
_ALWAYS = date(2000, 1, 1)  # from when on the rate counts that a project is opened with
_PATTERN = NumberPattern("P", 5, yearly=True)


@transaction.atomic
def open_project(*, customer: Customer, new: NewProject, actor: Actor, at: datetime) -> Project:
    """Open a project of a customer: it gets its number, and work can be recorded.

    Raises: RuleBroken for what a project cannot be.
    Source: WP-6.
    """
    entity = accounts.legal_entities().first()
    if entity is None:
        raise RuleBroken("seller.missing", "Set up your business first.")
    currency = new.currency or crm.billing_profile(customer).currency or entity.currency
    minor_digits(currency)  # refuses an unknown one
    given = {name: getattr(new, name) for name in CHANGEABLE}
    given["owner_id"] = given["owner_id"] or actor.member_id
    known = _checked(given, customer.id)
    row = Project(
        id=new_id(),
        legal_entity=entity,
        customer=customer,
        number=_next_number(entity, local_day(at, entity.zone)),
        currency=currency,
        created_at=at,
        changed_at=at,
        **known,
    )
    row.save(force_insert=True)
    opened = facts.ProjectOpened(subject_id=row.id, customer_id=customer.id, number=row.number, currency=currency)
    audit.record(opened, actor=actor, at=at)
    if new.rate is not None:
        set_rate(project=row, amount=new.rate, starts_on=_ALWAYS, actor=actor, at=at)
    return row


@transaction.atomic
def change_project(
    *, project: Project, changes: Mapping[str, Any], actor: Actor, at: datetime, expected_version: int | None = None
) -> Project:
    """Change what is said of a project; what says the same changes nothing.

    Raises: Conflict `project.changed_meanwhile`; RuleBroken for what a project cannot be.
    Source: WP-6.
    """
    row = locked_project(project.id)
    if expected_version is not None and row.version != expected_version:
        raise Conflict("project.changed_meanwhile", "Somebody else changed this project meanwhile. Look at it again.")
    wanted = _checked(changes, row.customer_id)
    noted = facts.changes_between({name: getattr(row, name) for name in wanted}, wanted)
    if not noted:
        return row
    for name in noted:
        setattr(row, name, wanted[name])
    _save(row, at, *noted)
    changed = facts.ProjectChanged(**_head(row), changed=tuple(noted))
    audit.record(changed, actor=actor, at=at)
    return row


@transaction.atomic
def close_project(*, project: Project, actor: Actor, at: datetime) -> Project:
    """Close a project: no more work is recorded, and what is done can still be billed.

    Raises: Conflict `project.closed`.
    Source: WP-6.
    """
    row = locked_project(project.id)
    if row.state == "closed":
        raise Conflict("project.closed", "This project is closed.")
    row.state = "closed"
    _save(row, at, "state")
    audit.record(facts.ProjectClosed(**_head(row)), actor=actor, at=at)
    return row


@transaction.atomic
def reopen_project(*, project: Project, actor: Actor, at: datetime) -> Project:
    """Open a closed project again.

    Raises: Conflict `project.open`.
    Source: WP-6.
    """
    row = locked_project(project.id)
    if row.state == "open":
        raise Conflict("project.open", "This project is open.")
    row.state = "open"
    _save(row, at, "state")
    audit.record(facts.ProjectReopened(**_head(row)), actor=actor, at=at)
    return row


@transaction.atomic
def set_rate(
    *,
    amount: Decimal,
    starts_on: date,
    actor: Actor,
    at: datetime,
    project: Project | None = None,
    member: Member | None = None,
    currency: str = "",
) -> ProjectRate:
    """Say what an hour costs from a day on: of a person in a project, of a project, or of a person everywhere.

    The same day again corrects it. What is billed keeps the rate that was billed.

    Raises: RuleBroken `project.bad_rate`, `project.rate_of_nothing`.
    Source: WP-1.
    """
    if project is None and member is None:
        raise RuleBroken("project.rate_of_nothing", "A rate is a project's, a person's, or both.")
    check_rate(amount)
    named = project.currency if project else currency
    minor_digits(named)  # refuses an unknown one
    same = {"project": project, "member": member, "currency": named, "starts_on": starts_on}
    ProjectRate.objects.bulk_create(
        [ProjectRate(id=new_id(), amount=amount, set_at=at, **same)],
        update_conflicts=True,
        unique_fields=list(same),
        update_fields=["amount", "set_at"],
    )
    row = ProjectRate.objects.get(**same)
    said = facts.RateSet(
        subject_id=project.id if project else row.member_id or row.id,
        customer_id=project.customer_id if project else None,
        number=project.number if project else "",
        member_id=row.member_id,
        amount=amount,
        currency=named,
        starts_on=starts_on,
    )
    audit.record(said, actor=actor, at=at)
    return row


def locked_project(project_id: UUID) -> Project:
    """Lock a project: who bills or changes it at the same moment waits and sees what became of it."""
    rows = Project.objects.select_related("customer", "legal_entity", "item").select_for_update(of=("self",))
    return rows.get(id=project_id)


def _save(row: Project, at: datetime, *names: str) -> None:
    row.version += 1
    row.changed_at = at
    row.save(update_fields=[*names, "version", "changed_at"])


def _head(row: Project) -> dict[str, Any]:
    return {"subject_id": row.id, "customer_id": row.customer_id, "number": row.number}


def _next_number(entity: LegalEntity, today: date) -> str:
    return next_number(ProjectCounter, legal_entity_id=entity.id, year=today.year, pattern=_PATTERN)


def _checked(fields: Mapping[str, Any], customer_id: UUID) -> dict[str, Any]:
    unknown = fields.keys() - CHANGEABLE
    if unknown:
        raise TypeError(f"a project has no changeable field {sorted(unknown)}")
    wanted = dict(fields)
    if "name" in wanted:
        wanted["name"] = str(wanted["name"]).strip()[:200]
        if not wanted["name"]:
            raise RuleBroken("project.no_name", "Say what the project is called.")
    if wanted.get("step_minutes", 1) not in STEPS:
        raise RuleBroken("project.bad_step", "There is no such step of rounding.")
    budget = wanted.get("budget_minor")
    if budget is not None and not 0 < budget < LARGEST_MINOR:
        raise RuleBroken("project.bad_budget", "A budget is more than 0.")
    if wanted.get("item_id") and not catalog.items_by_id([wanted["item_id"]]):
        raise RuleBroken("item.unknown", "There is no such item.")
    for name, kind in (("deal_id", Deal), ("quote_id", Quote)):
        if wanted.get(name) and not kind.objects.filter(id=wanted[name], customer_id=customer_id).exists():
            raise RuleBroken("project.of_another", "This deal or quote belongs to another customer.")
    return wanted
