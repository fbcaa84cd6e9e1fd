"""Tables of projects."""

from conto.apps.projects.models.bills import BilledWork, ProjectBill
from conto.apps.projects.models.prices import (
    BilledMilestone,
    BilledPrice,
    ChangeOrder,
    FixedPrice,
    Milestone,
    PriceProgress,
)
from conto.apps.projects.models.projects import Project, ProjectCounter, ProjectRate
from conto.apps.projects.models.retainers import CoveredWork, Retainer, RetainerClosing, RetainerPeriod
from conto.apps.projects.models.work import WorkEntry

__all__ = [
    "BilledMilestone",
    "BilledPrice",
    "BilledWork",
    "ChangeOrder",
    "CoveredWork",
    "FixedPrice",
    "Milestone",
    "PriceProgress",
    "Project",
    "ProjectBill",
    "ProjectCounter",
    "ProjectRate",
    "Retainer",
    "RetainerClosing",
    "RetainerPeriod",
    "WorkEntry",
]
