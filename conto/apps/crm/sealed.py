"""What this area keeps sealed."""

from conto.apps.crm.models import BankDetail
from conto.apps.vault.fields import SealedField

IBAN_COLUMN = "crm_bankdetail.iban"

SEALED = (SealedField(BankDetail.objects.all, "iban_sealed", lambda row: (IBAN_COLUMN, row.id)),)
