"""Writes of quotes."""

from conto.apps.quotes.actions.answers import (
    OpenedLink,
    Signature,
    answer_question,
    ask_question,
    create_link,
    decline_quote,
    record_acceptance,
    record_bill,
    record_contract,
    record_subscription,
    see_link,
)
from conto.apps.quotes.actions.drafts import (
    change_quote,
    create_quote,
    create_quote_of_deal,
    discard_quote,
    renew_quote,
)
from conto.apps.quotes.actions.sending import (
    ask_approval,
    decide_approval,
    freeze_quote,
    note_mailed,
    save_rules,
    withdraw_quote,
)
from conto.apps.quotes.entries import LineEntry, RecurringEntry

__all__ = [
    "LineEntry",
    "OpenedLink",
    "RecurringEntry",
    "Signature",
    "answer_question",
    "ask_approval",
    "ask_question",
    "change_quote",
    "create_link",
    "create_quote",
    "create_quote_of_deal",
    "decide_approval",
    "decline_quote",
    "discard_quote",
    "freeze_quote",
    "note_mailed",
    "record_acceptance",
    "record_bill",
    "record_contract",
    "record_subscription",
    "renew_quote",
    "save_rules",
    "see_link",
    "withdraw_quote",
]
