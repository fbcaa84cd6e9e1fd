"""Seal the fields of a book anew with the key that seals now, and tell which keys are in use."""

from collections.abc import Callable
from datetime import datetime

from conto.apps.audit import actions as audit
from conto.apps.audit.queries import latest_facts
from conto.apps.bulk.invariants import Verdict, verdict_of
from conto.apps.correspondence.sealed import SEALED as OF_MAILBOXES
from conto.apps.crm.sealed import SEALED as OF_CUSTOMERS
from conto.apps.factors.sealed import SEALED as OF_FACTORS
from conto.apps.integrations.sealed import SEALED as OF_ENDPOINTS
from conto.apps.messaging.sealed import SEALED as OF_MAIL
from conto.apps.payments.sealed import SEALED as OF_PAYMENTS
from conto.apps.upkeep.sealed import SEALED as OF_BACKUPS
from conto.apps.vault import fields as vault
from conto.apps.vault.fields import Resealed
from conto.apps.vault.sealing import active_key
from conto.domain.facts import BOOK_ITSELF, Actor, FieldKeyRotated

SEALED_FIELDS = (*OF_CUSTOMERS, *OF_MAIL, *OF_MAILBOXES, *OF_FACTORS, *OF_ENDPOINTS, *OF_BACKUPS, *OF_PAYMENTS)


def reseal(*, actor: Actor, at: datetime, say: Callable[[int], None] = lambda _: None) -> Resealed:
    """Seal anew what is sealed with another key than the active one, and record once per key that this was done.

    Killed at any instant, it is called again and does what is left.
    """
    done = vault.reseal(SEALED_FIELDS, say=say)
    key_id = active_key()
    if not done.unopened and not _is_told(key_id):
        fields = keys_in_use().get(key_id, 0)
        audit.record(FieldKeyRotated(subject_id=BOOK_ITSELF, key_id=key_id, fields=fields), actor=actor, at=at)
    return done


def keys_in_use() -> dict[str, int]:
    """Count the sealed fields of the book by the key that they are sealed with."""
    return vault.keys_in_use(SEALED_FIELDS)


def sealed_fields_open() -> Verdict:
    """Check that every sealed field can be opened with the keys at hand."""
    return verdict_of(
        "I41", "Every sealed field can be opened with a key of this installation", vault.closed_fields(SEALED_FIELDS)
    )


def _is_told(key_id: str) -> bool:
    return latest_facts().filter(kind=FieldKeyRotated.kind, payload__body__key_id=key_id).exists()
