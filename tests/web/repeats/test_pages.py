"""Repeating invoices on pages: set up from an invoice, foreseen, changed, paused, held."""

from datetime import date
from typing import Any

import pytest
from django.test import Client

from conto.apps.accounts import actions as accounts
from conto.apps.accounts.models import Business
from conto.apps.crm import actions as crm
from conto.apps.invoicing.models import Document
from conto.apps.repeats import queries
from conto.apps.repeats.models import Repeat, RepeatInvoice
from conto.domain.facts import SYSTEM
from conto.domain.permissions import Role
from conto.domain.repeat import Does
from tests.repeating import NOW, made, repeating
from tests.scene import Scene, line, set_scene

pytestmark = pytest.mark.django_db


@pytest.fixture
def scene(db: None) -> Scene:
    Business.objects.create(
        name="Nordlicht", country="DE", currency="EUR", zone="Europe/Berlin", set_up_at=NOW, changed_at=NOW
    )
    return set_scene()


@pytest.fixture
def client(scene: Scene) -> Client:
    client = Client(SERVER_NAME="localhost")
    client.force_login(scene.owner)
    return client


def typed(*names: str, **more: Any) -> dict[str, Any]:
    """Type what a form of a repeating invoice asks for."""
    lines: dict[str, Any] = {"lines-TOTAL_FORMS": str(len(names)), "lines-INITIAL_FORMS": "0"}
    for n, name in enumerate(names):
        lines |= {
            f"lines-{n}-name": name, f"lines-{n}-quantity": "1", f"lines-{n}-unit": "C62",
            f"lines-{n}-unit_price": "100", f"lines-{n}-tax": "standard",
        }  # fmt: skip
    head = {
        "title": "Retainer", "next_on": "2099-01-31", "every": "1", "interval": "month", "ends": "never",
        "covers": "ahead", "does": "draft", "terms_days": "14", "language": "de", "price_mode": "net",
    }  # fmt: skip
    return {**head, **lines, **more}


def test_ri8_an_invoice_is_set_to_repeat_as_it_is_after_a_look_at_what_comes(client: Client, scene: Scene) -> None:
    document = scene.issued(line("50", "2", rate_class="reduced", tax_category="S", tax_rate="7"), notes="Danke")
    page = client.get(f"/repeats/new?from={document.id}")
    form = page.context["form"].initial
    assert (page.status_code, form["notes"], form["title"]) == (200, "Danke", "Consulting")
    first = page.context["lines"].forms[0].initial
    answer = client.post(
        f"/repeats/new?from={document.id}",
        typed("Support {month}", **{
            "from": str(document.id), "lines-0-kept": first["kept"], "next_on": "2026-11-30", "is_month_end": "on",
            "lines-0-unit_price": "100", "ends": "count", "most_invoices": "3",
        }),
    )  # fmt: skip
    row = Repeat.objects.get()
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/repeats/{row.id}")
    assert (row.customer_id, row.source_id, row.next_on) == (scene.customer.id, document.id, date(2026, 11, 30))
    page = client.get(f"/repeats/{row.id}")
    coming = [(each.due_on.isoformat(), each.total_minor) for each, _ in page.context["coming"]]
    assert coming == [("2026-11-30", 10700), ("2026-12-31", 10700), ("2027-01-31", 10700)], "taxed as the invoice was"


def test_what_is_typed_is_foreseen_without_being_stored(client: Client, scene: Scene) -> None:
    asked = typed("Support", customer=str(scene.customer.id), next_on="2026-12-01", discount_percent="10")
    html = client.post("/repeats/foresee", asked).content.decode()
    assert html.count("107.10") == 13  # each, and twelve days
    assert "Use one of" not in html
    assert "<li" not in client.post("/repeats/foresee", {**asked, "next_on": ""}).content.decode()
    assert client.post("/repeats/foresee", typed("Support")).status_code == 404
    assert not Repeat.objects.exists()


def test_lines_are_added_and_picked_before_it_is_stored(client: Client, scene: Scene) -> None:
    at = f"/repeats/new?customer={scene.customer.id}"
    asked = typed("Support", "Hosting", customer=str(scene.customer.id))
    page = client.post(at, {**asked, "add_line": "1"})
    assert [form.initial.get("name") for form in page.context["lines"].forms] == ["Support", "Hosting", None]
    page = client.post(at, {**asked, "remove_line": "lines-0"})
    assert [form.initial.get("name") for form in page.context["lines"].forms] == ["Hosting"]
    assert not Repeat.objects.exists()


