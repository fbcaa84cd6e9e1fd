"""Tables of deals, one file per thing."""

from conto.apps.deals.models.activities import ACTIVITY_KINDS, Activity, CalendarFeed
from conto.apps.deals.models.deals import (
    DEAL_STATES,
    ChecklistTick,
    Comment,
    Deal,
    DealFollower,
    DealLine,
    StageVisit,
)
from conto.apps.deals.models.pipelines import LostReason, Pipeline, Stage

__all__ = [
    "ACTIVITY_KINDS",
    "DEAL_STATES",
    "Activity",
    "CalendarFeed",
    "ChecklistTick",
    "Comment",
    "Deal",
    "DealFollower",
    "DealLine",
    "LostReason",
    "Pipeline",
    "Stage",
    "StageVisit",
]
