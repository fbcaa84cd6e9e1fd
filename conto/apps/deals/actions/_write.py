"""What the writes of deals share: the lock, the place on the board, the history of stages."""

from datetime import datetime
from uuid import UUID

from django.db.models import F, Min, OuterRef, Q, Subquery, Window
from django.db.models.functions import RowNumber

from conto.apps.accounts import queries as accounts
from conto.apps.accounts.models import Member
from conto.apps.deals.models import Activity, Deal, Stage, StageVisit
from conto.domain.errors import Conflict, RuleBroken
from conto.domain.ids import new_id

GAP = 1 << 20


def locked(deal: Deal, *, version: int | None = None) -> Deal:
    """Return a deal's row, locked up to the end of the transaction.

    Raises: Conflict when it is no longer the version that was looked at.
    """
    # Locked alone, and joined afterwards: who waits for a lock looks again at the row only, so a stage that was joined
    # would still be the one of before, and a deal that somebody moves at this moment would not be found.
    Deal.objects.select_for_update().values_list("id").get(id=deal.id)
    row = Deal.objects.select_related("stage", "pipeline").get(id=deal.id)
    if version is not None and row.version != version:
        raise Conflict("deal.changed_meanwhile", "Somebody else has just changed this deal. Look at it again.")
    return row


def demand_open(deal: Deal) -> None:
    """Refuse what only open deals allow.

    Raises: Conflict.
    """
    if deal.state != "open":
        raise Conflict("deal.not_open", "This deal is closed. Open it again first.")


def active_member(member_id: UUID) -> Member:
    """Return a member who can look after something.

    Raises: RuleBroken when there is none.
    """
    member = accounts.member(member_id)
    if member is None or not member.is_active:
        raise RuleBroken("member.not_active", "Nobody active here has this id.")
    return member


def save(deal: Deal, shown: Deal, *names: str, at: datetime) -> None:
    """Write fields of a locked deal, one version on, and show them on the row that the caller holds."""
    deal.version += 1
    deal.changed_at = at
    written = {*names, "version", "changed_at"}
    deal.save(update_fields=written)
    for name in written:
        setattr(shown, name, getattr(deal, name))


def not_before(deal: Deal, at: datetime) -> datetime:
    """Return a moment, or the last turn of a deal if that was later: clocks go back, histories do not."""
    return max(at, deal.entered_stage_at, *(turn for turn in (deal.won_at, deal.lost_at) if turn))


def end_visit(deal: Deal, at: datetime) -> None:
    """Note that a deal left its stage."""
    StageVisit.objects.filter(deal=deal, left_at=None).update(left_at=at)


def begin_visit(deal: Deal, stage: Stage, at: datetime) -> None:
    """Note that a deal came into a stage."""
    StageVisit.objects.create(id=new_id(), deal=deal, stage=stage, entered_at=at)


def rank_on_top(stage_id: UUID) -> int:
    """Return a place over all others in a column."""
    top = Deal.objects.filter(stage_id=stage_id, state="open").aggregate(top=Min("rank"))["top"]
    return GAP if top is None else top - GAP


def rank_behind(deal: Deal, stage_id: UUID, above_id: UUID) -> int:
    """Return a place right below another deal of a column; on top, when that one is not there any more."""
    others = Deal.objects.filter(stage_id=stage_id, state="open").exclude(id=deal.id)
    above = others.filter(id=above_id).values_list("rank", flat=True).first()
    if above is None:
        return rank_on_top(stage_id)
    below = others.filter(rank__gt=above).aggregate(next=Min("rank"))["next"]
    if below is None:
        return above + GAP
    if below - above < 2:
        _spread(stage_id)
        return rank_behind(deal, stage_id, above_id)
    return int((above + below) // 2)


def _spread(stage_id: UUID) -> None:
    """Give the cards of a column room between each other again, in the order that they have."""
    column = Deal.objects.select_for_update().filter(stage_id=stage_id, state="open")
    list(column.values_list("id", flat=True).order_by("id"))  # locked in one order, so that two never wait in a ring
    numbered = Deal.objects.filter(stage_id=stage_id, state="open").annotate(
        n=Window(RowNumber(), order_by=[F("rank").asc(), F("id").asc()])
    )
    rows = [Deal(id=deal_id, rank=n * GAP) for deal_id, n in numbered.values_list("id", "n")]
    Deal.objects.bulk_update(rows, ["rank"], batch_size=1000)


def set_next_step(deal: Deal) -> None:
    """Note on a deal when its earliest undone activity is due."""
    due = Activity.objects.filter(deal=deal, done_at=None, due_at__isnull=False).aggregate(next=Min("due_at"))["next"]
    Deal.objects.filter(id=deal.id).update(next_step_at=due)
    deal.next_step_at = due


def write_next_steps() -> int:
    """Note on every deal when its next step is due, where that is not what its activities say; return how many."""
    due = (
        Activity.objects.filter(deal=OuterRef("id"), done_at=None, due_at__isnull=False)
        .values("deal")
        .annotate(next=Min("due_at"))
        .values("next")
    )
    wrong = Deal.objects.annotate(due=Subquery(due)).exclude(Q(next_step_at=F("due")) | Q(next_step_at=None, due=None))
    rows = [Deal(id=deal_id, next_step_at=at) for deal_id, at in wrong.values_list("id", "due")]
    Deal.objects.bulk_update(rows, ["next_step_at"], batch_size=1000)
    return len(rows)
