"""Payments on the screen: recorded from an invoice, shared, undone, refunded, and listed with few questions."""

from typing import Any

import pytest
from django.test import Client

from conto.apps.ledger import queries as ledger
from conto.apps.messaging.models import Mail
from conto.apps.payments import actions, queries
from conto.apps.payments.models import Allocation, Payment, Refund
from conto.domain.ids import new_id
from tests.apps.payments.cast import ADA, NOW, TODAY, Cast, make_customer, make_member

pytestmark = pytest.mark.django_db


def pay(cast: Cast, amount_minor: int, **more: Any) -> Payment:
    values = {"method": "bank_transfer", "currency": "EUR", "received_on": TODAY, **more}
    return actions.receive_payment(
        customer=cast.customer, legal_entity=cast.seller, amount_minor=amount_minor, actor=ADA, at=NOW, **values
    )


def form(cast: Cast, **more: str) -> dict[str, str]:
    return {
        "key": str(new_id()),
        "customer": str(cast.customer.id),
        "currency": "EUR",
        "amount": "100.00",
        "received_on": TODAY.isoformat(),
        "method": "bank_transfer",
        **more,
    }


def test_the_form_is_filled_from_the_invoice(cast: Cast, member_client: Client) -> None:
    cast.invoice(5000, days_ago=30)
    invoice = cast.invoice(11900)
    page = member_client.get(f"/payments/new?document={invoice.id}").content.decode()
    assert 'value="119.00"' in page
    assert page.index(invoice.number) < page.index("INV-2026-00001")


def test_a_payment_is_recorded_once_with_its_receipt(cast: Cast, member_client: Client) -> None:
    invoice = cast.invoice(11900)
    values = form(cast, amount="119", with_receipt="on", **{f"part_{invoice.id}": "119.00"})
    answers = [member_client.post("/payments/new", values) for _ in range(2)]
    payment = Payment.objects.get()
    assert {answer["Location"] for answer in answers} == {f"/payments/{payment.id}"}
    assert ledger.open_minor(invoice.id) == 0
    mail = Mail.objects.get()
    assert mail.purpose == "receipt"
    assert f"{invoice.number}: €119.00, paid in full" in mail.text


def test_i4_a_short_payment_in_time_is_explained_and_settles(cast: Cast, member_client: Client) -> None:
    invoice = cast.invoice(11900, days_ago=3, early=("2", 10))
    values = form(cast, amount="116.62")
    shown = member_client.get("/payments/new/share", values).content.decode()
    assert f'name="discount_{invoice.id}" checked' in shown
    values |= {f"part_{invoice.id}": "116.62", f"discount_{invoice.id}": "on"}
    member_client.post("/payments/new", values)
    assert ledger.open_minor(invoice.id) == 0


def test_too_much_and_too_little_are_explained(cast: Cast, member_client: Client) -> None:
    cast.invoice(11900)
    assert "stays the customer" in member_client.get("/payments/new/share", form(cast, amount="120")).content.decode()
    assert "stays open" in member_client.get("/payments/new/share", form(cast, amount="19")).content.decode()


def test_a_wrong_share_comes_back_in_words(cast: Cast, member_client: Client) -> None:
    invoice = cast.invoice(11900)
    answer = member_client.post("/payments/new", form(cast, amount="5", **{f"part_{invoice.id}": "6"}))
    assert (answer.status_code, "More is allocated" in answer.content.decode()) == (422, True)
    assert not Payment.objects.exists()


def test_the_customer_is_found_first_when_none_is_given(cast: Cast, member_client: Client) -> None:
    assert "Who paid?" in member_client.get("/payments/new").content.decode()


def test_an_allocation_is_taken_off_and_put_back(cast: Cast, member_client: Client) -> None:
    invoice = cast.invoice(11900, days_ago=3, early=("2", 10))
    payment = pay(cast, 11662)
    actions.take_early_discount(document=invoice, payment=payment, actor=ADA, at=NOW)
    allocation = Allocation.objects.get()
    answer = member_client.post(f"/payments/allocations/{allocation.id}/undo")
    toast = answer.cookies["conto_toast"]
    assert toast.coded_value == toast.value  # quoted by nobody: the page reads it as it stands
    assert "redo" in toast.value
    assert ledger.open_minor(invoice.id) == 11900
    assert "Taken off" in member_client.get(f"/payments/{payment.id}").content.decode()
    member_client.post(f"/payments/allocations/{allocation.id}/redo")
    assert ledger.open_minor(invoice.id) == 0


def test_what_is_left_settles_another_invoice(cast: Cast, member_client: Client) -> None:
    payment = pay(cast, 15000)
    invoice = cast.invoice(11900)
    assert "Use the credit" in member_client.get(f"/payments/{payment.id}").content.decode()
    member_client.post(f"/payments/{payment.id}/allocate", {"document": str(invoice.id)})
    assert (ledger.open_minor(invoice.id), ledger.open_minor(payment.id)) == (0, 3100)


def test_a_refund_shows_what_it_will_do_and_does_it_once(cast: Cast, member_client: Client) -> None:
    invoice = cast.invoice(10000)
    payment = pay(cast, 12000)
    address = f"/payments/{payment.id}/refund"
    shown = member_client.get(f"{address}/preview", {"amount": "50", "method": "cash"}).content.decode()
    assert "loses €30.00 and will have €30.00 open" in shown
    values = {"key": str(new_id()), "amount": "50", "method": "cash", "refunded_on": TODAY.isoformat(), "reason": "x"}
    for _ in range(2):
        assert member_client.post(address, values).status_code == 303
    assert Refund.objects.get().amount_minor == 5000
    assert (ledger.open_minor(invoice.id), ledger.open_minor(payment.id)) == (3000, 0)


