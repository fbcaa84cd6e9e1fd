"""What this area keeps sealed."""

from uuid import UUID

from conto.apps.messaging.models import Mail, MailServer
from conto.apps.vault.fields import SealedField

MAIL_SERVER_ROW = UUID(int=1)  # the sealed password is bound to a row key; the one row's key is a number
PASSWORD_COLUMN = "mail_server.password"  # noqa: S105 -- the name of a column
SEALED_COLUMN = "mail.secret"

SEALED = (
    SealedField(MailServer.objects.all, "password_sealed", lambda _: (PASSWORD_COLUMN, MAIL_SERVER_ROW)),
    SealedField(Mail.objects.all, "secret_sealed", lambda row: (SEALED_COLUMN, row.id)),
)
