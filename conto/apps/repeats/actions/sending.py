"""What is to be sent by itself: taken up, sent once, or refused with its reason."""

from datetime import datetime

from django.db import transaction

from conto.apps.audit import actions as audit
from conto.apps.repeats.actions.repeats import locked
from conto.apps.repeats.models import Repeat, RepeatInvoice
from conto.domain import facts
from conto.domain.errors import Conflict, RuleBroken
from conto.domain.facts import Actor


def claim_unsent(*, invoice: RepeatInvoice) -> RepeatInvoice | None:
    """Lock an invoice that is to be sent; nothing where another worker has it or it is not to be sent any more.

    Source: RI-6.
    """
    rows = RepeatInvoice.objects.filter(id=invoice.id, sending__in=["waiting", "refused"])
    return rows.select_for_update(skip_locked=True, of=("self",)).first()


def note_sent(*, invoice: RepeatInvoice) -> None:
    """Note that an invoice is on its way."""
    invoice.sending, invoice.refusal = "sent", []
    invoice.save(update_fields=["sending", "refusal"])


def note_refused(*, invoice: RepeatInvoice, refusal: RuleBroken, actor: Actor, at: datetime) -> None:
    """Note why an invoice could not be sent, so that nobody overlooks it."""
    params = {name: str(value) for name, value in refusal.params.items()}
    invoice.sending, invoice.refusal = "refused", [refusal.code, refusal.message, params]
    invoice.save(update_fields=["sending", "refusal"])
    unsent = facts.RepeatUnsent(
        subject_id=invoice.document_id, customer_id=invoice.customer_id, repeat_id=invoice.repeat_id, code=refusal.code
    )
    audit.record(unsent, actor=actor, at=at)


@transaction.atomic
def settle_unsent(*, repeat: Repeat, actor: Actor, at: datetime) -> int:
    """Say that what could not be sent need not be, and return how many that were.

    Raises: Conflict `repeat.nothing_unsent`.
    Source: RI-6.
    """
    row = locked(repeat)
    settled = RepeatInvoice.objects.filter(repeat=row, sending="refused").update(sending="settled")
    if not settled:
        raise Conflict("repeat.nothing_unsent", "Nothing waits to be sent.")
    fact = facts.RepeatSettled(subject_id=row.id, customer_id=row.customer_id, invoices=settled)
    audit.record(fact, actor=actor, at=at)
    return settled
