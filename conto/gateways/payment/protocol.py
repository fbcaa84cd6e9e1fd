"""What the house asks of a payment gateway, and what it answers. Network only; nothing is kept here."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
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
    saves: bool = False  # the customer agreed that what pays is saved and charged again


@dataclass(frozen=True, slots=True, kw_only=True)
class SavingWish:
    """A hosted page on which nothing is paid: what the customer types is saved only."""

    reference: str
    payee: str
    language: str
    return_url: str
    cancel_url: str
    webhook_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved:
    """What a gateway keeps for a customer: the token that charges it is a secret, the rest is for people's eyes."""

    token: str = field(repr=False)
    brand: str
    last_four: str
    expires_on: date | None = None  # its last day


@dataclass(frozen=True, slots=True, kw_only=True)
class SavingState:
    """Where a page stands on which something is saved."""

    reference: str
    session: str
    state: State
    page_url: str = ""
    saved: Saved | None = None
    failure_code: str = ""
    failure: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargeWish:
    """Money that is taken from what a customer has saved, while nobody sits before a page.

    `reference` is ours and is the idempotency key too.
    """

    reference: str
    token: str = field(repr=False)
    amount_minor: int
    currency: str
    description: str
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
    saved: Saved | None = None  # where the customer agreed to it, once it is paid


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
    """A verified webhook event: about a payment, about something saved, or about a refund.

    `body` is what is kept of it: without the token of what was saved.
    """

    event_id: str
    kind: str
    body: dict[str, Any] = field(default_factory=dict)
    session: SessionState | None = None
    refund: RefundState | None = None
    saving: SavingState | None = None


class PaymentGateway(Protocol):
    """A gateway with hosted payment pages.

    Every call raises `GatewaySilent` when no readable answer came in time, `GatewayRefused` when the gateway said no.
    """

    name: str

    def open_session(self, wish: SessionWish) -> SessionState:
        """Ask for a payment page; the same reference gives the same page."""

    def session_state(self, reference: str) -> SessionState | None:
        """Ask where the payment of a reference stands; nothing when the gateway never heard of it."""

    def open_saving(self, wish: SavingWish) -> SavingState:
        """Ask for a page on which something is saved; the same reference gives the same page."""

    def saving_state(self, reference: str) -> SavingState | None:
        """Ask where such a page stands; nothing when the gateway never heard of it."""

    def charge(self, wish: ChargeWish) -> SessionState:
        """Ask to charge what was saved; the same reference is charged once, whatever came of it.

        A charge that the bank wants confirmed fails with the code `authentication_required`.
        """

    def forget(self, token: str) -> None:
        """Ask to forget what was saved; a token that is forgotten already is no refusal."""

    def refund(self, wish: RefundWish) -> RefundState:
        """Ask to pay back; the same reference pays back once."""

    def refund_state(self, reference: str) -> RefundState | None:
        """Ask where a refund stands; nothing when the gateway never heard of it."""

    def read_event(self, body: bytes, headers: Mapping[str, str], now: datetime) -> Notice:
        """Verify and read a webhook event from its raw bytes.

        Raises: BadSignature.
        """
