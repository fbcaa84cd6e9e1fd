"""A shop bills through the API: customer, item, draft, invoice, papers, mail, payment, refund, credit, ledger."""

from typing import Any

from conto.domain.permissions import Role
from tests.api.programs import Program, of
from tests.web.living import Living

ADDRESS = {"country": "DE", "line1": "Weg 2", "postcode": "10115", "city": "Berlin"}


def made(answer: Any, status: int = 201) -> Any:
    assert answer.status_code == status, answer.content
    return answer.json()


def bill(program: Program, price: str = "119.50") -> Any:
    customer = made(
        program.post(
            "/customers", {"name": "Anna Sommer", "kind": "person", "email": "a@s.example", "billing": ADDRESS}
        )
    )
    item = made(program.post("/items", {"name": "Chair", "kind": "product", "supply": "goods", "unit_code": "C62"}))
    made(program.post(f"/items/{item['id']}/prices", {"currency": "EUR", "amount": price, "valid_from": "2020-01-01"}))
    lines = [{"item_id": item["id"], "quantity": "2"}, {"name": "Freight", "unit_price": "9.9"}]
    body = {"customer_id": customer["id"], "lines": lines, "delivered_on": "2026-11-20"}
    draft = made(program.post("/drafts", body))
    return customer, draft


def issue(program: Program, draft: Any) -> Any:
    overrides = {check["code"]: "as agreed" for check in draft["checks"] if check["severity"] == "warn"}
    return made(program.post(f"/drafts/{draft['id']}/issue", {"overrides": overrides}), 200)


def test_from_a_customer_to_the_ledger(owner: Program) -> None:
    customer, draft = bill(owner)
    assert draft["totals"]["net_minor"] == 24890
    assert [check for check in draft["checks"] if check["severity"] == "block"] == []
    invoice = issue(owner, draft)
    assert invoice["id"] == draft["id"]
    assert invoice["totals"]["payable_minor"] == invoice["open_minor"] == 29619
    assert invoice["state"] == "open"
    body = {
        "customer_id": customer["id"], "method": "bank_transfer", "amount_minor": 30000, "currency": "EUR",
        "received_on": "2026-11-22",
    }  # fmt: skip
    payment = made(owner.post("/payments", body, Idempotency_Key="p-1"))
    again = owner.post("/payments", body, Idempotency_Key="p-1")
    assert again.headers["Idempotent-Replayed"] == "true"
    assert payment["open_minor"] == 381
    assert owner.get(f"/documents/{invoice['id']}").json()["state"] == "paid"
    balances = owner.get(f"/customers/{customer['id']}/balances").json()
    assert balances == [{"currency": "EUR", "owed_minor": 0, "credit_minor": 381, "net_minor": -381}]
    refund = {"amount_minor": 381, "method": "bank_transfer", "reason": "too much"}
    first = made(owner.post(f"/payments/{payment['id']}/refunds", refund, Idempotency_Key="r-1"))
    second = owner.post(f"/payments/{payment['id']}/refunds", refund, Idempotency_Key="r-1")
    assert second.json()["id"] == first["id"]
    assert len(owner.get(f"/payments/{payment['id']}").json()["refunds"]) == 1
    allocation = payment["allocations"][0]["id"]
    assert owner.ask("DELETE", f"/allocations/{allocation}").status_code == 204
    assert owner.get(f"/documents/{invoice['id']}").json()["open_minor"] == 29619
    note = made(owner.post(f"/documents/{invoice['id']}/credit", {"reason": "returned"}))
    assert (note["kind"], note["corrects_id"], note["totals"]["gross_minor"]) == ("credit_note", invoice["id"], 29619)
    assert owner.get(f"/documents/{invoice['id']}").json()["state"] == "credited"
    accounts = owner.get("/ledger/accounts").json()
    assert sum(each["balance_minor"] for each in accounts) == 0
    entries = owner.get("/ledger/entries?limit=2").json()
    assert len(entries["rows"]) == 2
    assert entries["next"]
    told = [fact["kind"] for fact in owner.get(f"/customers/{customer['id']}/timeline?limit=50").json()["rows"]]
    assert {"customer_added", "invoice_issued", "payment_received", "credit_note_issued"} <= set(told)
    statement = owner.get(f"/customers/{customer['id']}/statement").json()
    assert statement["closing_minor"] == sum(line["effect_minor"] for line in statement["lines"])


