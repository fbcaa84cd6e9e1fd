"""Money that comes in, what it settles, and what goes back."""

from datetime import timedelta
from typing import Any

import pytest

from conto.apps.audit.models import Fact
from conto.apps.invoicing.models import Document
from conto.apps.ledger import queries as ledger
from conto.apps.payments import actions, queries
from conto.apps.payments.models import Allocation, Payment
from conto.domain.errors import Conflict, RuleBroken
from conto.domain.ids import new_id
from tests.apps.payments.cast import ADA, NOW, TODAY, Cast, make_customer

pytestmark = pytest.mark.django_db


def pay(cast: Cast, amount_minor: int, **more: Any) -> Payment:
    values = {"method": "bank_transfer", "currency": "EUR", "received_on": TODAY, **more}
    return actions.receive_payment(
        customer=cast.customer, legal_entity=cast.seller, amount_minor=amount_minor, actor=ADA, at=NOW, **values
    )


def open_minor(*things: Document | Payment) -> list[int]:
    return [ledger.open_minor(thing.id) for thing in things]


def kinds_of_facts() -> list[str]:
    return list(Fact.objects.order_by("id").values_list("kind", flat=True))[-3:]


def test_a_payment_settles_the_invoice_that_is_due_first(cast: Cast) -> None:
    late = cast.invoice(10000, days_ago=30)
    young = cast.invoice(5000, days_ago=2)
    payment = pay(cast, 12000)
    assert open_minor(late, young, payment) == [0, 3000, 0]
    assert [(a.document_id, a.amount_minor) for a in queries.allocations_of_payment(payment.id)] == [
        (late.id, 10000),
        (young.id, 2000),
    ]


def test_what_is_paid_too_much_stays_the_customers_credit(cast: Cast) -> None:
    invoice = cast.invoice(10000)
    payment = pay(cast, 12500)
    assert open_minor(invoice, payment) == [0, 2500]
    [credit] = queries.open_credits(cast.customer.id)
    assert (credit.id, credit.kind, credit.open_minor) == (payment.id, "payment", 2500)
    assert ledger.customer_balances([cast.customer.id])[cast.customer.id]["EUR"].net_minor == -2500


def test_every_step_is_told_in_facts(cast: Cast) -> None:
    cast.invoice(10000)
    pay(cast, 10000)
    assert kinds_of_facts() == ["payment_received", "payment_allocated", "invoice_paid"]


def test_a_payment_can_be_split_by_hand(cast: Cast) -> None:
    one, two = cast.invoice(10000), cast.invoice(10000)
    payment = pay(cast, 10000, allocate_to=[(one.id, 2500), (two.id, 7500)])
    assert open_minor(one, two, payment) == [7500, 2500, 0]


def test_more_than_was_paid_cannot_be_allocated(cast: Cast) -> None:
    invoice = cast.invoice(10000)
    with pytest.raises(RuleBroken, match="allocated_too_much"):
        pay(cast, 5000, allocate_to=[(invoice.id, 5001)])


def test_a_payment_settles_no_invoice_of_somebody_else(cast: Cast) -> None:
    foreign = cast.invoice(10000, customer=make_customer(name="Somebody else"))
    with pytest.raises(RuleBroken, match="wrong_document"):
        pay(cast, 10000, allocate_to=[(foreign.id, 10000)])
    assert not Payment.objects.exists()


def test_a_form_that_is_sent_twice_records_one_payment(cast: Cast) -> None:
    cast.invoice(10000)
    key = new_id()
    assert pay(cast, 4000, payment_id=key) == pay(cast, 4000, payment_id=key)
    assert Payment.objects.count() == 1


@pytest.mark.parametrize(("amount", "method"), [(0, "cash"), (-5, "cash"), (5, "gold")])
def test_a_payment_of_nothing_or_by_no_known_way_is_refused(cast: Cast, amount: int, method: str) -> None:
    with pytest.raises(RuleBroken):
        pay(cast, amount, method=method)


def test_an_allocation_can_be_undone_and_done_again(cast: Cast) -> None:
    invoice = cast.invoice(10000)
    payment = pay(cast, 10000)
    [allocation] = queries.allocations_of_document(invoice.id)
    actions.reverse_allocation(allocation=allocation, actor=ADA, at=NOW)
    assert open_minor(invoice, payment) == [10000, 10000]
    with pytest.raises(Conflict, match="already_reversed"):
        actions.reverse_allocation(allocation=allocation, actor=ADA, at=NOW)
    actions.allocate(payment=payment, document=invoice, amount_minor=10000, actor=ADA, at=NOW)
    assert open_minor(invoice, payment) == [0, 0]
    assert queries.allocations_of_document(invoice.id).count() == 1
    assert Allocation.objects.count() == 2


