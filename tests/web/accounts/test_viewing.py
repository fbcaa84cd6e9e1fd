"""Looking at the book with other eyes: nothing more than both may, nothing changed, everything written down."""

from collections.abc import Iterator

import pytest
from django.test import Client

from conto.apps.accounts import actions, queries
from conto.apps.accounts.queries import Eyes
from conto.apps.audit.models import Fact
from conto.domain.facts import SYSTEM
from conto.domain.permissions import GRANTS, Permission, Role
from tests.web.living import NOW, Living, Visit, visits


@pytest.fixture
def book(living_book: Living) -> Living:
    return living_book


def eyes_of(book: Living, viewer: Role, **eyes: object) -> Client:
    client = Client(SERVER_NAME="localhost")
    client.force_login(book.members[viewer])
    assert client.post("/view-as", eyes).status_code == 303
    return client


def kinds(since: int) -> list[str]:
    return list(Fact.objects.order_by("recorded_at", "id").values_list("kind", flat=True))[since:]


@pytest.mark.parametrize("viewer", [Role.OWNER, Role.ADMIN])
@pytest.mark.parametrize("role", list(Role))
def test_a1_borrowed_eyes_see_what_both_may(book: Living, viewer: Role, role: Role) -> None:
    for eyes in (Eyes(role=role.value), Eyes(member_id=book.members[role].id)):
        seen = queries.seen_with(book.members[viewer], eyes)
        assert seen is not None
        assert {p for p in Permission if seen.may(p)} == GRANTS[viewer] & GRANTS[role]


def test_an_owner_sees_the_book_as_marketing_would_and_stops(book: Living) -> None:
    client = eyes_of(book, Role.OWNER, role="marketing")
    page = client.get("/customers/").content.decode()
    assert "You see the book as" in page
    assert "Marketing" in page
    assert client.get("/invoices/").status_code == 403
    assert client.get("/settings/").status_code == 403
    assert client.post("/view-as/stop").headers["Location"] == "/settings/roles"
    assert client.get("/invoices/").status_code == 200
    assert "You see the book as" not in client.get("/customers/").content.decode()
    told = Fact.objects.filter(kind__startswith="view_as").order_by("id")
    assert [(fact.kind, fact.actor_name) for fact in told] == [
        ("view_as_started", "Owner Berg"),
        ("view_as_ended", "Owner Berg"),
    ]


def test_an_administrator_who_looks_as_an_owner_sees_no_more_than_before(book: Living) -> None:
    client = eyes_of(book, Role.ADMIN, member=str(book.members[Role.OWNER].id))
    seen = client.get("/customers/").wsgi_request.member
    assert seen.id == book.members[Role.OWNER].id
    assert not seen.may(Permission.PAYMENT_REFUND)


def writing(book: Living) -> Iterator[Visit]:
    seen = set()
    for visit in visits(book):
        own = visit.address.startswith(("/view-as", "/sign-", "/prove"))
        if visit.needs is not None and not own and visit.name not in seen:
            seen.add(visit.name)
            yield visit


def test_every_write_is_refused_in_plain_words(book: Living) -> None:
    client = eyes_of(book, Role.OWNER, role="owner")
    before = Fact.objects.count()
    wrong = [
        f"{visit.name} {method}: {answer.status_code}"
        for visit in writing(book)
        for method in ("post", "put", "patch", "delete")
        if (answer := getattr(client, method)(visit.address)).status_code != 403
        or b"nothing was changed" not in answer.content
    ]
    assert wrong == []
    assert Fact.objects.count() == before
    part = client.post("/customers/new", {"name": "X"}, headers={"HX-Request": "true"})
    assert part.status_code == 403
    assert "nothing was changed" in part.headers["HX-Trigger"]


def test_a_persons_own_pages_stay_those_of_who_sits_there(book: Living) -> None:
    client = eyes_of(book, Role.OWNER, member=str(book.members[Role.SALES].id))
    page = client.get("/profile").content.decode()
    assert "owner@berg.example" in page
    assert "sales@berg.example" not in page
    assert client.post("/profile", {"name": "X"}).status_code == 403
    assert client.post("/sign-out").headers["Location"] == "/sign-in"
    assert kinds(0)[-2:] == ["view_as_ended", "member_signed_out"]


def test_looking_ends_with_the_right_to_it_and_with_the_member(book: Living) -> None:
    sales = book.members[Role.SALES]
    client = eyes_of(book, Role.ADMIN, member=str(sales.id))
    actions.change_member(member_id=sales.id, is_active=False, actor=SYSTEM, at=NOW)
    assert "You see the book as" not in client.get("/customers/").content.decode()
    client = eyes_of(book, Role.ADMIN, role="sales")
    actions.change_member(member_id=book.members[Role.ADMIN].id, role=Role.SUPPORT, actor=SYSTEM, at=NOW)
    assert "You see the book as" not in client.get("/customers/").content.decode()
    assert client.get("/customers/").wsgi_request.member.role == "support"


@pytest.mark.parametrize("role", [role for role in Role if Permission.MEMBER_VIEW_AS not in GRANTS[role]])
def test_others_may_not_look_with_other_eyes(book: Living, role: Role) -> None:
    client = Client(SERVER_NAME="localhost")
    client.force_login(book.members[role])
    assert client.post("/view-as", {"role": "owner"}).status_code == 403


def test_there_is_no_looking_as_nobody(book: Living) -> None:
    client = Client(SERVER_NAME="localhost")
    client.force_login(book.members[Role.OWNER])
    for nobody in ({}, {"role": "king"}, {"member": "0190a5b0-0000-7000-8000-000000000000"}):
        assert client.post("/view-as", nobody).status_code == 404
