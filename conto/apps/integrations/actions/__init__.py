"""Writes of the area."""

from conto.apps.integrations.actions.counting import count_request, forget_counts
from conto.apps.integrations.actions.keys import MadeKey, make_key, note_use, revoke_key
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

__all__ = [
    "KeptAnswer",
    "MadeKey",
    "Repeatable",
    "begin",
    "begin_outside",
    "count_request",
    "finish",
    "forget_counts",
    "forget_requests",
    "let_go",
    "make_key",
    "note_use",
    "release_stalled",
    "revoke_key",
]
