"""Fields of one's own on leads: entered, asked of strangers, found, and taken along when a lead is converted."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client

from conto.apps.fields import actions as fields
from conto.apps.fields.models import OwnValues
from conto.apps.leads import actions as leads
from conto.apps.leads.entry import FormEntry
from conto.apps.leads.models import Lead, LeadForm
from conto.domain.errors import RuleBroken
from conto.domain.facts import SYSTEM
from conto.domain.fields import FieldKind, FieldRule, Subject
from conto.web.portal import lead_forms
from tests.scene import NOW, Scene

BUDGET = {"amount_minor": 120_050, "currency": "EUR"}


def define(subject: Subject, label: str, kind: FieldKind = FieldKind.TEXT, **more: Any) -> Any:
    rule = FieldRule(key="", label=label, kind=kind, is_listed=True, **more)
    return fields.add_field(subject=subject, field=rule, actor=SYSTEM, at=NOW)


@pytest.fixture
def defined(scene: Scene) -> None:
    define(Subject.LEAD, "Sector", FieldKind.CHOICE, choices=("Trade", "Craft"), is_required=True)
    define(Subject.LEAD, "Budget", FieldKind.MONEY)
    define(Subject.LEAD, "Wants", FieldKind.MANY, choices=("Chairs", "Tables", "Lamps"))


def typed(**more: Any) -> dict[str, Any]:
    return {"name": "Mara Lindt", "language": "de", "country": "DE", "source": "fair"} | more


def held(lead: Lead) -> Any:
    return OwnValues.objects.get(subject_id=lead.id).values


@pytest.mark.usefixtures("defined")
def test_a_lead_is_entered_with_its_fields_shown_changed_and_found_by_them(client: Client, scene: Scene) -> None:
    refused = client.post("/leads/new", typed())
    assert "“Sector” is needed." in refused.content.decode()
    own = {"own.sector": "Trade", "own.budget": "1200.50", "own.wants": ["Lamps", "Chairs"]}
    assert client.post("/leads/new", typed(**own)).status_code == 303
    lead = Lead.objects.get()
    assert held(lead) == {"sector": "Trade", "budget": BUDGET, "wants": ["Chairs", "Lamps"]}
    page = client.get(f"/leads/{lead.id}/").content.decode()
    assert "Chairs, Lamps" in page
    listed = client.get("/leads/").content.decode()
    assert "Chairs, Lamps" in listed
    assert "Mara Lindt</a>" in client.get("/leads/?own.wants=Lamps&own.budget.from=1000").content.decode()
    assert "Mara Lindt</a>" not in client.get("/leads/?own.budget.from=1300").content.decode()
    form = client.get(f"/leads/{lead.id}/edit")
    assert "1,200.50 EUR" in form.content.decode()
    edited = typed(version=str(lead.version), own_seen=form.context["form"]["own_seen"].value(), **own)
    assert client.post(f"/leads/{lead.id}/edit", edited | {"own.sector": "Craft"}).status_code == 303
    assert client.post(f"/leads/{lead.id}/own", {"own.sector": "Craft", "own.budget": ""}).status_code == 303
    assert held(lead) == {"sector": "Craft"}
    assert "Sector: Trade → Craft" in client.get(f"/leads/{lead.id}/").content.decode()


@pytest.mark.usefixtures("defined")
def test_o8_what_a_lead_holds_goes_over_to_fields_with_the_same_key(client: Client, scene: Scene) -> None:
    define(Subject.CUSTOMER, "Sector", FieldKind.CHOICE, choices=("Trade",))
    define(Subject.CUSTOMER, "Budget", FieldKind.TEXT)  # of another kind: left behind
    define(Subject.DEAL, "Budget", FieldKind.MONEY)
    define(Subject.DEAL, "Wants", FieldKind.MANY, choices=("Chairs",))  # does not offer all: left behind
    define(Subject.CONTACT, "Job", FieldKind.TEXT)
    own = {"own.sector": "Trade", "own.budget": "1200.50", "own.wants": ["Lamps", "Chairs"]}
    client.post("/leads/new", typed(**own))
    lead = Lead.objects.get()
    wish = {"with_deal": "on", "owner": str(scene.owner.id), "customer": ""}
    assert client.post(f"/leads/{lead.id}/convert", wish).status_code == 303
    lead.refresh_from_db()
    assert OwnValues.objects.get(subject_id=lead.customer_id).values == {"sector": "Trade"}
    assert OwnValues.objects.get(subject_id=lead.deal_id).values == {"budget": BUDGET}
    assert held(lead)["wants"] == ["Chairs", "Lamps"]
    assert client.get(f"/leads/{lead.id}/own").status_code == 404  # what it became is changed instead


@pytest.mark.usefixtures("defined")
def test_o8_what_a_customer_holds_already_stays(client: Client, scene: Scene) -> None:
    define(Subject.CUSTOMER, "Sector", FieldKind.CHOICE, choices=("Trade", "Craft"))
    client.post(f"/customers/{scene.customer.id}/own", {"own.sector": "Craft"})
    client.post("/leads/new", typed(is_new="1", company=scene.customer.name, **{"own.sector": "Trade"}))
    wish = {"owner": str(scene.owner.id), "customer": str(scene.customer.id)}
    assert client.post(f"/leads/{Lead.objects.get().id}/convert", wish).status_code == 303
    assert OwnValues.objects.get(subject_id=scene.customer.id).values == {"sector": "Craft"}


@pytest.mark.usefixtures("defined")
def test_o6_a_form_for_strangers_asks_for_what_it_was_told_and_for_nothing_else(client: Client, scene: Scene) -> None:
    entry = {
        "name": "Fair", "source": "web", "languages": ["en"], "is_active": "on", "own.wants": "needed",
        "own.budget": "optional",
    }  # fmt: skip
    assert client.post("/settings/lead-forms/new", entry).status_code == 303
    form = LeadForm.objects.get()
    assert form.fields == {"own.budget": "optional", "own.wants": "needed"}
    assert "Lamps" in client.get(f"/settings/lead-forms/{form.id}").content.decode()
    stranger = Client(SERVER_NAME="localhost")
    shown = stranger.get(f"/f/{form.token}").content.decode()
    assert "Lamps" in shown
    assert "Sector" not in shown
    given = {
        "name": "Mara", "email": "mara@lindt.example", "lang": "en",
        "stamp": lead_forms.new_stamp(form, datetime.now(UTC).timestamp() - 60),
    }  # fmt: skip
    assert "“Wants” is needed." in stranger.post(f"/f/{form.token}", given).content.decode()
    wrong = stranger.post(f"/f/{form.token}", given | {"own.wants": ["Lamps"], "own.budget": "much"})
    assert "takes an amount" in wrong.content.decode()
    elsewhere = stranger.post(f"/f/{form.token}", {"name": "Mara", "own.wants": ["Lamps", "Tables"]})
    assert elsewhere.content.decode().count(" checked") == 2
    assert stranger.post(f"/f/{form.token}", given | {"own.wants": ["Lamps"], "own.budget": ""}).status_code == 303
    assert held(Lead.objects.get()) == {"wants": ["Lamps"]}


def test_a_form_asks_for_no_field_that_is_not_there(scene: Scene) -> None:
    with pytest.raises(RuleBroken):
        leads.add_form(new=FormEntry(name="X", fields={"own.none": "needed"}), actor=SYSTEM, at=NOW)


def test_o5_a_formula_of_leads_asks_the_ledger_nothing(scene: Scene) -> None:
    with pytest.raises(RuleBroken, match="no customer yet"):
        define(Subject.LEAD, "Owes", FieldKind.FORMULA, formula="open_balance * 2")
    visits = define(Subject.LEAD, "Visits", FieldKind.FORMULA, formula="1 + 1")
    with pytest.raises(RuleBroken, match="no customer yet"):
        fields.change_field(field_id=visits.id, changes={"formula": "late_rate"}, actor=SYSTEM, at=NOW)
