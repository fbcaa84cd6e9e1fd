"""Other hands in the same book: they take money, sign quotes and push deals, whatever the company does meanwhile."""

import time
from datetime import datetime
from decimal import Decimal
from random import Random

from django.db import OperationalError

from conto.apps.accounts import queries as accounts
from conto.apps.deals import actions as deals
from conto.apps.deals import queries as deal_queries
from conto.apps.deals.entry import LineEntry
from conto.apps.deals.models import Deal
from conto.apps.invoicing.models import Document
from conto.apps.ledger import queries as ledger
from conto.apps.payments import actions
from conto.apps.payments.models import Allocation, Payment
from conto.apps.quotes.actions import Signature
from conto.apps.quotes.models import Quote, QuoteAcceptance
from conto.apps.quotes.queries import content_of
from conto.domain.errors import RuleBroken
from conto.domain.facts import SYSTEM
from conto.domain.quote import default_choice
from conto.flows import accept_quote

HANDS = "hands"
WON_SHARE, REOPENED_SHARE = 0.05, 0.2
MOST_OF_EACH = 60  # so that other hands do not outgrow the company


def move_money(seed: int) -> None:
    """Move money and deals at random until killed."""
    dice = Random(f"hands {seed}")
    while True:
        time.sleep(dice.uniform(0.02, 0.4))
        business = accounts.business()
        if business is None or business.lived_until is None:
            continue
        try:
            dice.choice([_pay, _undo, _give_back, _sign, _sign, _push])(dice, business.lived_until)
        except (RuleBroken, OperationalError):
            continue  # the company was quicker


def _pay(dice: Random, at: datetime) -> None:
    items = list(ledger.open_items("receivable").values_list("item_id", flat=True)[:50])
    if not items or Payment.objects.filter(reference=HANDS).count() >= MOST_OF_EACH:
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
        reference=HANDS,
        actor=SYSTEM,
        at=at,
    )


def _undo(dice: Random, at: datetime) -> None:
    standing = list(Allocation.objects.filter(payment__reference=HANDS, reversal__isnull=True)[:20])
    if standing:
        actions.reverse_allocation(allocation=dice.choice(standing), actor=SYSTEM, at=at)


def _give_back(dice: Random, at: datetime) -> None:
    left = list(ledger.open_items("credit").values_list("item_id", flat=True)[:20])
    payment = Payment.objects.filter(id__in=left, reference=HANDS).first()
    if payment is not None:
        amount = dice.randint(1, ledger.open_minor(payment.id))
        actions.refund(payment=payment, amount_minor=amount, method="cash", refunded_on=at.date(), actor=SYSTEM, at=at)


def _sign(dice: Random, at: datetime) -> None:
    """Sign a quote that the company's own customer may be signing at this moment."""
    sent = list(Quote.objects.filter(state="sent").order_by("-sent_at").values_list("id", flat=True)[:5])
    if not sent or QuoteAcceptance.objects.filter(name=HANDS).count() >= MOST_OF_EACH:
        return
    quote = Quote.objects.select_related("customer", "legal_entity", "contact").get(id=dice.choice(sent))
    chosen = default_choice(content_of(quote, at.date()).lines)
    signature = Signature(HANDS, "typed", HANDS)
    accept_quote.accept(quote=quote, chosen=chosen, signature=signature, actor=SYSTEM, at=at)


def _push(dice: Random, at: datetime) -> None:
    """Move a deal to any stage, win or lose it, or open it again."""
    latest = list(Deal.objects.select_related("customer").order_by("-created_at")[:8])
    if not latest:
        return
    deal, stages = dice.choice(latest), deal_queries.stages_of(latest[0].pipeline_id)
    if deal.state != "open":
        if dice.random() < REOPENED_SHARE:
            deals.reopen_deal(deal=deal, actor=SYSTEM, at=at)
        return
    way = dice.random()
    if way < WON_SHARE:
        deals.win_deal(deal=deal, actor=SYSTEM, at=at)
    elif way < 2 * WON_SHARE:
        deals.lose_deal(deal=deal, reason_id=deal_queries.lost_reasons()[0].id, actor=SYSTEM, at=at)
    elif way < 6 * WON_SHARE:
        deals.move_deal(deal=deal, stage=dice.choice(stages), below_id=dice.choice(latest).id, actor=SYSTEM, at=at)
    else:
        line = LineEntry(name="Hands", quantity=Decimal(dice.randint(1, 9)), unit_price_minor=dice.randint(0, 99999))
        deals.set_deal_lines(deal=deal, lines=[line], actor=SYSTEM, at=at)
