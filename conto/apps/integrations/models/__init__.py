"""The tables of the area."""

from conto.apps.integrations.models.hooks import WebhookAttempt, WebhookDelivery, WebhookEndpoint
from conto.apps.integrations.models.keys import ApiKey
from conto.apps.integrations.models.requests import RememberedRequest, RequestCount

__all__ = [
    "ApiKey",
    "RememberedRequest",
    "RequestCount",
    "WebhookAttempt",
    "WebhookDelivery",
    "WebhookEndpoint",
]