@pytest.mark.parametrize(
    ("wrong", "status", "words"),
    [
        ({"title": ""}, 422, "This field is required"),
        ({"ends": "day"}, 422, "Say when it ends."),
        ({"lines-0-name": "{mnoth}"}, 409, "Nothing stands for"),
        ({"next_on": "2020-01-01"}, 409, "It begins at most 400 days ago."),
        ({"lines-0-DELETE": "on"}, 409, "has at least one line"),
    ],
)
def test_ri5_what_cannot_be_agreed_is_said_and_kept_in_the_form(
    client: Client, scene: Scene, wrong: dict[str, str], status: int, words: str
) -> None:
    customer = str(scene.customer.id)
    page = client.post(f"/repeats/new?customer={customer}", typed("Support", customer=customer, **wrong))
    assert page.status_code == status
    assert words in page.content.decode()
    assert not Repeat.objects.exists()


def test_ri7_it_is_changed_paused_resumed_and_ended(client: Client, scene: Scene) -> None:
    row = repeating(scene.customer, does=Does.ISSUE)
    made()
    at = f"/repeats/{row.id}"
    assert client.get(f"{at}/edit").status_code == 200
    asked = typed("Anders", next_on="2026-12-22", does="issue", version="1")
    assert client.post(f"{at}/edit", asked).status_code == 303
    assert client.post(f"{at}/edit", {**asked, "title": "Zu spät"}).status_code == 409, "somebody else changed it"
    row.refresh_from_db()
    assert (row.version, queries.terms_for(row).lines[0].name) == (2, "Anders")
    for act, state in (("pause", "paused"), ("resume", "active"), ("end", "ended")):
        assert client.post(f"{at}/act", {"act": act}).status_code == 303
        assert Repeat.objects.get().state == state
    assert client.post(f"{at}/act", {"act": "zz"}).status_code == 404
    html = client.get(at).content.decode()
    assert Document.objects.get().number in html
    assert f"{at}/edit" not in html


def test_ri6_what_is_held_and_not_sent_is_seen_on_the_first_page_and_put_right(client: Client, scene: Scene) -> None:
    held, unsent = repeating(scene.customer, does=Does.ISSUE), repeating(scene.person, does=Does.SEND)
    crm.archive_customer(customer=scene.customer, actor=SYSTEM, at=NOW)
    made()
    html = client.get("/").content.decode()
    assert f"/repeats/{held.id}" in html
    assert f"/repeats/{unsent.id}" in html
    assert "Müller &amp; Söhne is archived." in html
    assert "has no mail address" in client.get(f"/repeats/{unsent.id}").content.decode()
    client.post(f"/repeats/{unsent.id}/act", {"act": "settle"})
    client.post(f"/repeats/{held.id}/act", {"act": "again"})
    assert Repeat.objects.get(id=held.id).held_code == ""
    html = client.get("/").content.decode()
    assert f"/repeats/{unsent.id}" not in html


def test_it_is_found_by_title_and_customer_and_from_what_it_made(client: Client, scene: Scene) -> None:
    row = repeating(scene.customer, does=Does.ISSUE)
    for text in (row.title.lower()[1:6], scene.customer.name[:6]):
        assert f'href="/repeats/{row.id}"' in client.get("/search", {"q": text}).content.decode(), text
    assert str(row.id) not in client.get("/search", {"q": "nothing of the kind"}).content.decode()
    made()
    document_id = RepeatInvoice.objects.get().document_id
    assert f'<a class="link" href="/repeats/{row.id}">' in client.get(f"/invoices/{document_id}").content.decode()
    plain = scene.issued(line("50"))
    assert "Made by the repeating invoice" not in client.get(f"/invoices/{plain.id}").content.decode()


def test_ri6_who_may_not_issue_cannot_let_it_issue(scene: Scene) -> None:
    member = accounts.add_member(
        email="sales@nordlicht.example", name="Sam", role=Role.SALES, password="correct horse 9", language="en",
        actor=SYSTEM, at=NOW,
    )  # fmt: skip
    client = Client(SERVER_NAME="localhost")
    client.force_login(member)
    customer = str(scene.customer.id)
    for does in ("issue", "send"):
        page = client.post(f"/repeats/new?customer={customer}", typed("Support", customer=customer, does=does))
        assert page.status_code == 422
    assert not Repeat.objects.exists()
    assert "Drafts only" in client.get(f"/repeats/new?customer={customer}").content.decode(), "said before it is sent"
    assert client.post(f"/repeats/new?customer={customer}", typed("Support", customer=customer)).status_code == 303


def test_a_book_without_any_says_what_they_are_for(client: Client, scene: Scene) -> None:
    assert "Nothing repeats yet" in client.get("/repeats/").content.decode()
    assert "Nobody found" in client.get("/repeats/new?q=zzzz").content.decode()
    card = f"/repeats/of/{scene.customer.id}"
    assert "Repeating invoices" not in client.get(card).content.decode()
    repeating(scene.customer)
    assert "Repeating invoices" in client.get(card).content.decode()
