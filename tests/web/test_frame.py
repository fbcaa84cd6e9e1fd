"""The frame: only areas that exist, the remembered looks, errors in plain words, the files of the installable app."""

import json
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, cast

import pytest
from django.db import InternalError, OperationalError, connection, transaction
from django.http import HttpResponse
from django.template.loader import render_to_string
from django.test import Client, RequestFactory
from django.urls import Resolver404, resolve
from django.utils import translation
from pytest_django import Settings

from conto.api.problem import of_exception
from conto.apps.accounts import actions as accounts
from conto.domain import facts
from conto.web import navigation
from conto.web.context import frame
from conto.web.errors import pages


@pytest.fixture
def business(db: None) -> None:
    """A book that is set up; a new one leads every visitor to its wizard."""
    at = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
    accounts.add_first_owner(email="nadia@example.com", name="Nadia Berg", password="correct horse 9", at=at)
    seller = accounts.SellerDetails(name="Berg Studio", country="DE", currency="EUR", zone="Europe/Berlin")
    accounts.set_up_business(seller=seller, bank_account=None, actor=facts.SYSTEM, at=at)
    accounts.finish_set_up(actor=facts.SYSTEM, at=at)


def _member(role: str) -> SimpleNamespace:
    return SimpleNamespace(role=role, is_active=True, name="Ada", email="a@b.c", theme="dark")


def test_the_frame_links_only_to_what_exists() -> None:
    for entry in (
        *navigation.areas_for(_member("owner"), "/"),
        *(vars_of(act) for act in navigation.acts_for(_member("owner"))),
    ):
        try:
            resolve(entry["path"])
        except Resolver404:
            pytest.fail(f"{entry['path']} leads nowhere")


def vars_of(act: navigation.Act) -> dict[str, str]:
    return {"path": act.path}


def test_a_member_sees_only_areas_that_the_role_allows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(navigation, "is_there", bool)
    names = {area["name"] for area in navigation.areas_for(_member("marketing"), "/customers/1")}
    assert "customers" in names
    assert "payments" not in names
    assert [act.path for act in navigation.acts_for(_member("marketing"))] == ["/leads/new"]


def test_exactly_one_area_is_current(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(navigation, "is_there", bool)
    areas = navigation.areas_for(_member("owner"), "/invoices/12/edit")
    assert [area["name"] for area in areas if area["is_current"]] == ["invoices"]


def test_theme_comes_from_the_browser_then_from_the_member() -> None:
    request: Any = RequestFactory().get("/")
    request.member = _member("owner")
    assert frame(request)["theme"] == "dark"
    request.COOKIES["conto_theme"] = "light"
    assert frame(request)["theme"] == "light"
    request.COOKIES["conto_theme"] = '"><script>'
    assert frame(request)["theme"] == ""


def _answer_while_handling(error: Exception) -> HttpResponse:
    try:
        raise error  # noqa: TRY301 - it must be under way when the page is drawn
    except Exception:  # noqa: BLE001 - as Django does around a page
        return cast("HttpResponse", pages.server_error(RequestFactory().get("/")))


def test_a_lost_database_is_said_to_be_a_pause_not_a_defect() -> None:
    answer = _answer_while_handling(OperationalError("gone"))
    assert (answer.status_code, answer["Retry-After"]) == (503, "10")
    answer = _answer_while_handling(ZeroDivisionError())
    assert answer.status_code == 500
    assert "Your book is safe" in answer.content.decode()


@pytest.mark.django_db
def test_a_book_that_only_reads_for_want_of_room_says_that_nothing_was_written() -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION READ ONLY")
        with pytest.raises(InternalError) as refused:
            cursor.execute("CREATE TABLE anything ()")
        transaction.set_rollback(True)
    answer = _answer_while_handling(refused.value)
    assert (answer.status_code, answer["Retry-After"]) == (503, "10")
    assert "What was confirmed is safe" in answer.content.decode()
    told = of_exception(RequestFactory().get("/api/v1/book"), refused.value)
    assert (told.status_code, json.loads(told.content)["code"]) == (503, "disk_full")


@pytest.mark.usefixtures("business")
def test_an_unknown_address_says_so_and_leads_on(client: Client) -> None:
    answer = client.get("/nothing-here", headers={"host": "localhost"})
    assert answer.status_code == 404
    assert "Nothing is here" in answer.content.decode()


@pytest.mark.usefixtures("business")
def test_a_form_without_its_token_is_refused_in_words() -> None:
    answer = Client(enforce_csrf_checks=True).post("/offline", headers={"host": "localhost"})
    assert answer.status_code == 403
    assert "open for too long" in answer.content.decode()


@pytest.mark.usefixtures("business")
def test_the_app_can_be_installed(client: Client) -> None:
    manifest = json.loads(client.get("/manifest.webmanifest", headers={"host": "localhost"}).content)
    assert manifest["start_url"] == "/"
    assert {icon["purpose"] for icon in manifest["icons"]} == {"any", "maskable"}


@pytest.mark.usefixtures("business")
def test_no_page_allows_inline_script_or_style(client: Client) -> None:
    policy = client.get("/offline", headers={"host": "localhost"})["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "default-src 'none'" in policy


@pytest.mark.usefixtures("business")
def test_the_gallery_is_for_developers(client: Client, settings: Settings) -> None:
    assert client.get("/ui", headers={"host": "localhost"}).status_code == 404
    settings.DEBUG = True
    answer = client.get("/ui", headers={"host": "localhost"})
    assert answer.status_code == 200
    part = client.get("/ui/part?show=sums", headers={"host": "localhost"})
    assert b"<html" not in part.content


@pytest.mark.parametrize("language", ["en", "de"])
def test_parts_of_the_frame_that_are_kept_are_drawn_for_each_reader_page_and_language(language: str) -> None:
    with translation.override(language):
        for role in ("owner", "marketing"):
            for path in ("/", "/customers/7"):
                areas, acts = navigation.areas_for(_member(role), path), navigation.acts_for(_member(role))
                for part in ("areas.html", "areas_on_phone.html", "palette.html"):
                    fresh = render_to_string(part, {"areas": areas, "acts": acts})
                    assert navigation.frame_part(part, areas, acts) == fresh
                    assert navigation.frame_part(part, areas, acts) == fresh
