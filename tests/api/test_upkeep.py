"""What programs do with webhooks, members, books and upkeep, with the limits that keys have there."""

from typing import Any

from conto.apps.accounts.models import Invitation
from conto.apps.integrations.models import RememberedRequest
from conto.domain.permissions import GRANTS, Permission, Role
from tests.api.programs import Program, of
from tests.web.living import Living

URL = "https://93.184.216.34/hooks"


def made(answer: Any, status: int = 201) -> Any:
    assert answer.status_code == status, answer.content
    return answer.json()


def test_a_webhook_is_added_changed_rotated_and_removed(owner: Program) -> None:
    new = {"url": URL, "types": ["invoice.issued"]}
    first = owner.post("/webhooks", new, Idempotency_Key="w-1")
    again = made(owner.post("/webhooks", new, Idempotency_Key="w-1"))
    endpoint = made(first)["endpoint"]
    assert first.json()["secret"].startswith("whsec_")
    assert again["endpoint"] == endpoint
    assert again["secret"] == ""
    assert first.json()["secret"].encode() not in b"".join(bytes(row.body) for row in RememberedRequest.objects.all())
    path = f"/webhooks/{endpoint['id']}"
    tag = owner.get(path).headers["ETag"]
    changed = made(owner.ask("PATCH", path, {"description": "Shop"}, If_Match=tag), 200)
    assert (changed["description"], changed["types"], changed["url"]) == ("Shop", ["invoice.issued"], URL)
    assert owner.ask("PATCH", path, {"description": "x"}, If_Match=tag).status_code == 412
    turned = made(owner.post(f"{path}/rotate-secret"), 200)
    assert turned["previous_until"]
    assert turned["secret"] not in {"", first.json()["secret"]}
    assert made(owner.post(f"{path}/disable"), 200)["disabled_reason"] == "by_hand"
    assert made(owner.post(f"{path}/enable"), 200)["is_enabled"]
    assert made(owner.get(f"{path}/health"), 200)["waiting"] == 0
    assert owner.ask("DELETE", path).status_code == 204
    assert owner.get(path).status_code == 404


def test_a_webhook_into_a_private_network_is_refused(owner: Program) -> None:
    answer = owner.post("/webhooks", {"url": "http://127.0.0.1/hooks"})
    assert answer.status_code == 422
    assert answer.json()["code"].startswith("target.")


def test_a_delivery_is_read_and_sent_again(owner: Program, book: Living) -> None:
    page = made(owner.get(f"/webhooks/{book.ids['endpoint_id']}/deliveries"), 200)
    delivery = page["rows"][0]
    full = made(owner.get(f"/webhook-deliveries/{delivery['id']}"), 200)
    assert full["delivery"]["message_id"] in full["content"] or full["content"]
    assert made(owner.post(f"/webhook-deliveries/{delivery['id']}/replay"), 200)["state"] == "waiting"
    replay = owner.post(f"/webhooks/{book.ids['endpoint_id']}/replay", {"since": "2026-01-01T00:00:00Z"})
    assert made(replay, 200)["deliveries"] >= 0
    assert "note.added" in owner.get("/webhook-events").json()


def test_a_person_is_invited_and_the_link_is_told_once(owner: Program) -> None:
    new = {"name": "Nora", "email": "nora@berg.example", "role": "sales"}
    first = made(owner.post("/invitations", new, Idempotency_Key="i-1"))
    assert "/join/" in first["link"]
    assert made(owner.post("/invitations", new, Idempotency_Key="i-1"))["link"] == ""
    renewed = made(owner.post(f"/invitations/{first['invitation']['id']}/renew"), 200)
    assert renewed["link"] not in {"", first["link"]}
    assert owner.ask("DELETE", f"/invitations/{first['invitation']['id']}").status_code == 204
    assert Invitation.objects.get(id=first["invitation"]["id"]).cancelled_at


def test_a_key_gives_no_role_with_rights_that_it_lacks(book: Living) -> None:
    narrow = of(book.members[Role.OWNER], {Permission.MEMBER_VIEW, Permission.MEMBER_EDIT})
    new = {"name": "Nora", "email": "nora@berg.example", "role": "owner"}
    member, auditor = book.members[Role.SALES].id, book.members[Role.AUDITOR].id
    for answer in (
        narrow.post("/invitations", new),
        narrow.post("/invitations", {**new, "role": "sales"}),
        narrow.post(f"/invitations/{book.ids['invitation_id']}/renew"),
        narrow.ask("PATCH", f"/members/{member}", {"role": "owner"}),
        narrow.ask("PATCH", f"/members/{member}", {"is_active": True}),
    ):
        assert (answer.status_code, answer.json()["code"]) == (403, "member.more_than_key")
    wider = of(book.members[Role.OWNER], GRANTS[Role.SALES] | {Permission.MEMBER_VIEW, Permission.MEMBER_EDIT})
    assert made(wider.ask("PATCH", f"/members/{auditor}", {"role": "sales"}), 200)["role"] == "sales"
    assert made(narrow.ask("PATCH", f"/members/{member}", {"is_active": False}), 200)["is_active"] is False


