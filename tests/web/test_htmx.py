"""Answers to htmx and to browsers without it."""

import json
from typing import cast
from urllib.parse import unquote

import pytest
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.test import RequestFactory

from conto.domain.errors import Conflict, NotAllowed, RuleBroken
from conto.web import htmx
from conto.web.errors.refusals import refusal_page


def _part(path: str = "/") -> HttpRequest:
    return RequestFactory().get(path, headers={"HX-Request": "true"})


def test_a_toast_comes_with_the_part() -> None:
    answer = htmx.toast(HttpResponse(), "Archiviert – Größe", "/undo/1")
    assert json.loads(answer["HX-Trigger"])["toast"] == {
        "message": "Archiviert – Größe",
        "undo_url": "/undo/1",
        "tone": "",
    }


def test_a_toast_waits_for_the_page_after_a_redirect() -> None:
    answer = htmx.toast(HttpResponseRedirect("/"), "Done")
    assert json.loads(unquote(answer.cookies["conto_toast"].value))["message"] == "Done"
    request = RequestFactory().get("/")
    request.COOKIES["conto_toast"] = answer.cookies["conto_toast"].value
    assert htmx.waiting_toast(request) == "Done"


def test_a_foreign_toast_cookie_says_nothing() -> None:
    request = RequestFactory().get("/")
    request.COOKIES["conto_toast"] = "%5B1%5D"
    assert htmx.waiting_toast(request) == ""


def test_going_back_in_history_asks_for_the_whole_page() -> None:
    request = RequestFactory().get("/", headers={"HX-Request": "true", "HX-History-Restore-Request": "true"})
    assert not htmx.is_part(request)


def test_next_leads_only_into_this_book() -> None:
    assert htmx.safe_next(RequestFactory().get("/?next=/invoices/")) == "/invoices/"
    assert htmx.safe_next(RequestFactory().get("/?next=https://evil.example/")) == "/"
    assert htmx.safe_next(RequestFactory().get("/?next=//evil.example/")) == "/"


@pytest.mark.parametrize(("kind", "status"), [(RuleBroken, 422), (Conflict, 409), (NotAllowed, 403)])
def test_a_refusal_is_said_in_the_same_words_as_toast_and_as_page(kind: type[RuleBroken], status: int) -> None:
    refusal = kind("invoice.too_much", "Only %(left)s is left.", left="5.00")
    part = refusal_page(_part(), refusal)
    assert (part.status_code, part["HX-Reswap"]) == (status, "none")
    assert json.loads(part["HX-Trigger"])["toast"]["message"] == "Only 5.00 is left."
    page = refusal_page(RequestFactory().get("/"), refusal)
    assert page.status_code == status
    assert "Only 5.00 is left." in cast("HttpResponse", page).content.decode()
