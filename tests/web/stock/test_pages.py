"""Stock and margin on pages and over the API: kept, received, counted, sold, earned; and who sees no cost."""

import json
import re
from typing import Any

import pytest
from django.test import Client

from conto.apps.accounts.models import Business
from conto.apps.invoicing import actions as invoicing
from conto.apps.invoicing.models import Document, Draft
from conto.apps.stock.models import StockItem, StockMove
from conto.domain.facts import SYSTEM
from conto.domain.permissions import Permission, Role
from conto.flows import get_documents
from tests.api.programs import of
from tests.goods import kept, moves, product, received, shop, sold, standing
from tests.scene import NOW, Scene, line, set_scene
from tests.web.projects.test_pages import of_role, signed_in

pytestmark = pytest.mark.django_db
# What a lamp costs, and three of them; as minor units they may not be a piece of an id or of a link.
COSTS = re.compile(r"(?<![\w-])(3141|9423)(?![\w-])|31[.,]41|94[.,]23")


@pytest.fixture
def scene(db: None) -> Scene:
    Business.objects.create(
        name="Nordlicht", country="DE", currency="EUR", zone="Europe/Berlin", set_up_at=NOW, changed_at=NOW
    )
    return set_scene()


@pytest.fixture
def client(scene: Scene) -> Client:
    return signed_in(scene.owner)


def page(client: Client, address: str, status: int = 200) -> str:
    answer = client.get(address)
    assert answer.status_code == status, (address, answer.status_code)
    text = answer.getvalue() if answer.streaming else answer.content
    return str(text.decode())


def test_stock_is_kept_received_counted_and_ended(client: Client, scene: Scene) -> None:
    item = product()
    assert "Keep stock" in page(client, f"/catalog/{item.id}/")
    assert "/stock/" not in page(client, "/catalog/")
    assert "No stock is kept yet" in page(client, "/stock/")
    page(client, f"/catalog/{item.id}/stock")
    answer = client.post(f"/catalog/{item.id}/stock", {"reorder_level": "20", "may_go_below_zero": "on"})
    row = StockItem.objects.get()
    assert answer["Location"] == f"/stock/{row.id}"
    assert client.post(f"/catalog/{item.id}/stock", {"may_go_below_zero": "on"}).status_code == 422
    goods = {"quantity": "10", "cost": "100.00", "received_on": "2026-11-21", "reference": "LS 7"}
    assert client.post(f"/stock/{row.id}/receive", goods).status_code == 303
    assert client.post(f"/stock/{row.id}/receive", goods).status_code == 303  # the same delivery note
    assert standing(row) == (10, 10000)
    assert client.post(f"/stock/{row.id}/receive", {**goods, "quantity": "0", "reference": ""}).status_code == 422
    count = {"quantity": "9", "reason": "One broken", "counted_on": "2026-11-21", "unit_cost": "9.5"}
    assert client.post(f"/stock/{row.id}/count", count).status_code == 303
    assert standing(row) == (9, 8550)
    assert client.post(f"/stock/{row.id}/count", {**count, "reason": ""}).status_code == 422
    shown = page(client, f"/stock/{row.id}")
    assert all(word in shown for word in ("LS 7", "One broken", "85.50", "low"))
    assert "85.50" in page(client, "/stock/?view=low")
    assert "/stock/" in page(client, "/catalog/")
    page(client, f"/stock/{row.id}/edit")
    assert client.post(f"/stock/{row.id}/edit", {"reorder_level": "2"}).status_code == 303
    assert not StockItem.objects.get().may_go_below_zero
    assert client.post(f"/stock/{row.id}/end").status_code == 303
    assert StockItem.objects.get().is_kept
    client.post(f"/stock/{row.id}/count", {**count, "quantity": "0"})
    client.post(f"/stock/{row.id}/end")
    assert not StockItem.objects.get().is_kept
    assert "Desk lamp" in page(client, "/stock/?view=ended")
    assert "Keep stock again" in page(client, f"/stock/{row.id}")
    assert page(client, "/stock.csv?view=ended").splitlines()[1].startswith("Desk lamp,")


def test_st10_a_wrong_receipt_is_taken_back_on_its_page(client: Client, scene: Scene) -> None:
    _, row = shop(scene, "10", 10000)
    move = received(row, "5", 50000)
    address = f"/stock/{row.id}/receive?reverse={move.id}"
    assert address in page(client, f"/stock/{row.id}")
    assert client.get(f"/stock/{row.id}/receive?reverse={row.id}").status_code == 404
    assert "is taken back as it was booked" in page(client, address)
    assert client.post(address, {"reason": ""}).status_code == 422
    assert client.post(address, {"reason": "Typed wrong"}).status_code == 303
    assert standing(row) == (10, 10000)
    assert "was taken back" in page(client, f"/stock/{row.id}")
    assert "taken back already" in client.post(address, {"reason": "again"}).content.decode()


