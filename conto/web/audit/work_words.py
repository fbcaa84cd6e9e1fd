"""How facts about projects and their work read in the record of what happened."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _g

WORK_WORDS: dict[str, str | Promise] = {
    "project_changed": _g("Project changed"),
    "project_closed": _g("Project closed"),
    "project_opened": _g("Project opened"),
    "project_reopened": _g("Project opened again"),
    "rate_set": _g("Rate of an hour set"),
    "price_agreed": _g("Price agreed"),
    "price_ordered": _g("Price changed by a change order"),
    "price_billed": _g("Price billed"),
    "milestone_added": _g("Milestone added"),
    "milestone_removed": _g("Milestone taken away"),
    "milestone_reached": _g("Milestone reached"),
    "milestone_reopened": _g("Milestone not reached after all"),
    "progress_told": _g("Progress told"),
    "project_accepted": _g("Work accepted by the customer"),
    "retainer_agreed": _g("Retainer agreed"),
    "retainer_changed": _g("Retainer changed"),
    "retainer_granted": _g("Hours of a retainer brought by its invoice"),
    "retainer_revoked": _g("Hours of a retainer gone with its invoice"),
    "work_covered": _g("Work settled that a retainer covers"),
    "covering_opened": _g("Settled work of a retainer opened"),
    "work_approval_undone": _g("Approval of work taken back"),
    "work_approved": _g("Work approved"),
    "work_billed": _g("Work billed"),
    "work_changed": _g("Work corrected"),
    "work_freed": _g("Billed work freed"),
    "work_recorded": _g("Work recorded"),
    "work_removed": _g("Work taken away"),
}
