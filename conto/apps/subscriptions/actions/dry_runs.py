"""What a dry run writes: how far it is and what it came to so far. Nothing else of it stays."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from conto.apps.subscriptions.models import DryRun
from conto.apps.subscriptions.queries.runs import due_count
from conto.domain.errors import RuleBroken
from conto.domain.facts import Actor
from conto.domain.ids import new_id

SILENT_FOR = timedelta(minutes=30)  # after which it is given up
KEPT = 20
KEPT_FOR = timedelta(days=30)
MOST_ASIDE = 500
MOST_PAPERS = 20


@dataclass(slots=True)
class CameTo:
    """What a dry run came to so far; of what it set aside and put on paper the first few are named."""

    settled: int = 0
    documents: int = 0
    drafts: int = 0
    totals_minor: dict[str, int] = field(default_factory=dict)
    aside_count: int = 0
    aside: Sequence[tuple[str, RuleBroken]] = ()
    papers: Sequence[dict[str, Any]] = ()


def begin_dry_run(*, actor: Actor, at: datetime) -> tuple[DryRun, bool]:
    """Begin a dry run, or return the one that is under way; tell which.

    One that has written nothing for half an hour is given up for this.

    Source: SB-8.
    """
    give_up_silent_dry_runs(at=at)
    try:
        with transaction.atomic():
            new = DryRun(id=new_id(), started_at=at, started_by_id=actor.member_id, alive_at=at)
            new.save(force_insert=True)
    except IntegrityError:
        return DryRun.objects.select_related("started_by").latest("started_at", "id"), False
    return new, True


def start_dry_run(*, run_id: UUID, at: datetime) -> bool:
    """Begin to count, or to count anew after being cut off; tell whether it is still wanted.

    Source: SB-8.
    """
    nothing = {"settled_count": 0, "aside_count": 0, "document_count": 0, "draft_count": 0, "totals_minor": {}}
    return _note(
        run_id, at, counts_from=at, until=at.date(), due_count=due_count(at=at), aside=[], papers=[], **nothing
    )


def note_dry_run(*, run_id: UUID, at: datetime, came_to: CameTo, names_more: bool) -> bool:
    """Write down what a dry run came to so far; tell whether it is still wanted.

    What it names is written where that is more than before: it may be long, and there are many chunks.
    """
    named = {"aside": [_aside(*each) for each in came_to.aside], "papers": list(came_to.papers)} if names_more else {}
    return _note(
        run_id, at, settled_count=came_to.settled, aside_count=came_to.aside_count, document_count=came_to.documents,
        draft_count=came_to.drafts, totals_minor=came_to.totals_minor, **named,
    )  # fmt: skip


def end_dry_run(*, run_id: UUID, at: datetime) -> bool:
    """End a dry run that has counted everything."""
    return _note(run_id, at, ended_at=at, is_whole=True)


def give_up_silent_dry_runs(*, at: datetime) -> int:
    """End dry runs that have written nothing for long: their worker is gone, or there is none.

    Source: SB-8.
    """
    return DryRun.objects.filter(ended_at__isnull=True, alive_at__lt=at - SILENT_FOR).update(ended_at=at)


def forget_dry_runs(*, at: datetime) -> int:
    """Drop what dry runs came to: all but the latest, and what is old.

    Source: SB-8.
    """
    give_up_silent_dry_runs(at=at)
    latest = DryRun.objects.order_by("-started_at", "-id").values("id")[:KEPT]
    over = DryRun.objects.filter(ended_at__isnull=False)
    dropped, _by_table = (over.exclude(id__in=latest) | over.filter(started_at__lt=at - KEPT_FOR)).delete()
    return dropped


def _aside(number: str, refusal: RuleBroken) -> list[Any]:
    told = {name: str(value) for name, value in refusal.params.items()}
    return [number, refusal.code, refusal.message, told]


def _note(run_id: UUID, at: datetime, **values: Any) -> bool:
    return bool(DryRun.objects.filter(id=run_id, ended_at__isnull=True).update(alive_at=at, **values))