def test_facts_say_by_which_key_they_were_made(owner: Program) -> None:
    customer, _draft = bill(owner)
    from conto.apps.audit.models import FactPayload  # noqa: PLC0415

    row = FactPayload.objects.filter(fact__subject_id=customer["id"], fact__kind="customer_added").get()
    key = owner.get("/key").json()
    assert key["id"] in str(row.__dict__)
    assert "api" in str(row.__dict__)


def test_papers_mails_links_and_files(owner: Program) -> None:
    _customer, draft = bill(owner)
    assert owner.get(f"/drafts/{draft['id']}/preview.pdf").content.startswith(b"%PDF")
    file = {"name": "hours.csv", "mime": "text/csv", "content_base64": "ZGF0ZTtob3Vycwo="}
    kept = made(owner.post(f"/documents/{draft['id']}/attachments", file))
    invoice = issue(owner, draft)
    assert owner.get(f"/documents/{invoice['id']}/attachments/{kept['id']}").content == b"date;hours\n"
    assert owner.ask("DELETE", f"/documents/{invoice['id']}/attachments/{kept['id']}").status_code == 409
    pdf = owner.get(f"/documents/{invoice['id']}/files/document.pdf")
    assert (pdf.headers["Content-Type"], pdf.content[:4]) == ("application/pdf", b"%PDF")
    assert b"Invoice" in owner.get(f"/documents/{invoice['id']}/files/ubl.xml").content
    mail = made(owner.post(f"/documents/{invoice['id']}/send", {}, Idempotency_Key="s-1"))
    again = owner.post(f"/documents/{invoice['id']}/send", {}, Idempotency_Key="s-1")
    assert again.json()["id"] == mail["id"]
    rows = owner.get(f"/mails?subject_id={invoice['id']}").json()["rows"]
    assert [row["id"] for row in rows] == [mail["id"]]
    assert len(owner.get(f"/mails/{mail['id']}").json()["files"]) == 2
    link = made(owner.post(f"/documents/{invoice['id']}/links"))
    assert "/i/" in link["url"]
    assert owner.ask("DELETE", f"/documents/{invoice['id']}/links/{link['id']}").status_code == 204
    seen = {row["id"]: row for row in owner.get(f"/documents/{invoice['id']}/links").json()}
    assert seen[link["id"]]["revoked_at"]


def test_a_draft_with_findings_is_not_issued_and_says_why(owner: Program, book: Living) -> None:
    customer = made(owner.post("/customers", {"name": "Nowhere"}))
    draft = made(owner.post("/drafts", {"customer_id": customer["id"]}))
    answer = owner.post(f"/drafts/{draft['id']}/issue", {})
    assert (answer.status_code, answer.json()["code"]) == (422, "draft.has_findings")
    assert {error["severity"] for error in answer.json()["errors"]} >= {"block"}
    assert owner.post(f"/drafts/{book.draft.id}/issue", {}).status_code in {200, 422}


def test_overriding_a_check_needs_its_own_right(book: Living) -> None:
    from conto.domain.permissions import GRANTS, Permission  # noqa: PLC0415

    rights = GRANTS[Role.FINANCE] - {Permission.INVOICE_OVERRIDE_CHECKS}
    program = of(book.members[Role.FINANCE], rights)
    answer = program.post(f"/drafts/{book.draft.id}/issue", {"overrides": {"check.x": "because"}})
    assert answer.status_code == 403
    assert "invoice:override_checks" in answer.json()["detail"]


def test_a_draft_changed_meanwhile_is_not_overwritten(owner: Program, book: Living) -> None:
    path = f"/drafts/{book.draft.id}"
    tag = owner.get(path).headers["ETag"]
    assert (
        owner.ask("PUT", f"{path}/lines", {"lines": [{"name": "A", "unit_price": "5"}]}, If_Match=tag).status_code
        == 200
    )
    answer = owner.ask("PUT", f"{path}/lines", {"lines": []}, If_Match=tag)
    assert answer.status_code == 412
    assert len(owner.get(path).json()["lines"]) == 1


def test_orders_are_brought_in_once(owner: Program) -> None:
    orders = [
        {"ref": f"{n}", "customer_ref": f"C{n % 2}", "ordered_on": "2026-11-21", "quantity": 1, "value_minor": 1990}
        for n in range(3)
    ]
    answer = owner.post("/imports/orders", {"source": "shop", "orders": orders})
    assert answer.status_code in {200, 422}, answer.content
    if answer.status_code == 200:
        assert answer.json()["invoices"] == 3
        assert owner.post("/imports/orders", {"source": "shop", "orders": orders}).json()["already_there"] == 3
