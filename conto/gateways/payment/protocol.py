"""What the house asks of a payment gateway, and what it answers. Network only; nothing is kept here."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, Protocol

State = Literal["requires_action", "pending", "succeeded", "failed", "expired"]


class GatewaySilent(Exception):  # noqa: N818 -- named for what happened
    """The gateway did not answer in time or not readably: what became of the request is not known, never "failed"."""


class GatewayRefused(Exception):  # noqa: N818 -- named for what happened
    """The gateway answered and said no; nothing happened there."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(code, message)
        self.code = code
        self.message = message


class BadSignature(Exception):  # noqa: N818 -- named for what happened
    """An event that the gateway did not sign, or signed too long ago."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionWish:
    """A hosted payment page that is wanted. `reference` is ours and is the idempotency key too."""

    reference: str
    amount_minor: int
    currency: str
    description: str
    payee: str
    language: str
    return_url: str
    cancel_url: str
    webhook_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionState:
    """Where a hosted payment stands at the gateway."""

    reference: str
    session: str
    state: State
    amount_minor: int
    currency: str
    page_url: str = ""
    payment_ref: str | None = None
    method: str = "card"
    failure_code: str = ""
    failure: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundWish:
    """Money that is to go back by the way it came. `reference` is ours and is the idempotency key too."""

    reference: str
    payment_ref: str
    amount_minor: int
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundState:
    """Where a refund stands at the gateway."""

    reference: str
    refund: str
    state: State
    failure: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """A verified webhook event: about a session or about a refund."""

    event_id: str
    kind: str
    body: dict[str, Any] = field(default_factory=dict)
    session: SessionState | None = None
    refund: RefundState | None = None


class PaymentGateway(Protocol):
    """A gateway with hosted payment pages.

    Every call raises `GatewaySilent` when no readable answer came in time, `GatewayRefused` when the gateway said no.
    """

    name: str

    def open_session(self, wish: SessionWish) -> SessionState:
        """Ask for a payment page; the same reference gives the same page."""

    def session_state(self, reference: str) -> SessionState | None:
        """Ask where the payment of a reference stands; nothing when the gateway never heard of it."""

    def refund(self, wish: RefundWish) -> RefundState:
        """Ask to pay back; the same reference pays back once."""

    def refund_state(self, reference: str) -> RefundState | None:
        """Ask where a refund stands; nothing when the gateway never heard of it."""

    def read_event(self, body: bytes, headers: Mapping[str, str], now: datetime) -> Notice:
        """Verify and read a webhook event from its raw bytes.

        Raises: BadSignature.
        """
