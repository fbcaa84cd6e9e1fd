"""Leads on their pages: entered with a warning, worked on, discarded, made customers with their history."""

from django.test import Client

from conto.apps.crm.models import Customer
from conto.apps.deals.models import Activity, Deal
from conto.apps.leads.models import Lead
from tests.scene import Scene


def typed(**more: str) -> dict[str, str]:
    return {"name": "Mara Lindt", "language": "de", "country": "DE", "source": "fair"} | more


def test_a_lead_goes_from_the_form_to_a_deal_and_the_customer_knows_its_history(client: Client, scene: Scene) -> None:
    answer = client.post("/leads/new", typed(company="Lindt Möbel", email="mara@lindt.example", next_step="Call"))
    lead = Lead.objects.get()
    assert answer.headers["Location"] == f"/leads/{lead.id}/"
    client.post(f"/leads/{lead.id}/state", {"state": "working"})
    client.post(f"/leads/{lead.id}/step", {"next_step": "Send the offer", "step_on": "2026-12-01"})
    client.post(f"/leads/{lead.id}/notes", {"text": "Wants 24 chairs."})
    page = client.get(f"/leads/{lead.id}/").content.decode()
    assert "Wants 24 chairs." in page
    assert "Send the offer" in page
    assert client.get("/leads/?q=lindt").content.decode().count("Mara Lindt") == 1
    asked = client.get(f"/leads/{lead.id}/convert").content.decode()
    assert "A new customer: Lindt Möbel" in asked
    wish = {"with_deal": "on", "deal_name": "Chairs", "value": "1197.60", "owner": str(scene.owner.id), "customer": ""}
    made = client.post(f"/leads/{lead.id}/convert", wish)
    deal = Deal.objects.get()
    assert made.headers["Location"] == f"/deals/{deal.id}/"
    assert (deal.value_minor, deal.customer.name, deal.source) == (119_760, "Lindt Möbel", "fair")
    assert Activity.objects.get().title == "Send the offer"
    customer = client.get(f"/customers/{deal.customer_id}/").content.decode()
    assert "Wants 24 chairs." in customer
    assert f"/leads/{lead.id}/" in customer
    assert "Came as a lead" in customer
    assert f"/leads/{lead.id}/" in client.get(f"/deals/{deal.id}/").content.decode()
    there = client.get(f"/leads/{lead.id}/").content.decode()
    assert f"/customers/{deal.customer_id}/" in there
    assert f"/deals/{deal.id}/" in there
    again = client.post(f"/leads/{lead.id}/convert", wish)
    assert again.status_code == 422
    assert "a customer already" in again.content.decode()
    assert Deal.objects.count() == 1


def test_l4_somebody_who_is_here_already_is_told_before_they_are_added(client: Client, scene: Scene) -> None:
    client.post("/leads/new", typed(email="mara@lindt.example"))
    warned = client.post("/leads/new", typed(name="M. L.", email="MARA@lindt.example"))
    assert warned.status_code == 422
    assert "has this mail address" in warned.content.decode()
    assert Lead.objects.count() == 1
    assert client.post("/leads/new", typed(name="M. L.", email="MARA@lindt.example", is_new="1")).status_code == 303
    while_typing = client.post("/leads/alike", {"company": scene.customer.name, "phone": "not a phone"})
    assert f"/customers/{scene.customer.id}/" in while_typing.content.decode()


def test_an_existing_customer_is_proposed_and_taken(client: Client, scene: Scene) -> None:
    client.post("/leads/new", typed(company=scene.customer.name, is_new="1"))
    lead = Lead.objects.get()
    assert str(scene.customer.id) in client.get(f"/leads/{lead.id}/convert").content.decode()
    before = Customer.objects.count()
    wish = {"customer": str(scene.customer.id), "owner": str(scene.owner.id), "version": str(lead.version)}
    assert client.post(f"/leads/{lead.id}/convert", wish).status_code == 303
    lead.refresh_from_db()
    assert (lead.customer_id, lead.deal_id) == (scene.customer.id, None)
    assert Customer.objects.count() == before


def test_a_lead_is_discarded_with_a_reason_and_taken_up_again(client: Client, scene: Scene) -> None:
    client.post("/leads/new", typed(owner=str(scene.owner.id)))
    lead = Lead.objects.get()
    assert client.post(f"/leads/{lead.id}/discard", {"reason": ""}).status_code == 422
    client.post(f"/leads/{lead.id}/discard", {"reason": "A student"})
    assert "A student" in client.get(f"/leads/{lead.id}/").content.decode()
    assert client.post(f"/leads/{lead.id}/edit", typed(name="X")).status_code == 422
    client.post(f"/leads/{lead.id}/reopen")
    assert client.post(f"/leads/{lead.id}/edit", typed(name="Mara L.", version=str(lead.version))).status_code == 422
    lead.refresh_from_db()
    assert client.post(f"/leads/{lead.id}/edit", typed(name="Mara L.", version=str(lead.version))).status_code == 303
    client.post(f"/leads/{lead.id}/owner", {"owner": ""})
    lead.refresh_from_db()
    assert (lead.name, lead.state, lead.owner_id) == ("Mara L.", "working", None)
