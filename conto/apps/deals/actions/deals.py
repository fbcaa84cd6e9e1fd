"""Add and change deals, their products, owner and followers."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from conto.apps.audit import actions as audit
from conto.apps.catalog.models import Item
from conto.apps.crm.models import Contact, Customer
from conto.apps.deals import queries
from conto.apps.deals.actions import _write
from conto.apps.deals.entry import DEAL_FIELDS, LineEntry, NewDeal, checked_deal, checked_lines, words
from conto.apps.deals.models import Activity, Deal, DealFollower, DealLine, Stage
from conto.apps.deals.own import record_of
from conto.apps.fields import actions as fields
from conto.domain import facts
from conto.domain.contact import fold
from conto.domain.errors import Conflict, RuleBroken, check_all
from conto.domain.facts import Actor, changes_between
from conto.domain.fields import Subject
from conto.domain.ids import new_id
from conto.domain.pipeline import line_minor


@transaction.atomic
def add_deal(
    *,
    customer: Customer,
    new: NewDeal,
    actor: Actor,
    at: datetime,
    lines: Sequence[LineEntry] = (),
    deal_id: UUID | None = None,
) -> Deal:
    """Add a deal of a customer, on top of its stage.

    Raises: EntryRefused with every field that cannot stand; RuleBroken for a stage, contact or owner that is not there.
    """
    checked, own = checked_new(new, currency=new.currency or customer.currency, actor=actor)
    _of_customer(customer.id, checked["contact_id"])
    stage = stage_of_new(new.stage_id)
    owner = _write.active_member(owner_of_new(new, customer, actor))
    deal = Deal.objects.create(
        id=deal_id or new_id(), customer=customer, pipeline_id=stage.pipeline_id, stage=stage, owner=owner,
        search_key=fold(checked["name"])[:200], rank=_write.rank_on_top(stage.id), entered_stage_at=at,
        last_activity_at=at, created_at=at, changed_at=at, imported_sha256=new.imported_sha256,
        renews_kind=new.renews_kind, renews_id=new.renews_id, **checked,
    )  # fmt: skip
    _write.begin_visit(deal, stage, at)
    if lines:
        deal.value_minor = _write_lines(deal, lines)
        deal.save(update_fields=["value_minor"])
    fact = facts.DealAdded(
        subject_id=deal.id, customer_id=customer.id, name=deal.name, pipeline=stage.pipeline.name, stage=stage.name,
        currency=deal.currency, value_minor=deal.value_minor, source=deal.source,
    )  # fmt: skip
    audit.record(fact, actor=actor, at=at)
    if own:
        fields.set_values(of=record_of(deal), given=own, is_new=True, actor=actor, at=at)
    return deal


def checked_new(new: NewDeal, *, currency: str, actor: Actor) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the details and own fields of a deal that is to be added as they are kept.

    Raises: EntryRefused with every field that cannot stand.
    """
    given = {name: getattr(new, name) for name in DEAL_FIELDS}
    checked, own = check_all(
        lambda: checked_deal(given | {"currency": currency}),
        lambda: fields.check_new(Subject.DEAL, new.own, currency, actor=actor),
    )
    return checked, own


def stage_of_new(stage_id: UUID | None) -> Stage:
    """Return where a new deal begins: in the stage that is named, else in the first one of the first pipeline.

    Raises: RuleBroken when there is none.
    """
    if stage_id is None:
        stage = queries.first_stage()
        if stage is None:
            raise RuleBroken("pipeline.none", "There is no pipeline yet. Add one in the settings.")
        return stage
    found = Stage.objects.filter(id=stage_id, is_archived=False, pipeline__is_archived=False)
    stage = found.select_related("pipeline").first()
    if stage is None:
        raise RuleBroken("stage.unknown", "This pipeline has no such stage.")
    return stage


def owner_of_new(new: NewDeal, customer: Customer, actor: Actor) -> UUID:
    """Return who looks after a new deal: who is named, else who adds it, else who looks after the customer.

    Raises: RuleBroken when that is nobody.
    """
    owner_id = new.owner_id or actor.member_id or customer.owner_id
    if owner_id is None:
        raise RuleBroken("deal.owner_missing", "Say who looks after the deal.")
    return owner_id


def _of_customer(customer_id: UUID, contact_id: UUID | None) -> None:
    if contact_id and not Contact.objects.filter(id=contact_id, customer_id=customer_id, archived_at=None).exists():
        raise RuleBroken("deal.contact_elsewhere", "This person is no contact of the deal's customer.")


