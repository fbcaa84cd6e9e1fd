"""Pages that ask again who sits there, and how one goes on from there."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import get_resolver

from conto.apps.accounts.models import Member, SellerBankAccount
from conto.web.freshness import fresh
from tests.web.living import pages
from tests.web.safety.people import PASSWORD, People, grow_stale, inside, meet

pytestmark = pytest.mark.django_db


@pytest.fixture
def people() -> People:
    return meet()


def asked(answer: Any) -> dict[str, str]:
    """Return what the page that asks was told, or nothing if nobody is asked."""
    address = answer.headers.get("HX-Redirect") or answer.headers.get("Location", "")
    there = urlsplit(address)
    return {key: values[0] for key, values in parse_qs(there.query).items()} if there.path == "/prove" else {}


def account_page(people: People) -> str:
    return f"/settings/entities/{people.entity.id}/accounts/new"


def test_who_has_just_signed_in_is_not_asked(people: People) -> None:
    assert inside(people.olga).get(account_page(people)).status_code == 200


def test_after_a_quarter_of_an_hour_the_page_asks_and_then_leads_on(people: People) -> None:
    client = inside(people.olga)
    grow_stale(client)
    page = account_page(people)
    assert asked(client.get(page)) == {"next": page}
    shown = client.get(f"/prove?next={page}")
    assert "Is it you?" in shown.content.decode()
    answer = client.post("/prove", {"password": PASSWORD, "next": page})
    assert answer.headers["Location"] == page
    assert client.get(page).status_code == 200


def test_a_form_sent_too_late_is_not_saved_and_leads_to_its_page_again(people: People) -> None:
    client = inside(people.olga)
    grow_stale(client)
    page = account_page(people)
    form = {"holder": "Kestrel", "currency": "EUR", "iban": "DE89370400440532013000"}
    told = asked(client.post(page, form, headers={"referer": f"http://localhost{page}"}))
    assert told == {"next": page, "form": "1"}
    assert not SellerBankAccount.objects.exists()
    assert "Your form was not saved" in client.get(f"/prove?next={page}&form=1").content.decode()


def test_a_form_from_elsewhere_leads_to_the_first_page(people: People) -> None:
    client = inside(people.olga)
    grow_stale(client)
    told = asked(client.post(account_page(people), {}, headers={"referer": "https://evil.example/trap"}))
    assert told["next"] == "/"


def test_a_part_sends_the_whole_page_to_be_asked(people: People) -> None:
    client = inside(people.olga)
    grow_stale(client)
    headers = {"HX-Request": "true", "HX-Current-URL": "http://localhost/customers/1/?tab=a"}
    answer = client.get(account_page(people), headers=headers)
    assert answer.status_code == 204
    assert asked(answer) == {"next": "/customers/1/?tab=a"}


def test_a_file_leads_back_to_the_page_with_its_link(people: People) -> None:
    client = inside(people.olga)
    grow_stale(client)
    told = asked(client.get("/customers/export.csv", headers={"referer": "http://localhost/customers/?q=a"}))
    assert told == {"next": "/customers/?q=a"}


def test_nobody_is_led_to_another_site(people: People) -> None:
    client = inside(people.olga)
    answer = client.post("/prove", {"password": PASSWORD, "next": "https://evil.example/"})
    assert answer.headers["Location"] == "/"


def test_wrong_passwords_are_counted_and_lock_the_door(people: People) -> None:
    client = inside(people.olga)
    grow_stale(client)
    for _try in range(5):
        assert client.post("/prove", {"password": "wrong"}).status_code == 422
    people.olga.refresh_from_db()
    assert people.olga.locked_until is not None
    assert client.post("/prove", {"password": PASSWORD}).status_code == 422
    assert asked(client.get(account_page(people)))


def test_a_right_password_forgets_the_wrong_ones(people: People) -> None:
    client = inside(people.olga)
    client.post("/prove", {"password": "wrong"})
    client.post("/prove", {"password": PASSWORD})
    assert Member.objects.get(id=people.olga.id).failed_sign_ins == 0


def test_a_visitor_is_led_to_the_door_before_anything_is_asked(client: Client) -> None:
    page: Any = fresh(lambda request: HttpResponse())  # noqa: ARG005
    request = HttpRequest()
    request.path = "/exports"
    request.member = None  # type: ignore[attr-defined]
    assert page(request).headers["Location"].startswith("/sign-in")


def test_a_proof_from_the_future_counts_for_nothing(people: People) -> None:
    client = inside(people.olga)
    grow_stale(client, seconds=-3600)
    assert asked(client.get(account_page(people)))


def test_the_pages_that_must_ask_do(people: People) -> None:
    del people
    assert get_resolver().url_patterns
    asking = {name for name, _parameters, page in pages() if _asks(page)}
    assert asking >= {
        "settings_account_new",
        "settings_account",
        "settings_account_remove",
        "settings_member_password",
        "customer_bank",
        "customers_export",
        "deals_export",
        "quotes_export",
        "invoices_export",
    }


def _asks(page: Any) -> bool:
    while page is not None:
        if getattr(page, "is_fresh", False):
            return True
        page = getattr(page, "__wrapped__", None)
    return False
