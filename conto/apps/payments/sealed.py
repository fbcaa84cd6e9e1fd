"""What this area keeps sealed."""

from conto.apps.payments.models import SavedMethod
from conto.apps.vault.fields import SealedField

TOKEN_COLUMN = "payments_savedmethod.token"  # noqa: S105 -- the name of a column

SEALED = (SealedField(SavedMethod.objects.all, "token_sealed", lambda row: (TOKEN_COLUMN, row.id)),)
