"""Tables of projects."""

from conto.apps.projects.models.bills import BilledWork, ProjectBill
from conto.apps.projects.models.projects import Project, ProjectCounter, ProjectRate
from conto.apps.projects.models.work import WorkEntry

__all__ = ["BilledWork", "Project", "ProjectBill", "ProjectCounter", "ProjectRate", "WorkEntry"]
