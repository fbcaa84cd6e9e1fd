"""What this area keeps sealed: two kinds of allauth's rows hold one secret each, inside of their JSON."""

from allauth.mfa.models import Authenticator

from conto.apps.factors.adapter import column_of
from conto.apps.factors.queries import APP, CODES
from conto.apps.vault.fields import SealedField

SEALED = (
    SealedField(
        lambda: Authenticator.objects.filter(type=APP), "data__secret", lambda row: (column_of(APP), row.user_id)
    ),
    SealedField(
        lambda: Authenticator.objects.filter(type=CODES), "data__seed", lambda row: (column_of(CODES), row.user_id)
    ),
)
