"""Other hands in the same book: they take payments, undo and give back, whatever the company does meanwhile."""

import time
from datetime import datetime
from random import Random

from django.db import OperationalError

from conto.apps.accounts import queries as accounts
from conto.apps.invoicing.models import Document
from conto.apps.ledger import queries as ledger
from conto.apps.payments import actions
from conto.apps.payments.models import Allocation, Payment
from conto.domain.errors import RuleBroken
from conto.domain.facts import SYSTEM

MOST_OF_EACH = 60  # so that other hands do not outgrow the company


def move_money(seed: int) -> None:
    """Move money at random until killed."""
    dice = Random(f"hands {seed}")
    while True:
        time.sleep(dice.uniform(0.02, 0.4))
        business = accounts.business()
        if business is None or business.lived_until is None:
            continue
        try:
            dice.choice([_pay, _undo, _give_back])(dice, business.lived_until)
        except (RuleBroken, OperationalError):
            continue  # the company was quicker


def _pay(dice: Random, at: datetime) -> None:
    items = list(ledger.open_items("receivable").values_list("item_id", flat=True)[:50])
    if not items or Payment.objects.filter(reference="hands").count() >= MOST_OF_EACH:
        return
    document = Document.objects.select_related("customer", "legal_entity").get(id=dice.choice(items))
    actions.receive_payment(
        customer=document.customer,
        legal_entity=document.legal_entity,
        method="cash",
        amount_minor=dice.randint(1, 5000),
        currency=document.currency,
        received_on=at.date(),
        allocate_to="oldest",
        reference="hands",
        actor=SYSTEM,
        at=at,
    )


def _undo(dice: Random, at: datetime) -> None:
    standing = list(Allocation.objects.filter(payment__reference="hands", reversal__isnull=True)[:20])
    if standing:
        actions.reverse_allocation(allocation=dice.choice(standing), actor=SYSTEM, at=at)


def _give_back(dice: Random, at: datetime) -> None:
    left = list(ledger.open_items("credit").values_list("item_id", flat=True)[:20])
    payment = Payment.objects.filter(id__in=left, reference="hands").first()
    if payment is not None:
        amount = dice.randint(1, ledger.open_minor(payment.id))
        actions.refund(payment=payment, amount_minor=amount, method="cash", refunded_on=at.date(), actor=SYSTEM, at=at)
