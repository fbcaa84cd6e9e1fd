"""Where a deal goes: through the stages, won, lost, open again."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from conto.apps.audit import actions as audit
from conto.apps.deals import queries
from conto.apps.deals.actions import _write
from conto.apps.deals.entry import words
from conto.apps.deals.models import ChecklistTick, Deal, Stage
from conto.domain import facts
from conto.domain.errors import Conflict, RuleBroken
from conto.domain.facts import Actor
from conto.domain.ids import new_id
from conto.domain.pipeline import demand_move


@transaction.atomic
def move_deal(
    *,
    deal: Deal,
    stage: Stage,
    actor: Actor,
    at: datetime,
    from_stage_id: UUID | None = None,
    below_id: UUID | None = None,
    version: int | None = None,
) -> UUID | None:
    """Move a deal to a stage, right below another deal or on top, and return the fact that tells of it.

    Within its stage only its place changes, which is no fact.

    Raises: RuleBroken `deal.stage_asks_for_more` (S-1); Conflict for a closed deal, or one that somebody moved
        meanwhile.
    """
    row = _write.locked(deal, version=version)
    _write.demand_open(row)
    if from_stage_id is not None and row.stage_id != from_stage_id:
        raise Conflict(
            "deal.moved_meanwhile", "Somebody has moved this deal to “%(stage)s” meanwhile.", stage=row.stage.name
        )
    if stage.is_archived or stage.pipeline.is_archived:
        raise RuleBroken("stage.unknown", "This pipeline has no such stage.")
    current = row.stage
    is_moved = current.id != stage.id
    if is_moved:
        demand_move(queries.move_findings(row, stage, current), stage=stage.name)
    row.rank = _write.rank_behind(row, stage.id, below_id) if below_id else _write.rank_on_top(stage.id)
    if not is_moved:
        row.save(update_fields=["rank"])
        deal.rank = row.rank
        return None
    turn = _write.not_before(row, at)
    _write.end_visit(row, turn)
    _write.begin_visit(row, stage, turn)
    row.stage, row.pipeline_id = stage, stage.pipeline_id
    row.entered_stage_at = row.last_activity_at = turn
    _write.save(row, deal, "stage_id", "pipeline_id", "rank", "entered_stage_at", "last_activity_at", at=at)
    deal.stage, deal.pipeline = stage, stage.pipeline
    fact = facts.DealMoved(
        subject_id=row.id, customer_id=row.customer_id, name=row.name, from_stage=current.name, to_stage=stage.name,
        pipeline=stage.pipeline.name if current.pipeline_id != stage.pipeline_id else "",
    )  # fmt: skip
    return audit.record(fact, actor=actor, at=at)


@transaction.atomic
def win_deal(*, deal: Deal, actor: Actor, at: datetime, version: int | None = None) -> UUID:
    """Note that the customer buys; asks nothing of the stage (S-1).

    Raises: Conflict for a deal that is won or lost already, or that somebody else has just changed.
    """
    row = _write.locked(deal, version=version)
    _write.demand_open(row)
    turn = _write.not_before(row, at)
    _write.end_visit(row, turn)
    row.state, row.won_at, row.last_activity_at = "won", turn, turn
    _write.save(row, deal, "state", "won_at", "last_activity_at", at=at)
    fact = facts.DealWon(
        subject_id=row.id, customer_id=row.customer_id, name=row.name, currency=row.currency,
        value_minor=row.value_minor,
    )  # fmt: skip
    return audit.record(fact, actor=actor, at=at)


@transaction.atomic
def lose_deal(
    *, deal: Deal, reason_id: UUID, actor: Actor, at: datetime, note: str = "", version: int | None = None
) -> UUID:
    """Note that the customer does not buy, and why.

    Raises: RuleBroken for a reason that is not offered; Conflict for a deal that is closed already or just changed.
    """
    row = _write.locked(deal, version=version)
    _write.demand_open(row)
    reason = queries.lost_reason(reason_id)
    if reason is None:
        raise RuleBroken("lost_reason.unknown", "Choose why the deal is lost.")
    turn = _write.not_before(row, at)
    _write.end_visit(row, turn)
    row.state, row.lost_at, row.last_activity_at = "lost", turn, turn
    row.lost_reason, row.lost_note = reason, words(note, 500)
    _write.save(row, deal, "state", "lost_at", "last_activity_at", "lost_reason_id", "lost_note", at=at)
    fact = facts.DealLost(
        subject_id=row.id, customer_id=row.customer_id, name=row.name, currency=row.currency,
        value_minor=row.value_minor, reason=reason.name, note=row.lost_note,
    )  # fmt: skip
    return audit.record(fact, actor=actor, at=at)


@transaction.atomic
def reopen_deal(*, deal: Deal, actor: Actor, at: datetime, version: int | None = None) -> UUID:
    """Open a deal again that was won or lost, in the stage that it stood in, or in the first one if that is gone.

    Raises: Conflict for a deal that is open, or that somebody else has just changed.
    """
    row = _write.locked(deal, version=version)
    if row.state == "open":
        raise Conflict("deal.open_already", "This deal is open.")
    was, stage, turn = row.state, row.stage, _write.not_before(row, at)
    if stage.is_archived or row.pipeline.is_archived:
        found = queries.stages_of(row.pipeline_id)[:1] if not row.pipeline.is_archived else []
        first = found[0] if found else queries.first_stage()
        if first is None:
            raise RuleBroken("pipeline.none", "There is no pipeline yet. Add one in the settings.")
        stage = first
    row.state, row.won_at, row.lost_at, row.lost_reason, row.lost_note = "open", None, None, None, ""
    row.stage, row.pipeline_id = stage, stage.pipeline_id
    row.rank = _write.rank_on_top(stage.id)
    row.entered_stage_at = row.last_activity_at = turn
    _write.begin_visit(row, stage, turn)
    _write.save(
        row, deal, "state", "won_at", "lost_at", "lost_reason_id", "lost_note", "stage_id", "pipeline_id", "rank",
        "entered_stage_at", "last_activity_at", at=at,
    )  # fmt: skip
    fact = facts.DealReopened(subject_id=row.id, customer_id=row.customer_id, name=row.name, was=was)
    return audit.record(fact, actor=actor, at=at)


@transaction.atomic
def tick_checklist(*, deal: Deal, label: str, is_done: bool, actor: Actor, at: datetime) -> None:
    """Note that a point of the checklist of a deal's stage is done, or is not done after all.

    Raises: RuleBroken for a point that the stage does not have; Conflict for a closed deal.
    """
    row = _write.locked(deal)
    _write.demand_open(row)
    if label not in row.stage.checklist:
        raise RuleBroken("deal.no_such_point", "The checklist of this stage has no such point.")
    if is_done:
        _row, is_new = ChecklistTick.objects.get_or_create(
            deal=row, stage=row.stage, label=label, defaults={"id": new_id(), "member_id": actor.member_id, "at": at}
        )
    else:
        is_new = ChecklistTick.objects.filter(deal=row, stage=row.stage, label=label).delete()[0] > 0
    if is_new:
        fact = facts.ChecklistTicked(
            subject_id=row.id, customer_id=row.customer_id, name=row.name, label=label, is_done=is_done
        )
        audit.record(fact, actor=actor, at=at)
