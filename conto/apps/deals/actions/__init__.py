"""Every write of deals."""

from conto.apps.deals.actions._write import write_next_steps
from conto.apps.deals.actions.activities import (
    add_activity,
    add_comment,
    change_activity,
    finish_activity,
    reopen_activity,
)
from conto.apps.deals.actions.calendars import make_calendar_feed, revoke_calendar_feed
from conto.apps.deals.actions.deals import (
    add_deal,
    change_deal,
    checked_new,
    follow_deal,
    hand_over_deal,
    set_deal_lines,
    unfollow_deal,
)
from conto.apps.deals.actions.importing import import_deals
from conto.apps.deals.actions.moves import lose_deal, move_deal, reopen_deal, tick_checklist, win_deal
from conto.apps.deals.actions.pipelines import (
    add_pipeline,
    archive_pipeline,
    change_pipeline,
    open_first_pipeline,
    open_preset_pipeline,
    restore_pipeline,
    set_lost_reasons,
)
from conto.apps.deals.actions.slipping import note_contact, note_slipping

__all__ = [
    "add_activity",
    "add_comment",
    "add_deal",
    "add_pipeline",
    "archive_pipeline",
    "change_activity",
    "change_deal",
    "change_pipeline",
    "checked_new",
    "finish_activity",
    "follow_deal",
    "hand_over_deal",
    "import_deals",
    "lose_deal",
    "make_calendar_feed",
    "move_deal",
    "note_contact",
    "note_slipping",
    "open_first_pipeline",
    "open_preset_pipeline",
    "reopen_activity",
    "reopen_deal",
    "restore_pipeline",
    "revoke_calendar_feed",
    "set_deal_lines",
    "set_lost_reasons",
    "tick_checklist",
    "unfollow_deal",
    "win_deal",
    "write_next_steps",
]
