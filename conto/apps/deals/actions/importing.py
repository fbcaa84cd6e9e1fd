"""Take deals over from a list."""

from collections.abc import Sequence
from datetime import datetime
from functools import cache

from django.db import transaction

from conto.apps.audit import actions as audit
from conto.apps.crm.models import Customer
from conto.apps.deals.actions import _write
from conto.apps.deals.actions.deals import owner_of_new, stage_of_new
from conto.apps.deals.entry import DEAL_FIELDS, LineEntry, NewDeal, checked_deal, checked_lines
from conto.apps.deals.models import Deal, DealLine, StageVisit
from conto.apps.deals.own import record_of
from conto.apps.fields import actions as fields
from conto.domain import facts
from conto.domain.contact import fold
from conto.domain.facts import Actor
from conto.domain.ids import new_id

_AT_ONCE = 500


@transaction.atomic
def import_deals(
    *, rows: Sequence[tuple[Customer, NewDeal, Sequence[LineEntry]]], actor: Actor, at: datetime
) -> list[Deal]:
    """Add deals of customers, each on top of its stage; rows that are here already were left out before.

    What a deal with products is worth is their sum, and was reckoned before.

    How often is asked depends on the stages and owners that are named, not on the rows.

    Raises: EntryRefused for the first row that cannot stand; RuleBroken for a stage or owner that is not there.
    """
    stage_of, owner_of = cache(stage_of_new), cache(_write.active_member)
    ranks: dict[object, int] = {}
    made: list[Deal] = []
    for customer, new, _lines in rows:
        given = {name: getattr(new, name) for name in DEAL_FIELDS} | {"currency": new.currency or customer.currency}
        checked, stage = checked_deal(given), stage_of(new.stage_id)
        top = ranks.get(stage.id)
        ranks[stage.id] = _write.rank_on_top(stage.id) if top is None else top - _write.GAP
        deal = Deal(
            id=new_id(), customer=customer, pipeline_id=stage.pipeline_id, stage=stage,
            owner=owner_of(owner_of_new(new, customer, actor)), search_key=fold(checked["name"])[:200],
            rank=ranks[stage.id], entered_stage_at=at, last_activity_at=at, created_at=at, changed_at=at,
            imported_sha256=new.imported_sha256, **checked,
        )  # fmt: skip
        made.append(deal)
    Deal.objects.bulk_create(made, batch_size=_AT_ONCE)
    visits = [StageVisit(id=new_id(), deal=deal, stage=deal.stage, entered_at=at) for deal in made]
    StageVisit.objects.bulk_create(visits, batch_size=_AT_ONCE)
    DealLine.objects.bulk_create(
        (
            DealLine(id=new_id(), deal=deal, position=position, **line)
            for deal, (_customer, _new, lines) in zip(made, rows, strict=True)
            for position, line in enumerate(checked_lines(lines), 1)
        ),
        batch_size=_AT_ONCE,
    )
    audit.record_many(((_told(deal), at) for deal in made), actor=actor)
    own = [
        (record_of(deal), new.own)
        for deal, (_customer, new, _lines) in zip(made, rows, strict=True)
        if new.own is not None
    ]
    fields.set_many_values(rows=own, actor=actor, at=at)
    return made


def _told(deal: Deal) -> facts.DealAdded:
    return facts.DealAdded(
        subject_id=deal.id, customer_id=deal.customer_id, name=deal.name, pipeline=deal.stage.pipeline.name,
        stage=deal.stage.name, currency=deal.currency, value_minor=deal.value_minor, source=deal.source,
    )  # fmt: skip