def test_i4_the_preview_of_a_refund_counts_the_discount_that_is_taken_back(cast: Cast, member_client: Client) -> None:
    invoice = cast.invoice(11900, days_ago=3, early=("2", 10))
    payment = pay(cast, 11662)
    actions.take_early_discount(document=invoice, payment=payment, actor=ADA, at=NOW)
    address = f"/payments/{payment.id}/refund"
    shown = member_client.get(f"{address}/preview", {"amount": "16.62", "method": "cash"}).content.decode()
    assert "loses €16.62 and will have €19.00 open" in shown
    assert "The discount of €2.38" in shown
    values = {"key": str(new_id()), "amount": "16.62", "method": "cash", "refunded_on": TODAY.isoformat()}
    member_client.post(address, values)
    assert ledger.open_minor(invoice.id) == 1900


def test_a_refund_above_what_was_paid_is_refused_in_words(cast: Cast, member_client: Client) -> None:
    cast.invoice(10000)
    payment = pay(cast, 12000)
    values = {"key": str(new_id()), "amount": "120.01", "method": "cash", "refunded_on": TODAY.isoformat()}
    answer = member_client.post(f"/payments/{payment.id}/refund", values)
    assert answer.status_code == 422
    assert "No more than €120.00 can be refunded" in answer.content.decode()
    assert not Refund.objects.exists()


def test_the_receipt_can_be_printed_and_sent_again(cast: Cast, member_client: Client) -> None:
    cast.invoice(10000)
    payment = pay(cast, 12000)
    page = member_client.get(f"/payments/{payment.id}/receipt").content.decode()
    assert "Nordwind AG" in page
    assert "€20.00" in page
    member_client.post(f"/payments/{payment.id}/receipt/send")
    assert Mail.objects.get().to_address == "ap@nordwind.example"


@pytest.mark.parametrize("view", ["all", "unallocated", "refunds"])
def test_the_views_show_their_own(cast: Cast, member_client: Client, view: str) -> None:
    assert member_client.get(f"/payments/?view={view}").status_code == 200
    cast.invoice(10000)
    payment = pay(cast, 12000)
    pay(cast, 500, allocate_to=None)
    pay(cast, 300, allocate_to=None)
    actions.refund(payment=payment, amount_minor=2000, method="cash", refunded_on=TODAY, actor=ADA, at=NOW)
    page = member_client.get(f"/payments/?view={view}").content.decode()
    current = page.partition('class="tabs"')[2].partition("</nav>")[0].partition('aria-current="page"')[0]
    assert current.count("<a ") == ["all", "unallocated", "refunds"].index(view) + 1
    assert ("€120.00" in page) == (view == "all")
    assert ("€5.00" in page) == (view in {"all", "unallocated"})
    assert ("−<span" in page) == (view == "refunds")


@pytest.mark.parametrize("payments", [1, 3])
@pytest.mark.parametrize("view", ["all", "unallocated", "refunds"])
def test_the_list_asks_the_database_eight_times_at_most(
    cast: Cast, member_client: Client, payments: int, view: str, django_assert_max_num_queries: Any
) -> None:
    for n in range(payments):
        cast.invoice(1000 + n)
        made = pay(cast, 1500)
        actions.refund(payment=made, amount_minor=1, method="cash", refunded_on=TODAY, actor=ADA, at=NOW)
    member_client.get("/payments/")
    with django_assert_max_num_queries(8):
        member_client.get(f"/payments/?view={view}")


@pytest.mark.parametrize("rows", [1, 3])
def test_the_form_and_the_payment_ask_a_constant_number_of_times(
    cast: Cast, member_client: Client, rows: int, django_assert_max_num_queries: Any
) -> None:
    for n in range(rows):
        cast.invoice(1000 + n, early=("2", 10))
    payment = pay(cast, 500 + 1000 * (rows - 1))
    with django_assert_max_num_queries(11):
        member_client.get(f"/payments/{payment.id}")
    with django_assert_max_num_queries(11):
        member_client.get("/payments/new", {"customer": str(cast.customer.id)})


def test_pages_follow_each_other_without_gap_or_double(cast: Cast, member_client: Client) -> None:
    made = {pay(cast, 100 + n, allocate_to=None).id for n in range(7)}
    member = make_member(email="b@kestrel.example")
    seen, cursor = [], ""
    while True:
        page = queries.payment_page(member, cursor=cursor, limit=3)
        seen += [row.id for row in page.rows]
        cursor = page.next_cursor
        if not cursor:
            break
    assert len(seen) == 7
    assert set(seen) == made


@pytest.mark.parametrize(
    ("role", "path", "status"),
    [
        ("marketing", "/payments/", 403),
        ("sales", "/payments/", 200),
        ("sales", "/payments/new", 403),
        ("support", "/payments/{id}/refund", 403),
        ("auditor", "/payments/{id}", 200),
        ("finance", "/payments/{id}/refund", 200),
    ],
)
def test_a_role_reaches_what_it_may(cast: Cast, role: str, path: str, status: int) -> None:
    payment = pay(cast, 500)
    client = Client()
    client.force_login(make_member(role))
    assert client.get(path.format(id=payment.id)).status_code == status


def test_a_payment_that_is_not_there_is_no_page(cast: Cast, member_client: Client) -> None:
    make_customer(name="Other")
    for path in ("/payments/{}", "/payments/{}/refund", "/payments/{}/receipt"):
        assert member_client.get(path.format(new_id())).status_code == 404
    assert member_client.post(f"/payments/allocations/{new_id()}/undo").status_code == 404
