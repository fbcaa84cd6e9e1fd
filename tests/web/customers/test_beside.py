"""The panel beside a conversation: what there is to know of a customer now, each part for who may see it (V-7)."""

from django.test import Client
from django.utils import translation

from conto.apps.accounts import actions as accounts
from conto.apps.crm import actions as crm
from conto.apps.crm.models import Customer
from conto.apps.invoicing.models import DocumentLine, Question
from conto.domain.facts import SYSTEM
from conto.domain.ids import new_id
from conto.domain.permissions import Permission, Role
from conto.domain.sight import Area, Reach
from conto.flows import credit_invoice
from conto.web.customers.words import telling
from tests.api.programs import of
from tests.web.living import NOW, Living, bill, pay

HEADS_OF_MONEY = ("Money now", "Last documents", "Last payments", "Bought most, two years", "Owes now", "EUR", "€")


def words(client: Client, address: str, status: int = 200) -> str:
    answer = client.get(address)
    assert answer.status_code == status, address
    return str(answer.content.decode())


def in_book(book: Living, role: Role) -> Client:
    client = Client(SERVER_NAME="localhost")
    client.force_login(book.members[role])
    return client


def test_v7_the_panel_tells_what_is_owed_late_asked_bought_and_said(living_book: Living) -> None:
    book, customer = living_book, living_book.customer
    late = bill(customer, NOW, terms_days=0)
    pay(late, 100)
    question = Question.objects.create(
        id=new_id(), document=late, customer=customer, name="Eva", body="What is this for?", asked_at=NOW
    )
    known = in_book(book, Role.SALES).get(f"/customers/{customer.id}/beside").context["known"]
    (standing,) = known.standing.standings
    assert standing.late_minor >= late.payable_minor - 100 > 0
    assert [row.id for row in known.questions] == [question.id]
    assert late.number in {row.number for row in known.documents}
    assert known.payments[0].customer_id == customer.id
    assert {each.kind for each in known.contacts} >= {"letter_in", "call"}
    page = words(in_book(book, Role.SALES), f"/customers/{customer.id}/beside")
    for said in ("What is this for?", "About the rest.", "The chairs", "Website", "PDF by mail", "1 of 1 agree"):
        assert said in page
    before = {each.name: each.net_minor for each in known.bought}["Website"]
    assert before == sum(
        line.net_minor for line in DocumentLine.objects.filter(document__customer=customer, name="Website")
    )
    issued = credit_invoice.credit(document=late, reason="Agreed", actor=SYSTEM, at=NOW)
    known = in_book(book, Role.SALES).get(f"/customers/{customer.id}/beside").context["known"]
    assert [row.number for row in known.credit_notes] == [issued.number]
    assert {each.name: each.net_minor for each in known.bought}["Website"] == before - late.net_minor


def test_v7_what_may_not_be_seen_has_no_nought_and_no_heading(living_book: Living) -> None:
    book, customer = living_book, living_book.customer
    page = words(in_book(book, Role.MARKETING), f"/customers/{customer.id}/beside")
    main = page.partition('id="beside"')[2].partition("Preferences")[0]
    for head in (*HEADS_OF_MONEY, "The chairs", "Subscriptions"):
        assert head not in main
    assert "About the rest." in main, "calls are for whoever sees the customer"
    told = of(book.members[Role.OWNER], [Permission.CUSTOMER_VIEW]).get(f"/customers/{customer.id}/context").json()
    assert {name for name, value in told.items() if value is None} >= {
        "standings", "days_to_pay", "documents", "credit_notes", "questions", "purchases", "payments", "subscriptions",
    }  # fmt: skip
    assert {each["kind"] for each in told["contacts"]} == {"call"}
    whole = of(book.members[Role.SUPPORT]).get(f"/customers/{customer.id}/context").json()
    assert whole["standings"][0]["currency"] == "EUR"
    assert {row["number"] for row in whole["documents"]} >= {book.document.number}
    assert whole["payments"][0]["id"] == str(book.payment.id)
    assert whole["consents"] == [
        {"purpose": "news", "people": 1, "of": 1},
        {"purpose": "measuring", "people": 0, "of": 1},
    ]
    assert of(book.members[Role.OWNER], [Permission.INVOICE_VIEW]).get(
        f"/customers/{customer.id}/context"
    ).status_code == 403  # fmt: skip


def test_v7_the_panel_stands_beside_conversations_and_activities_of_customers_one_sees(living_book: Living) -> None:
    book, customer = living_book, living_book.customer
    asks = f'hx-get="/customers/{customer.id}/beside"'
    pages = [
        f"/letters/{book.ids['thread_id']}/", f"/activities/{book.ids['activity_id']}",
        f"/activities/new?customer={customer.id}",
    ]  # fmt: skip
    rita = in_book(book, Role.SALES)
    for address in pages:
        assert asks in words(rita, address), address
    accounts.set_reaches(wanted={(Role.SALES, area): Reach.OWN for area in Area}, actor=SYSTEM, at=NOW)
    crm.set_owner(customer=customer, owner_id=book.members[Role.OWNER].id, actor=SYSTEM, at=NOW)
    assert not Customer.objects.filter(id=customer.id, owner=None).exists()
    words(rita, f"/customers/{customer.id}/beside", 404)
    assert of(book.members[Role.SALES]).get(f"/customers/{customer.id}/context").status_code == 404
    mine = words(rita, f"/activities/{book.ids['activity_id']}")
    assert asks not in mine, "their own deal with a customer whom they do not see says nothing else of the customer"


def test_the_link_on_a_paper_is_told_apart_from_the_one_that_was_made_for_a_mail() -> None:
    assert telling("link_made", {"number": "INV-1", "is_printed": True}, "").title == "Link printed on INV-1"
    assert telling("link_made", {"number": "INV-1"}, "").title == "Link to INV-1 made"


def test_what_has_no_words_in_stories_is_called_as_in_the_record_in_the_language_of_the_reader() -> None:
    with translation.override("de"):
        told = telling("work_billed", {"number": "P-2026-00004"}, "")
    assert (told.title, told.note) == ("Arbeit abgerechnet", "P-2026-00004")