def test_the_last_owner_stays(owner: Program, book: Living) -> None:
    answer = owner.ask("PATCH", f"/members/{book.members[Role.OWNER].id}", {"is_active": False})
    assert (answer.status_code, answer.json()["code"]) == (409, "member.last_owner")


def test_books_are_read_closed_and_opened_again(owner: Program, book: Living) -> None:
    span = "since=2026-01-01&until=2026-12-31"
    report = made(owner.get(f"/ledger/tax-report?{span}"), 200)
    tax = sum(line["tax_minor"] for line in report["lines"])
    accounts = made(owner.get("/ledger/accounts"), 200)
    payable = next(each for each in accounts if each["role"] == "tax_payable")
    assert tax == -payable["balance_minor"] > 0
    line = report["lines"][0]
    asked = "&".join(f"{name}={line[name]}" for name in ("currency", "country", "category", "rate"))
    entries = made(owner.get(f"/ledger/tax-report/entries?{span}&{asked}"), 200)["rows"]
    assert sum(entry["tax_minor"] for entry in entries) == line["tax_minor"]
    control = next(each for each in accounts if each["role"] == "receivable")
    sums = made(owner.get("/ledger/receivables/sums"), 200)
    assert sum(each["open_minor"] for each in sums) == control["balance_minor"]
    assert made(owner.get("/ledger/receivables"), 200)["rows"]
    moves = made(owner.get(f"/ledger/accounts/{control['id']}/movements?limit=1"), 200)
    assert moves["rows"][0]["balance_minor"] == control["balance_minor"]
    assert made(owner.get(f"/ledger/accounts/{control['id']}/movements?limit=1&cursor={moves['next']}"), 200)["rows"]
    steps = made(owner.get("/ledger/closings"), 200)["rows"]
    assert steps[0]["closed_until"] == "2026-09-30"
    assert made(owner.post("/ledger/closings", {"until": "2026-10-31"}))["kind"] == "closed"
    again = owner.post("/ledger/closings", {"until": "2026-10-31"})
    assert (again.status_code, again.json()["code"]) == (409, "closing.already_closed")
    opened = made(owner.post("/ledger/reopenings", {"until": "2026-09-30", "reason": "Forgotten"}))
    assert (opened["kind"], opened["closed_until"]) == ("reopened", "2026-09-30")


def test_mail_server_alerts_plan_and_looks_are_kept_as_given(owner: Program, book: Living) -> None:
    server = {
        "host": "smtp.berg.example", "port": 587, "security": "starttls", "username": "post", "password": "geheim-1",
        "from_address": "post@berg.example",
    }  # fmt: skip
    answer = owner.ask("PUT", "/mail-server", server, Idempotency_Key="m-1")
    assert made(answer, 200)["has_password"]
    assert b"geheim-1" not in answer.content + owner.get("/mail-server").content
    rule = {"by_mail": False, "on_page": True, "recipients": [str(book.members[Role.FINANCE].id)]}
    assert made(owner.ask("PUT", "/alert-rules/key_made", rule), 200) == {"event": "key_made", **rule}
    assert made(owner.ask("PATCH", "/backup-plan", {"at_time": "04:15", "daily": 3}), 200)["at_time"] == "04:15"
    entity = f"/legal-entities/{book.ids['entity_id']}"
    texts = {"de": {"footer": "Danke."}}
    template = made(owner.post(f"{entity}/templates", {"name": "Fair", "texts": texts}))
    changed = made(owner.ask("PATCH", f"{entity}/templates/{template['id']}", {"paper": "letter"}), 200)
    assert (changed["name"], changed["paper"], changed["texts"]) == ("Fair", "letter", texts)
    assert owner.get(f"{entity}/logo.png").content.startswith(b"\x89PNG")
    assert owner.ask("DELETE", f"{entity}/logo").status_code == 204
    assert owner.get(f"{entity}/logo.png").status_code == 404


def test_health_keys_and_sessions_are_told_without_secrets(owner: Program, book: Living) -> None:
    assert made(owner.get("/health"), 200)["workers"] == 0
    keys = made(owner.get("/keys"), 200)
    assert keys
    assert all("secret" not in name for key in keys for name in key)
    sessions = made(owner.get(f"/members/{book.ids['member_id']}/sessions"), 200)
    assert [each["agent"] for each in sessions] == ["Firefox/1"]
    assert owner.ask("DELETE", f"/members/{book.ids['member_id']}/sessions/{sessions[0]['id']}").status_code == 204
    assert owner.post(f"/keys/{keys[0]['id']}/revoke").status_code == 204
    assert owner.get("/keys").status_code == 401


def test_many_drafts_are_issued_and_the_others_say_why_not(owner: Program, book: Living) -> None:
    customer = made(owner.post("/customers", {"name": "Nowhere"}))
    blocked = made(owner.post("/drafts", {"customer_id": customer["id"]}))
    rows = made(owner.post("/drafts/issue", {"draft_ids": [blocked["id"], str(book.draft.id)]}), 200)
    by_id = {row["draft_id"]: row for row in rows}
    assert by_id[blocked["id"]]["number"] == ""
    assert by_id[blocked["id"]]["checks"]
    issued = by_id[str(book.draft.id)]
    assert issued["number"] or issued["checks"]
