"""The customer's pages: seen with the link only, in the document's language, never kept, never too often."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from conto.apps.accounts.models import Business
from conto.apps.audit.models import Fact
from conto.apps.invoicing import actions as invoicing
from conto.apps.invoicing.models import Document, PortalLink
from conto.apps.messaging.models import Mail
from conto.apps.payments import actions
from conto.web.portal import door
from tests.apps.payments.cast import ADA, NOW, TODAY, Cast, issue, make_customer, make_member

pytestmark = pytest.mark.django_db
MakeLink = Callable[[Document], str]


def test_the_page_says_what_how_much_by_when_and_how_to_pay(cast: Cast, link: MakeLink, client: Client) -> None:
    page = client.get(link(cast.invoice(11900, early=("2", 10)))).content.decode()
    for words in ("€119.00", "INV-2026-00001", "DE89 3704 0044 0532 0130 00", "Pay online now", "data:image/svg+xml"):
        assert words in page, words


def test_the_answer_is_kept_nowhere_and_found_nowhere(cast: Cast, link: MakeLink, client: Client) -> None:
    address = link(cast.invoice())
    for path in (address, f"{address}/file/nothing", "/i/never-made"):
        answer = client.get(path)
        assert answer["Cache-Control"] == "no-store, private" or answer.status_code == 404
    answer = client.get(address)
    assert "noindex" in answer["X-Robots-Tag"]
    assert answer["Referrer-Policy"] == "same-origin"
    assert "Set-Cookie" not in {name for name, _ in answer.items()} or "session" not in answer.get("Set-Cookie", "")


@pytest.mark.parametrize(("language", "words"), [("en", "Ask a question"), ("de", 'lang="de"'), ("fr", 'lang="fr"')])
def test_it_speaks_the_documents_language(
    cast: Cast, link: MakeLink, client: Client, language: str, words: str
) -> None:
    document = issue(cast, 11900, issued_on=TODAY, language=language)
    answer = client.get(link(document), HTTP_ACCEPT_LANGUAGE="es")
    assert answer["Content-Language"] == language
    assert words in answer.content.decode()


def test_a_look_is_noted_once_a_day_and_not_for_members(cast: Cast, link: MakeLink, client: Client) -> None:
    address = link(cast.invoice())
    colleague = Client()
    colleague.force_login(make_member())
    colleague.get(address)
    assert Fact.objects.filter(kind="document_viewed").count() == 0
    client.get(address)
    client.get(address)
    assert Fact.objects.filter(kind="document_viewed").count() == 1


def test_a_day_begins_at_midnight_where_the_business_is(cast: Cast) -> None:
    late = datetime(2026, 11, 22, 22, 30, tzinfo=UTC)  # half past eleven in Berlin, then half past midnight twice
    link = invoicing.create_link(document=cast.invoice(), actor=ADA, at=late)
    for minutes, looks in ((0, 1), (5, 1), (60, 2), (65, 2)):
        invoicing.see_link(token=link.token, at=late + timedelta(minutes=minutes))
        assert Fact.objects.filter(kind="document_viewed").count() == looks, f"after {minutes} minutes"


def test_it_shows_nothing_about_other_customers(cast: Cast, link: MakeLink, client: Client) -> None:
    other = make_customer(name="Secret canary", email="canary@secret.example")
    cast.invoice(777, customer=other)
    page = client.get(link(cast.invoice())).content.decode()
    assert "canary" not in page.lower()
    assert "7.77" not in page


@pytest.mark.parametrize(("state", "status", "words"), [("expired", 410, "run out"), ("revoked", 410, "closed by its")])
def test_a_closed_link_says_why(
    cast: Cast, link: MakeLink, client: Client, state: str, status: int, words: str
) -> None:
    address = link(cast.invoice())
    row = PortalLink.objects.get()
    if state == "revoked":
        invoicing.revoke_link(link=row, actor=ADA, at=NOW)
    else:
        PortalLink.objects.update(expires_at=timezone.now() - timedelta(days=1))
    answer = client.get(address)
    assert (answer.status_code, words in answer.content.decode()) == (status, True)


@pytest.mark.usefixtures("still_clock")
def test_an_unknown_link_is_no_page_and_guessing_ends_soon(cast: Cast, client: Client) -> None:
    answers = [client.get(f"/i/guess-{n}") for n in range(door.MOST_WRONG + 1)]
    assert {answer.status_code for answer in answers[:-1]} == {404}
    assert answers[-1].status_code == 429
    assert int(answers[-1]["Retry-After"]) > 0


def test_a_new_link_goes_to_the_address_on_record_only(cast: Cast, link: MakeLink, client: Client) -> None:
    address = link(cast.invoice())
    PortalLink.objects.update(expires_at=timezone.now() - timedelta(days=1))
    page = client.post(f"{address}/new-link", {"email": "thief@evil.example"}).content.decode()
    assert "on its way" in page
    mail = Mail.objects.get()
    assert mail.to_address == "ap@nordwind.example"
    assert "/i/" in mail.text
    assert "/i/" not in page.replace(address, "")


@pytest.mark.usefixtures("still_clock")
def test_writing_too_often_is_refused(cast: Cast, link: MakeLink, client: Client) -> None:
    address = link(cast.invoice())
    form = {"name": "Bo", "body": "Why?"}
    answers = [client.post(f"{address}/question", form).status_code for _ in range(door.MOST_WRITES + 1)]
    assert answers[-2:] == [303, 429]


def test_a_question_reaches_whoever_looks_after_the_customer(cast: Cast, link: MakeLink, client: Client) -> None:
    make_member()
    address = link(cast.invoice())
    answer = client.post(f"{address}/question", {"name": "Bo", "email": "bo@nordwind.example", "body": "Why <19 %>?"})
    assert answer.status_code == 303
    assert "on its way" in client.get(answer["Location"]).content.decode()
    mail = Mail.objects.get()
    assert (mail.to_address, "Why <19 %>?" in mail.text) == ("ada@kestrel.example", True)
    assert Fact.objects.filter(kind="question_asked").exists()


def test_a_question_without_words_comes_back_with_its_error(cast: Cast, link: MakeLink, client: Client) -> None:
    answer = client.post(f"{link(cast.invoice())}/question", {"name": "Bo", "body": ""})
    assert answer.status_code == 422


def test_what_is_paid_thanks_and_offers_no_payment(cast: Cast, link: MakeLink, client: Client) -> None:
    document = cast.invoice(11900)
    actions.receive_payment(
        customer=cast.customer,
        legal_entity=cast.seller,
        method="cash",
        amount_minor=11900,
        currency="EUR",
        received_on=TODAY,
        actor=ADA,
        at=NOW,
    )
    page = client.get(link(document)).content.decode()
    assert "Thank you" in page
    assert "Pay online" not in page


def test_without_a_gateway_nobody_can_pay_online(cast: Cast, link: MakeLink, client: Client) -> None:
    Business.objects.update(is_sandbox=False)
    address = link(cast.invoice())
    assert "Pay online" not in client.get(address).content.decode()
    assert client.post(f"{address}/pay").status_code == 404


def test_a_gateway_that_says_nothing_is_no_failure_and_nothing_is_lost(
    cast: Cast, link: MakeLink, client: Client, settings: object
) -> None:
    settings.SANDBOX_GATEWAY_URL = "http://localhost:9"  # type: ignore[attr-defined]
    address = link(cast.invoice())
    first = client.post(f"{address}/pay")
    again = client.post(f"{address}/pay")
    assert first["Location"] == again["Location"]
    page = client.get(first["Location"]).content.decode()
    assert "has not answered yet" in page


def test_an_event_without_a_signature_is_refused(cast: Cast, client: Client) -> None:
    assert client.post("/webhooks/payment/sandbox", b"{}", content_type="application/json").status_code == 400
    assert client.post("/webhooks/payment/other", b"{}", content_type="application/json").status_code == 404
    assert client.get("/webhooks/payment/sandbox").status_code == 405


@pytest.mark.parametrize("payments", [1, 3])
def test_the_page_asks_the_database_a_constant_number_of_times(
    cast: Cast, link: MakeLink, client: Client, payments: int, django_assert_max_num_queries: object
) -> None:
    document = cast.invoice(11900)
    for _ in range(payments):
        actions.receive_payment(
            customer=cast.customer,
            legal_entity=cast.seller,
            method="cash",
            amount_minor=100,
            currency="EUR",
            received_on=TODAY,
            actor=ADA,
            at=NOW,
        )
    address = link(document)
    client.get(address)
    with django_assert_max_num_queries(17):  # type: ignore[operator]
        client.get(address)