def test_a_line_shows_its_margin_and_reports_sum_it(client: Client, scene: Scene) -> None:
    item, row = shop(scene, "10", 31410)
    hours = product("Assembly", cost=None)
    invoice = scene.issued(sold(item, "3", "50"), line("20", item_id=hours.id))
    shown = page(client, f"/invoices/{invoice.id}")
    assert "55.77" in shown  # 150.00 - 94.23
    assert "37.2" in shown
    assert invoice.number in page(client, f"/stock/{row.id}")
    for by in ("item", "customer"):
        report = page(client, f"/stock/margin?by={by}&since=2026-01-01&until=2026-12-31")
        assert "55.77" in report
        assert ",150.00,94.23,55.77,37.2,0.00" in page(
            client, f"/stock/margin.csv?by={by}&since=2026-01-01&until=2026-12-31"
        )
    assert "No line with a known cost" in page(client, "/stock/margin?since=2020-01-01&until=2020-02-01")
    answer = client.post(f"/invoices/{invoice.id}/credit", {"quantity_1": "1", "parts": "1", "goods_stay": "on"})
    assert answer.status_code == 303
    assert Draft.objects.get(kind="credit_note").goods_stay


def test_st7_who_may_not_see_cost_and_customers_see_none(client: Client, scene: Scene) -> None:
    item, row = shop(scene, "10", 31410)
    invoice = scene.issued(sold(item, "3", "50"))
    addresses = [f"/invoices/{invoice.id}", f"/stock/{row.id}", "/stock/", f"/catalog/{item.id}/"]
    for role in (Role.SALES, Role.SUPPORT):
        reader = of_role(role)
        for address in addresses:
            text = page(reader, address)
            assert not COSTS.search(text), (role, address)
        for address in ("/stock/margin", "/stock/margin.csv", "/stock.csv", f"/stock/{row.id}/receive"):
            page(reader, address, 403)
    link = invoicing.create_link(document=invoice, actor=SYSTEM, at=NOW)
    told = page(Client(SERVER_NAME="localhost"), f"/i/{link.token}")
    told += "".join(str(get_documents.content(invoice, kind, at=NOW)) for kind in ("cii", "ubl", "pdf"))
    told += json.dumps(Document.objects.get().details)
    assert not COSTS.search(told)


def test_the_api_keeps_receives_and_counts(scene: Scene) -> None:
    everything = of(scene.owner)
    item = product()

    def ask(method: str, address: str, body: Any = None, status: int = 200) -> Any:
        answer = everything.ask(method, f"/{address}", body)
        assert answer.status_code == status, answer.content
        return answer.json()

    made = ask("POST", f"items/{item.id}/stock", {"reorder_level": "5"}, 201)
    home = f"stock/{made['id']}"
    goods = {"quantity": "3", "cost_minor": 1000, "received_on": "2026-11-20", "reference": "LS-1"}
    assert ask("POST", f"{home}/receipts", goods, 201)["value_minor"] == 1000
    assert ask("POST", f"{home}/receipts", goods, 201)["move_count"] == 1
    count = {"quantity": "2", "reason": "Broken", "counted_on": "2026-11-20"}
    assert ask("POST", f"{home}/counts", count, 201)["value_minor"] == 667
    ask("POST", f"{home}/counts", {**count, "quantity": "-1"}, 422)
    assert ask("PUT", home, {"may_go_below_zero": False, "reorder_level": None})["reorder_level"] is None
    invoice = scene.issued(sold(item, "2", "10"))
    assert ask("GET", f"documents/{invoice.id}/margins")["rows"][0]["margin_minor"] == 2000 - 667
    (margin,) = ask("GET", "margins?since=2026-01-01&until=2026-12-31")["rows"]
    assert (margin["net_minor"], margin["cost_minor"], margin["margin_percent"]) == (2000, 667, "66.7")
    assert [each["kind"] for each in ask("GET", f"{home}/moves?limit=2")["rows"]] == ["issue", "count"]
    ask("POST", f"documents/{invoice.id}/credit", {"goods_stay": True}, 201)
    assert standing(StockItem.objects.get()) == (0, 0)
    assert not ask("POST", f"{home}/end")["is_kept"]
    assert ask("GET", "stock?view=all")["rows"][0]["id"] == made["id"]
    assert ask("GET", "stock")["rows"] == []
    seller = of(scene.owner, {Permission.ITEM_VIEW, Permission.ITEM_EDIT})
    other = kept(product("Chair"), scene.seller, "4", 12564)
    shown = seller.ask("GET", f"/stock/{other.id}").json()
    assert (shown["quantity"], shown["value_minor"], shown["average_cost_minor"]) == ("4", None, None)
    assert seller.ask("GET", f"/stock/{other.id}/moves").json()["rows"][0]["value_minor"] is None
    for address, body in (("receipts", goods), ("counts", {**count, "unit_cost_minor": "5"})):
        assert seller.ask("POST", f"/stock/{other.id}/{address}", body).status_code == 403
    assert seller.ask("POST", f"/stock/{other.id}/counts", count).status_code == 201
    assert moves(other)[-1][0] == "count"
    assert StockMove.objects.filter(stock_item=other).count() == 2
