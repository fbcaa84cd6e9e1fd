"""Writes of payments."""

from conto.apps.payments.actions._write import priced
from conto.apps.payments.actions.allocate import allocate, allocate_credit, reverse_allocation
from conto.apps.payments.actions.checkout import (
    AppliedEvent,
    GatewayReport,
    Heard,
    IncomingEvent,
    apply_gateway_event,
    record_gateway_answer,
    start_checkout,
)
from conto.apps.payments.actions.collecting import (
    Step,
    ask_to_collect,
    begin_next,
    claim_untold,
    note_told,
    stop_collecting,
    want_collection,
)
from conto.apps.payments.actions.discount import take_early_discount
from conto.apps.payments.actions.forgetting import Forgetting, begin_to_forget, note_forgetting
from conto.apps.payments.actions.receive import ReceivedPayment, receive_many, receive_payment
from conto.apps.payments.actions.refund import refund, settle_refund
from conto.apps.payments.actions.saving import (
    NewlySaved,
    SavingReport,
    agree_to_save,
    record_saving,
    remove_method,
    token_of,
)
from conto.apps.payments.actions.visits import count_visit, forget_visits

__all__ = [
    "AppliedEvent",
    "Forgetting",
    "GatewayReport",
    "Heard",
    "IncomingEvent",
    "NewlySaved",
    "ReceivedPayment",
    "SavingReport",
    "Step",
    "agree_to_save",
    "allocate",
    "allocate_credit",
    "apply_gateway_event",
    "ask_to_collect",
    "begin_next",
    "begin_to_forget",
    "claim_untold",
    "count_visit",
    "forget_visits",
    "note_forgetting",
    "note_told",
    "priced",
    "receive_many",
    "receive_payment",
    "record_gateway_answer",
    "record_saving",
    "refund",
    "remove_method",
    "reverse_allocation",
    "settle_refund",
    "start_checkout",
    "stop_collecting",
    "take_early_discount",
    "token_of",
    "want_collection",
]
