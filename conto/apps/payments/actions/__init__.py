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
from conto.apps.payments.actions.discount import take_early_discount
from conto.apps.payments.actions.receive import ReceivedPayment, receive_many, receive_payment
from conto.apps.payments.actions.refund import refund, settle_refund
from conto.apps.payments.actions.visits import count_visit, forget_visits

__all__ = [
    "AppliedEvent",
    "GatewayReport",
    "Heard",
    "IncomingEvent",
    "ReceivedPayment",
    "allocate",
    "allocate_credit",
    "apply_gateway_event",
    "count_visit",
    "forget_visits",
    "priced",
    "receive_many",
    "receive_payment",
    "record_gateway_answer",
    "refund",
    "reverse_allocation",
    "settle_refund",
    "start_checkout",
    "take_early_discount",
]