@transaction.atomic
def change_deal(
    *,
    deal: Deal,
    changes: Mapping[str, Any],
    actor: Actor,
    at: datetime,
    version: int | None = None,
    own: Mapping[str, Any] | None = None,
    own_seen: Mapping[str, Any] | None = None,
) -> UUID | None:
    """Change fields of a deal, `own` ones too, and return the fact that tells of the deal's, or nothing.

    Raises: EntryRefused with every field that cannot stand; Conflict when somebody else was faster, or the value of a
        closed deal or of one with products is changed.
    """
    row = _write.locked(deal, version=version)
    after = checked_deal(changes)
    if own:
        fields.set_values(of=record_of(row), given=own, seen=own_seen, actor=actor, at=at)
    changed = changes_between({name: getattr(row, name) for name in DEAL_FIELDS}, after)
    if not changed:
        return None
    if changed.keys() & {"value_minor", "currency"}:
        _write.demand_open(row)
    if "value_minor" in changed and DealLine.objects.filter(deal=row).exists():
        raise Conflict("deal.value_of_lines", "The value is the sum of the products. Change those.")
    if "contact_id" in changed:
        _of_customer(row.customer_id, after["contact_id"])
    for name in changed:
        setattr(row, name, after[name])
    row.search_key = fold(row.name)[:200]
    _write.save(row, deal, *changed, "search_key", at=at)
    if "contact_id" in changed:
        changed["contact_id"] = [each and str(each) for each in changed["contact_id"]]
    fact = facts.DealChanged(subject_id=row.id, customer_id=row.customer_id, name=row.name, changes=changed)
    return audit.record(fact, actor=actor, at=at)


@transaction.atomic
def set_deal_lines(
    *, deal: Deal, lines: Sequence[LineEntry], actor: Actor, at: datetime, version: int | None = None
) -> UUID | None:
    """Set the products of a deal, whose sum becomes its value; with none left the value stays and can be typed again.

    Raises: EntryRefused with every field that cannot stand; Conflict for a closed deal or when somebody was faster.
    """
    row = _write.locked(deal, version=version)
    _write.demand_open(row)
    before = {"products": _told(row), "value_minor": row.value_minor}
    DealLine.objects.filter(deal=row).delete()
    total = _write_lines(row, lines)
    row.value_minor = total if lines else row.value_minor
    _write.save(row, deal, "value_minor", at=at)
    changes = changes_between(before, {"products": _told(row), "value_minor": row.value_minor})
    if not changes:
        return None
    fact = facts.DealChanged(subject_id=row.id, customer_id=row.customer_id, name=row.name, changes=changes)
    return audit.record(fact, actor=actor, at=at)


def _write_lines(deal: Deal, lines: Sequence[LineEntry]) -> int:
    kept = checked_lines(lines)
    wanted = {each["item_id"] for each in kept if each["item_id"]}
    if len(wanted) != Item.objects.filter(id__in=wanted).count():
        raise RuleBroken("item.unknown", "There is no such item.")
    DealLine.objects.bulk_create(
        DealLine(id=new_id(), deal=deal, position=position, **line) for position, line in enumerate(kept, 1)
    )
    return sum(
        line_minor(
            quantity=line["quantity"],
            unit_price_minor=line["unit_price_minor"],
            discount_percent=line["discount_percent"],
        )
        for line in kept
    )


def _told(deal: Deal) -> list[str]:
    lines = DealLine.objects.filter(deal=deal).order_by("position")
    return [f"{line.quantity.normalize():f} × {line.name}" for line in lines]


@transaction.atomic
def hand_over_deal(
    *, deal: Deal, owner_id: UUID, actor: Actor, at: datetime, note: str = "", version: int | None = None
) -> UUID | None:
    """Give a deal to another member, with what its owner had still to do; who had it goes on following it.

    Raises: RuleBroken for a member who is not active; Conflict when somebody else was faster.
    """
    row = _write.locked(deal, version=version)
    before_id, to = row.owner_id, _write.active_member(owner_id)
    if before_id == to.id:
        return None
    row.owner = deal.owner = to
    _write.save(row, deal, "owner_id", at=at)
    Activity.objects.filter(deal=row, done_at=None, owner_id=before_id).update(owner=to, changed_at=at)
    _follow(row, before_id, at)
    fact = facts.DealHandedOver(
        subject_id=row.id, customer_id=row.customer_id, name=row.name, from_id=before_id, to_id=to.id, to_name=to.name,
        note=words(note, 500),
    )  # fmt: skip
    return audit.record(fact, actor=actor, at=at)


def _follow(deal: Deal, member_id: UUID, at: datetime) -> bool:
    _row, is_new = DealFollower.objects.get_or_create(
        deal=deal, member_id=member_id, defaults={"id": new_id(), "at": at}
    )
    return is_new


@transaction.atomic
def follow_deal(*, deal: Deal, member_id: UUID, actor: Actor, at: datetime) -> None:
    """Let a member hear of a deal.

    Raises: RuleBroken for a member who is not active.
    """
    member = _write.active_member(member_id)
    if _follow(deal, member.id, at):
        fact = facts.DealFollowed(subject_id=deal.id, customer_id=deal.customer_id, name=deal.name, member_id=member.id)
        audit.record(fact, actor=actor, at=at)


@transaction.atomic
def unfollow_deal(*, deal: Deal, member_id: UUID, actor: Actor, at: datetime) -> None:
    """Let a member no longer hear of a deal."""
    gone, _rows = DealFollower.objects.filter(deal=deal, member_id=member_id).delete()
    if gone:
        fact = facts.DealUnfollowed(
            subject_id=deal.id, customer_id=deal.customer_id, name=deal.name, member_id=member_id
        )
        audit.record(fact, actor=actor, at=at)
