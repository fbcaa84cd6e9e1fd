"""What this area keeps sealed."""

from conto.apps.integrations.models import WebhookEndpoint
from conto.apps.vault.fields import SealedField

SECRET, PREVIOUS_SECRET = "webhook.secret", "webhook.previous_secret"

SEALED = (
    SealedField(WebhookEndpoint.objects.all, "secret_sealed", lambda row: (SECRET, row.id)),
    SealedField(WebhookEndpoint.objects.all, "previous_secret_sealed", lambda row: (PREVIOUS_SECRET, row.id)),
)
