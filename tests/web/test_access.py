"""Who may open a page, and what the others read."""

from types import SimpleNamespace
from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from conto.domain.permissions import Permission
from conto.web.access import member_only, needs, public


def _written(request: HttpRequest) -> HttpResponse:
    return HttpResponse("written")


_page: Any = needs(Permission.INVOICE_WRITE_OFF)(_written)


def _request(path: str = "/invoices/1?tab=a", role: str | None = None, **headers: str) -> Any:
    request: Any = RequestFactory().get(path, headers=headers)
    request.member = SimpleNamespace(role=role, is_active=True, name="Ada", email="a@b.c") if role else None
    return request


def test_a_visitor_is_sent_to_sign_in_and_comes_back() -> None:
    answer = _page(_request())
    assert answer.status_code == 302
    assert answer["Location"] == "/sign-in?next=%2Finvoices%2F1%3Ftab%3Da"


def test_a_part_sends_the_whole_page_to_sign_in() -> None:
    answer = _page(_request("/part", **{"HX-Request": "true", "HX-Current-URL": "/invoices/"}))
    assert answer["HX-Redirect"] == "/sign-in?next=%2Finvoices%2F"


def test_a_member_without_the_permission_reads_which_roles_have_it() -> None:
    answer = _page(_request(role="marketing"))
    assert answer.status_code == 403
    text = answer.content.decode()
    assert "Finance" in text
    assert "Owner" in text
    assert "Sales" not in text
    assert "invoice:write_off" in text


def test_a_member_with_the_permission_gets_the_page() -> None:
    assert _page(_request(role="finance")).content == b"written"


def test_a_member_who_left_is_a_visitor() -> None:
    request = _request(role="owner")
    request.member.is_active = False
    assert _page(request).status_code == 302


@pytest.mark.parametrize(("role", "status"), [(None, 302), ("marketing", 200)])
def test_a_page_for_members_asks_for_no_role(role: str | None, status: int) -> None:
    @member_only
    def page(request: HttpRequest) -> HttpResponse:
        return HttpResponse()

    assert page(_request(role=role)).status_code == status


def test_every_guard_leaves_its_mark_for_the_architecture_test() -> None:
    open_page: Any = public("the customer has no log-in")(_written)
    assert _page.needs is Permission.INVOICE_WRITE_OFF
    assert open_page.public == "the customer has no log-in"
