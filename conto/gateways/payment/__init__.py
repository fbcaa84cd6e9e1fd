"""Payment gateways: hosted pages on which customers pay, and the events that tell of it."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings

from conto.gateways.payment.protocol import PaymentGateway
from conto.gateways.payment.sandbox.client import SandboxGateway

NAMES = ("sandbox",)
_near: dict[str, PaymentGateway] = {}


def open_gateway(name: str) -> PaymentGateway:
    """Give the gateway of a name, ready to be asked.

    Raises: KeyError for a name that is none.
    """
    if name not in NAMES:
        raise KeyError(name)
    return _near.get(name) or SandboxGateway(settings.SANDBOX_GATEWAY_URL, settings.SANDBOX_GATEWAY_KEY)


@contextmanager
def reached_near(gateway: PaymentGateway) -> Iterator[None]:
    """Let this process reach a gateway without a network: for a company that lives its life in a few seconds."""
    _near[gateway.name] = gateway
    try:
        yield
    finally:
        del _near[gateway.name]
