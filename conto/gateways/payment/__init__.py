"""Payment gateways: hosted pages on which customers pay, and the events that tell of it."""

from django.conf import settings

from conto.gateways.payment.protocol import PaymentGateway
from conto.gateways.payment.sandbox.client import SandboxGateway

NAMES = ("sandbox",)


def open_gateway(name: str) -> PaymentGateway:
    """Give the gateway of a name, ready to be asked.

    Raises: KeyError for a name that is none.
    """
    if name not in NAMES:
        raise KeyError(name)
    return SandboxGateway(settings.SANDBOX_GATEWAY_URL, settings.SANDBOX_GATEWAY_KEY)
