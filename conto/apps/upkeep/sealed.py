"""What this area keeps sealed."""

from conto.apps.upkeep.models import BackupPlace
from conto.apps.vault.fields import SealedField

SECRET_COLUMN = "backup_place.secret"  # noqa: S105 -- the name of a column

SEALED = (SealedField(BackupPlace.objects.all, "secret_sealed", lambda row: (SECRET_COLUMN, row.id)),)
