"""Writes of subscriptions, of what was billed, and of billing runs."""

from conto.apps.subscriptions.actions.billing import (
    Claimed,
    Placed,
    Settled,
    begin_run,
    bill_again,
    claim_due,
    end_run,
    note_progress,
    record_settlements,
    set_aside,
)
from conto.apps.subscriptions.actions.dry_runs import (
    MOST_ASIDE,
    MOST_PAPERS,
    CameTo,
    begin_dry_run,
    end_dry_run,
    forget_dry_runs,
    note_dry_run,
    start_dry_run,
)
from conto.apps.subscriptions.actions.features import override_feature
from conto.apps.subscriptions.actions.migrations import (
    begin_migration,
    confirm_migration,
    forget_unconfirmed_next,
    move_next,
    work_out_next,
)
from conto.apps.subscriptions.actions.prepaid import Ending, SoldFor, check_credit, end_credit, grant_credit, left_of
from conto.apps.subscriptions.actions.recurring import write_missing_movements
from conto.apps.subscriptions.actions.subscriptions import (
    change_handling,
    change_subscription,
    locked,
    locked_many,
    planned_change,
    subscribe,
    terms_for,
)

__all__ = [
    "MOST_ASIDE",
    "MOST_PAPERS",
    "CameTo",
    "Claimed",
    "Ending",
    "Placed",
    "Settled",
    "SoldFor",
    "begin_dry_run",
    "begin_migration",
    "begin_run",
    "bill_again",
    "change_handling",
    "change_subscription",
    "check_credit",
    "claim_due",
    "confirm_migration",
    "end_credit",
    "end_dry_run",
    "end_run",
    "forget_dry_runs",
    "forget_unconfirmed_next",
    "grant_credit",
    "left_of",
    "locked",
    "locked_many",
    "move_next",
    "note_dry_run",
    "note_progress",
    "override_feature",
    "planned_change",
    "record_settlements",
    "set_aside",
    "start_dry_run",
    "subscribe",
    "terms_for",
    "work_out_next",
    "write_missing_movements",
]
