"""Reads of projects: lists, one of them, its work, and what is not billed yet."""

from conto.apps.projects.queries.bills import live_bills, works_on
from conto.apps.projects.queries.covering import unbilled
from conto.apps.projects.queries.done import (
    AheadRow,
    DoneRow,
    ToBill,
    ahead_bills,
    ahead_rows,
    done_pieces,
    done_rows,
    to_bill,
)
from conto.apps.projects.queries.lists import (
    ProjectPage,
    ProjectRow,
    StateFilter,
    acted_on,
    open_projects_of,
    project_for,
    project_page,
    recordable,
    visible_to,
)
from conto.apps.projects.queries.prices import MilestoneRow, PriceStanding, price_of, price_standings, taken_of
from conto.apps.projects.queries.retainers import (
    RetainerStanding,
    closings_of,
    retainer_of,
    retainer_standings,
    warned_retainers,
)
from conto.apps.projects.queries.work import (
    WorkFilter,
    WorkRow,
    check_correctable,
    own_work,
    rates_of,
    work_for,
    work_rows,
)
from conto.apps.projects.queries.worth import Standing, billable, billable_lines, rated, standings, to_take

__all__ = [
    "AheadRow",
    "DoneRow",
    "MilestoneRow",
    "PriceStanding",
    "ProjectPage",
    "ProjectRow",
    "RetainerStanding",
    "Standing",
    "StateFilter",
    "ToBill",
    "WorkFilter",
    "WorkRow",
    "acted_on",
    "ahead_bills",
    "ahead_rows",
    "billable",
    "billable_lines",
    "check_correctable",
    "closings_of",
    "done_pieces",
    "done_rows",
    "live_bills",
    "open_projects_of",
    "own_work",
    "price_of",
    "price_standings",
    "project_for",
    "project_page",
    "rated",
    "rates_of",
    "recordable",
    "retainer_of",
    "retainer_standings",
    "standings",
    "taken_of",
    "to_bill",
    "to_take",
    "unbilled",
    "visible_to",
    "warned_retainers",
    "work_for",
    "work_rows",
    "works_on",
]