def test_no_more_is_allocated_than_is_left_or_open(cast: Cast) -> None:
    invoice = cast.invoice(3000)
    payment = pay(cast, 2000, allocate_to=None)
    with pytest.raises(RuleBroken, match=r"20\.00 EUR is left"):
        actions.allocate(payment=payment, document=invoice, amount_minor=2001, actor=ADA, at=NOW)
    more = pay(cast, 9000, allocate_to=None)
    with pytest.raises(RuleBroken, match=r"30\.00 EUR is open"):
        actions.allocate(payment=more, document=invoice, amount_minor=3001, actor=ADA, at=NOW)


def test_a_refund_gives_back_what_is_left_and_no_cent_more(cast: Cast) -> None:
    cast.invoice(10000)
    payment = pay(cast, 12500)
    with pytest.raises(RuleBroken, match=r"Only 25\.00 EUR can be refunded"):
        actions.refund(payment=payment, amount_minor=2501, method="cash", refunded_on=TODAY, actor=ADA, at=NOW)
    key = new_id()
    for _ in range(2):
        actions.refund(
            payment=payment, amount_minor=2500, method="cash", refunded_on=TODAY, actor=ADA, at=NOW, refund_id=key
        )
    assert open_minor(payment) == [0]
    assert queries.refunds_of_payment(payment.id).count() == 1


def test_i4_a_short_payment_inside_the_window_settles_the_invoice_and_corrects_its_tax(cast: Cast) -> None:
    invoice = cast.invoice(11900, days_ago=10, early=("2", 10))
    offer = queries.early_discount_offer(invoice, TODAY)
    assert offer
    assert (offer.discount_minor, offer.enough_minor) == (238, 11662)
    payment = pay(cast, 11662)
    taken = actions.take_early_discount(document=invoice, payment=payment, actor=ADA, at=NOW)
    assert (taken.gross_minor, taken.net_minor, taken.tax_minor) == (238, 200, 38)
    assert open_minor(invoice, payment) == [0, 0]
    assert kinds_of_facts()[-2:] == ["early_discount_taken", "invoice_paid"]


def test_i4_no_discount_after_the_window_or_for_too_little(cast: Cast) -> None:
    late = cast.invoice(11900, days_ago=11, early=("2", 10))
    assert queries.early_discount_offer(late, TODAY) is None
    payment = pay(cast, 11662)
    with pytest.raises(RuleBroken, match="not_offered"):
        actions.take_early_discount(document=late, payment=payment, actor=ADA, at=NOW)
    young = cast.invoice(11900, days_ago=1, early=("2", 10))
    short = pay(cast, 11661, allocate_to=[(young.id, 11661)])
    with pytest.raises(RuleBroken, match=r"0\.01 EUR more is needed"):
        actions.take_early_discount(document=young, payment=short, actor=ADA, at=NOW)


def test_i4_taking_the_payment_off_takes_the_discount_back_and_it_can_be_taken_again(cast: Cast) -> None:
    invoice = cast.invoice(11900, days_ago=3, early=("2", 10))
    payment = pay(cast, 11662)
    actions.take_early_discount(document=invoice, payment=payment, actor=ADA, at=NOW)
    [allocation] = queries.allocations_of_document(invoice.id)
    actions.reverse_allocation(allocation=allocation, actor=ADA, at=NOW + timedelta(minutes=1))
    assert open_minor(invoice, payment) == [11900, 11662]
    actions.allocate(payment=payment, document=invoice, amount_minor=11662, actor=ADA, at=NOW)
    actions.take_early_discount(document=invoice, payment=payment, actor=ADA, at=NOW)
    assert open_minor(invoice, payment) == [0, 0]


def test_a_set_of_payments_is_recorded_at_once_each_with_its_invoice(cast: Cast) -> None:
    invoices = [cast.invoice(1000 + n) for n in range(5)]
    made = actions.receive_many(
        [
            actions.ReceivedPayment(
                customer_id=cast.customer.id,
                legal_entity_id=cast.seller.id,
                method="card",
                amount_minor=invoice.payable_minor,
                currency="EUR",
                received_on=TODAY,
                at=NOW,
                document_id=invoice.id,
                document_number=invoice.number,
                allocated_minor=invoice.payable_minor,
                is_settled=True,
                document_total_minor=invoice.payable_minor,
                source="shop",
                external_ref=invoice.number,
            )
            for invoice in invoices
        ],
        actor=ADA,
    )
    assert len(made) == 5
    assert open_minor(*invoices) == [0] * 5


def test_a_set_that_would_pay_an_invoice_twice_is_refused_whole(cast: Cast) -> None:
    invoice = cast.invoice(1000)
    one = actions.ReceivedPayment(
        customer_id=cast.customer.id,
        legal_entity_id=cast.seller.id,
        method="card",
        amount_minor=1000,
        currency="EUR",
        received_on=TODAY,
        at=NOW,
        document_id=invoice.id,
        document_number=invoice.number,
        allocated_minor=1000,
    )
    with pytest.raises(Conflict, match="over_allocated"):
        actions.receive_many([one, one], actor=ADA)
