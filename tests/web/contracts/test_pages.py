"""Contracts on pages: written down, agreed, changed by versions, ended, and refused in words that help."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.test import Client

from conto.apps.accounts import actions as accounts
from conto.apps.accounts.models import Business
from conto.apps.contracts.models import Contract
from conto.apps.deals import actions as deals
from conto.apps.deals.models import Deal
from conto.domain.facts import SYSTEM
from conto.domain.permissions import Role
from conto.flows.offer_renewals import offer_renewals
from tests.agreements import subscribed
from tests.scene import NOW, Scene, set_scene

pytestmark = pytest.mark.django_db
TYPED = {
    "title": "Care", "starts_on": "2026-01-01", "renewal": "auto", "first_months": "12", "renewal_months": "12",
    "notice_days": "30", "currency": "EUR", "price_mode": "net", "owner": "", "is_agreed": "on",
    "lines-TOTAL_FORMS": "1", "lines-INITIAL_FORMS": "0", "lines-0-name": "Care", "lines-0-unit": "MON",
    "lines-0-unit_price": "250",
}  # fmt: skip


@pytest.fixture
def scene() -> Scene:
    Business.objects.create(
        name="Nordlicht", country="DE", currency="EUR", zone="Europe/Berlin", set_up_at=NOW, changed_at=NOW
    )
    return set_scene()


@pytest.fixture
def client(scene: Scene) -> Client:
    client = Client(SERVER_NAME="localhost")
    client.force_login(scene.owner)
    return client


def write(client: Client, scene: Scene, **typed: Any) -> Contract:
    answer = client.post("/contracts/new", {**TYPED, "customer": str(scene.customer.id), **typed})
    assert answer.status_code in {302, 303}, answer.content.decode()
    return Contract.objects.filter(is_current=True).latest("made_at")


def act(client: Client, contract: Contract, what: str, **typed: str) -> Contract:
    answer = client.post(f"/contracts/{contract.family_id}/act", {"act": what, **typed})
    assert answer.status_code in {302, 303}
    return Contract.objects.get(family_id=contract.family_id, is_current=True)


def test_an_empty_list_says_what_a_contract_is_for_and_how_to_begin(client: Client) -> None:
    page = client.get("/contracts/").content.decode()
    assert "/contracts/new" in page
    assert "No contract" in page


def test_a_contract_is_written_read_and_found_in_its_views(client: Client, scene: Scene) -> None:
    contract = write(client, scene)
    page = client.get(f"/contracts/{contract.family_id}").content.decode()
    for words in (contract.number, "Care", "€250.00", "month", "Müller &amp; Söhne"):
        assert words in page, words
    for view, is_there in (("all", True), ("running", True), ("draft", False), ("over", False)):
        assert (contract.number in client.get(f"/contracts/?state={view}").content.decode()) is is_there, view
    assert contract.number in client.get("/contracts/?q=car").content.decode()
    assert contract.number not in client.get("/contracts/?q=nothing+like+it").content.decode()


def test_an_act_that_nobody_knows_is_no_address(client: Client, scene: Scene) -> None:
    contract = write(client, scene)
    for what in ("", "explode", "Agree"):
        assert client.post(f"/contracts/{contract.family_id}/act", {"act": what}).status_code == 404, what
    assert Contract.objects.filter(family_id=contract.family_id).count() == 1


def test_a_change_is_a_version_and_the_old_one_can_still_be_read(client: Client, scene: Scene) -> None:
    contract = write(client, scene)
    changed = {**TYPED, "version": "1", "title": "More care", "lines-0-unit_price": "300", "reason": "Grown"}
    assert client.post(f"/contracts/{contract.family_id}/edit", changed).status_code in {302, 303}
    assert "300.00" in client.get(f"/contracts/{contract.family_id}").content.decode()
    old = client.get(f"/contracts/{contract.family_id}?version=1").content.decode()
    assert "250.00" in old
    assert "300.00" not in old
    late = client.post(f"/contracts/{contract.family_id}/edit", {**changed, "title": "Too late"})
    assert late.status_code == 409
    assert "Somebody else changed this contract meanwhile" in late.content.decode()
    assert "Too late" in late.content.decode(), "what was typed is still there"
    assert Contract.objects.filter(family_id=contract.family_id).count() == 2


def test_a_draft_is_agreed_given_notice_taken_back_and_ended(client: Client, scene: Scene) -> None:
    contract = write(client, scene, is_agreed="")
    assert contract.number == ""
    agreed = act(client, contract, "agree")
    assert (agreed.state, bool(agreed.number)) == ("active", True)
    assert act(client, contract, "cancel", reason="Enough").state == "cancelled"
    assert act(client, contract, "resume").state == "active"
    assert act(client, contract, "end", ends_on="2026-11-01").state == "ended"
    again = client.post(f"/contracts/{contract.family_id}/act", {"act": "end", "ends_on": "2026-11-02"}, follow=True)
    assert again.status_code == 200
    assert str(Contract.objects.get(family_id=contract.family_id, is_current=True).ends_on) == "2026-11-01", (
        "it is over"
    )


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"title": ""}, "required"),
        ({"starts_on": "31.02.2026"}, "31.02.2026"),
        ({"lines-0-unit_price": "-1"}, "-1"),
        ({"first_months": "0"}, "1 to"),
        ({"ends_on": "2025-01-01", "renewal": "none"}, "2025"),
    ],
)
def test_what_cannot_be_is_refused_in_words_and_nothing_typed_is_lost(
    client: Client, scene: Scene, typed: dict[str, str], words: str
) -> None:
    answer = client.post("/contracts/new", {**TYPED, "customer": str(scene.customer.id), "clauses": "Typed", **typed})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert words in page
    assert ">Typed</textarea>" in page.replace("\n", "")
    assert not Contract.objects.exists()


@pytest.mark.parametrize(
    ("role", "reads", "writes"),
    [(Role.FINANCE, 200, 200), (Role.AUDITOR, 200, 403), (Role.MARKETING, 403, 403)],
)
def test_who_reads_and_who_writes(client: Client, scene: Scene, role: Role, reads: int, writes: int) -> None:
    contract = write(client, scene)
    member = accounts.add_member(
        email="m@example.com", name="Em", role=role, password="blue lamp 47 window", actor=SYSTEM, at=datetime.now(UTC)
    )
    client.force_login(member)
    assert client.get(f"/contracts/{contract.family_id}").status_code == reads
    assert client.get(f"/contracts/{contract.family_id}/edit").status_code == writes
    assert client.post(f"/contracts/{contract.family_id}/act", {"act": "cancel"}).status_code == (
        303 if writes == 200 else 403
    )


def test_g7_a_renewal_and_what_it_renews_lead_to_one_another_for_those_who_see_both(
    client: Client, scene: Scene
) -> None:
    deals.open_first_pipeline(language="en", actor=SYSTEM, at=NOW)
    contract = write(client, scene, renewal="none", ends_on="2026-12-31", owner=str(scene.owner.id))
    assert "Renewal" not in client.get(f"/contracts/{contract.family_id}").content.decode()
    assert offer_renewals(at=NOW) == 1
    deal = Deal.objects.get()
    assert (deal.renews_kind, deal.renews_id) == ("contract", contract.family_id)
    assert f'href="/deals/{deal.id}/"' in client.get(f"/contracts/{contract.family_id}").content.decode()
    page = client.get(f"/deals/{deal.id}/").content.decode()
    assert f'href="/contracts/{contract.family_id}">{contract.number}</a>' in page
    deals.change_deal(deal=deal, changes={"expected_close_on": None}, actor=SYSTEM, at=NOW)
    act(client, contract, "end", ends_on="2027-03-31", reason="Goes on until spring")
    assert f'href="/deals/{deal.id}/"' in client.get(f"/contracts/{contract.family_id}").content.decode(), "it stays"


def test_g7_the_renewal_of_a_subscription_leads_there(client: Client, scene: Scene) -> None:
    deals.open_first_pipeline(language="en", actor=SYSTEM, at=NOW)
    row = subscribed(scene.customer, ends_on=date(2026, 12, 31))
    assert offer_renewals(at=NOW) == 1
    deal = Deal.objects.get()
    assert f'href="/deals/{deal.id}/"' in client.get(f"/subscriptions/{row.id}").content.decode()
    assert f'href="/subscriptions/{row.id}">{row.number}</a>' in client.get(f"/deals/{deal.id}/").content.decode()
