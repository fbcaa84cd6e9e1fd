"""Writes of the area."""

from conto.apps.integrations.actions.counting import count_request, forget_counts
from conto.apps.integrations.actions.deliveries import (
    LONGEST_EXCERPT,
    Claim,
    Outcome,
    claim_due,
    forget_deliveries,
    make_test,
    note_outcome,
    replay_delivery,
    replay_failed,
)
from conto.apps.integrations.actions.endpoints import (
    MadeEndpoint,
    add_endpoint,
    change_endpoint,
    disable_endpoint,
    enable_endpoint,
    remove_endpoint,
    rotate_secret,
)
from conto.apps.integrations.actions.keys import MadeKey, make_key, note_use, revoke_key
from conto.apps.integrations.actions.relaying import relay_facts
from conto.apps.integrations.actions.remembering import (
    KeptAnswer,
    Repeatable,
    begin,
    begin_outside,
    finish,
    forget_requests,
    let_go,
    release_stalled,
)
from conto.apps.integrations.actions.waking import SENDING_LOCK, SENDING_TASK

__all__ = [
    "LONGEST_EXCERPT",
    "SENDING_LOCK",
    "SENDING_TASK",
    "Claim",
    "KeptAnswer",
    "MadeEndpoint",
    "MadeKey",
    "Outcome",
    "Repeatable",
    "add_endpoint",
    "begin",
    "begin_outside",
    "change_endpoint",
    "claim_due",
    "count_request",
    "disable_endpoint",
    "enable_endpoint",
    "finish",
    "forget_counts",
    "forget_deliveries",
    "forget_requests",
    "let_go",
    "make_key",
    "make_test",
    "note_outcome",
    "note_use",
    "relay_facts",
    "release_stalled",
    "remove_endpoint",
    "replay_delivery",
    "replay_failed",
    "revoke_key",
    "rotate_secret",
]
