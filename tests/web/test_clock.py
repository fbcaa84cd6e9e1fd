"""The clock of a sandbox book in the browser: moved on step by step, and only there."""

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from conto.apps.accounts.models import Business
from conto.apps.audit.models import Fact
from conto.apps.invoicing import queries
from conto.apps.invoicing.models import Document
from conto.apps.messaging.models import Mail
from conto.domain.permissions import Role
from tests.web.living import Living

HTMX = {"HX-Request": "true"}


@pytest.fixture
def book(living_book: Living) -> Living:
    return living_book


@pytest.fixture
def owner(book: Living) -> Client:
    client = Client(SERVER_NAME="localhost")
    client.force_login(book.members[Role.OWNER])
    return client


def ahead() -> timedelta:
    return timedelta(seconds=Business.objects.get().clock_ahead_seconds)


def test_the_frame_of_a_sandbox_book_says_its_day_and_offers_to_move_on(owner: Client) -> None:
    page = owner.get("/").content.decode()
    assert "Today in this book" in page
    assert 'name="by" value="month"' in page


def test_a_real_book_has_no_such_control(book: Living) -> None:
    Business.objects.update(is_sandbox=False)
    client = Client(SERVER_NAME="localhost")
    client.force_login(book.members[Role.OWNER])
    assert "Today in this book" not in client.get("/").content.decode()
    assert client.get("/clock").status_code == 404
    assert client.post("/clock/move", {"by": "day"}).status_code == 404
    assert ahead() == timedelta(0)


def test_a_seller_sees_the_day_and_cannot_move_it(book: Living) -> None:
    client = Client(SERVER_NAME="localhost")
    client.force_login(book.members[Role.SALES])
    page = client.get("/").content.decode()
    assert "Today in this book" in page
    assert "/clock/move" not in page
    assert client.post("/clock/move", {"by": "day"}).status_code == 403


def test_a_week_is_walked_morning_by_morning_and_shown_on_the_way(owner: Client) -> None:
    answer = owner.post("/clock/move", {"by": "week", "next": "/invoices/"}, headers=HTMX)
    shares = []
    while answer.status_code == 200:
        page = answer.content.decode()
        assert "Moving on" in page
        shares.append(int(page.split('<progress value="')[1].split('"')[0]))
        named = {name: page.split(f'name="{name}" value="')[1].split('"')[0] for name in ("to", "start", "next")}
        answer = owner.post(
            "/clock/move", {key: value.replace("&#x2B;", "+") for key, value in named.items()}, headers=HTMX
        )
    assert answer.headers["HX-Redirect"] == "/invoices/"
    assert len(shares) == 7
    assert shares == sorted(shares)
    assert timedelta(days=6) < ahead() < timedelta(days=8)
    moved = Fact.objects.filter(kind="book_clock_moved")
    assert moved.count() == 8
    assert moved.first() is not None


def test_without_script_the_whole_way_is_one_request(owner: Client) -> None:
    answer = owner.post("/clock/move", {"by": "month"})
    assert answer.status_code == 303
    assert timedelta(days=27) < ahead() < timedelta(days=32)


def test_what_is_due_on_the_way_is_done_and_invoices_become_overdue(book: Living, owner: Client) -> None:
    document = Document.objects.filter(kind="invoice").first()
    assert document is not None
    day = max(document.due_on, timezone.now().date()) + timedelta(days=3)
    answer = owner.post("/clock/move", {"on": day.isoformat()})
    assert answer.status_code == 303, answer.content.decode()[-2000:]
    now = timezone.now() + ahead()
    assert now.date() == day
    assert str(queries.state_of(document, 1, now.date())) == "overdue"
    assert not Mail.objects.filter(state="sending").exists()


@pytest.mark.parametrize(
    ("sent", "says"),
    [
        ({"on": "2020-01-01"}, "forward only"),
        ({"on": "2199-01-01"}, "At most 400 days"),
        ({"on": "no day"}, ""),
    ],
)
def test_a_way_back_or_too_far_is_refused_in_words(owner: Client, sent: dict[str, str], says: str) -> None:
    answer = owner.post("/clock/move", sent)
    assert answer.status_code == 422
    assert says in answer.content.decode()
    assert ahead() == timedelta(0)


def test_a_forged_step_back_moves_nothing(owner: Client) -> None:
    back = datetime(2020, 1, 1, tzinfo=UTC).isoformat()
    answer = owner.post("/clock/move", {"to": back, "start": back})
    assert answer.status_code == 303
    assert ahead() == timedelta(0)


def test_the_clock_stands_while_the_demo_company_lives_its_past(owner: Client) -> None:
    Business.objects.update(lived_until=timezone.now())
    # Its clock shows the past: only a book that begins there can, so that this one is looked at from the side.
    page = owner.get("/").content.decode()
    assert "Today in this book" in page
