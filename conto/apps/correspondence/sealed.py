"""What this area keeps sealed."""

from conto.apps.correspondence.models import Mailbox
from conto.apps.vault.fields import SealedField

PASSWORD = "mailbox.password"  # noqa: S105 -- the name of a column

SEALED = (SealedField(Mailbox.objects.all, "password_sealed", lambda row: (PASSWORD, row.id)),)
