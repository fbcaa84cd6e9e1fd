"""A lead becomes customer, contact, deal and next step, once only; new leads find their owner, who is told."""

from datetime import timedelta

import pytest

from conto.apps.accounts import actions as accounts
from conto.apps.accounts.models import Business
from conto.apps.audit.models import Fact
from conto.apps.crm.models import Consent, Contact, Customer
from conto.apps.deals import actions as deals
from conto.apps.deals.models import Activity, Deal, Stage
from conto.apps.leads import actions as leads
from conto.apps.leads import queries
from conto.apps.leads.entry import FormEntry, NewLead, RuleEntry
from conto.apps.leads.models import Lead
from conto.apps.messaging.models import Mail
from conto.domain.errors import RuleBroken
from conto.domain.facts import SYSTEM, Actor, Origin
from conto.domain.ids import new_id
from conto.domain.permissions import Role
from conto.flows import convert_lead, receive_lead
from conto.flows.convert_lead import Conversion
from tests.domain.refusals import refused
from tests.scene import NOW, Scene

pytestmark = pytest.mark.django_db
MARA = {
    "name": "Mara Lindt", "company": "Lindt Möbel", "email": "mara@lindt.example", "phone": "+49 30 901820",
    "country": "DE", "source": "fair", "message": "24 chairs", "next_step": "Send the offer",
    "next_step_at": NOW + timedelta(days=2),
}  # fmt: skip


@pytest.fixture
def actor(scene: Scene) -> Actor:
    Business.objects.create(
        name="Nordlicht", country="DE", currency="EUR", zone="Europe/Berlin", set_up_at=NOW, changed_at=NOW
    )
    deals.open_first_pipeline(language="en", actor=SYSTEM, at=NOW)
    return Actor(scene.owner.id, "member", scene.owner.name)


def lead_of(actor: Actor, **more: object) -> Lead:
    return leads.add_lead(new=NewLead(**(MARA | more)), actor=actor, at=NOW)  # type: ignore[arg-type]


def test_l2_a_lead_becomes_a_new_customer_with_contact_deal_and_next_step(actor: Actor) -> None:
    lead = lead_of(actor)
    made = convert_lead.convert(
        lead=lead, wish=Conversion(deal_name="Chairs", value_minor=119_760), actor=actor, at=NOW
    )
    assert (made.customer.name, made.customer.kind, made.customer.source) == ("Lindt Möbel", "company", "fair")
    assert made.customer.email == "mara@lindt.example"
    assert made.contact.customer_id == made.customer.id
    assert made.deal
    assert (made.deal.name, made.deal.value_minor, made.deal.source, made.deal.contact_id) == (
        "Chairs", 119_760, "fair", made.contact.id,
    )  # fmt: skip
    step = Activity.objects.get(deal=made.deal)
    assert (step.title, step.due_at) == ("Send the offer", MARA["next_step_at"])
    assert (lead.state, lead.customer_id, lead.deal_id) == ("converted", made.customer.id, made.deal.id)
    fact = Fact.objects.get(kind="lead_converted")
    assert (fact.subject_id, fact.customer_id) == (lead.id, made.customer.id)
    assert queries.lead_of_deal(None, made.deal.id) is None  # nobody sees nothing


def test_l2_a_second_time_it_is_refused_and_nothing_is_made(actor: Actor) -> None:
    lead = lead_of(actor)
    convert_lead.convert(lead=lead, wish=Conversion(), actor=actor, at=NOW)
    counts = Customer.objects.count(), Contact.objects.count(), Deal.objects.count()
    with refused("lead.already_converted"):
        convert_lead.convert(lead=lead, wish=Conversion(), actor=actor, at=NOW)
    assert (Customer.objects.count(), Contact.objects.count(), Deal.objects.count()) == counts


def test_l2_an_existing_customer_gets_the_deal_and_a_known_contact_stays_one(actor: Actor, scene: Scene) -> None:
    first = convert_lead.convert(lead=lead_of(actor), wish=Conversion(), actor=actor, at=NOW)
    customers = Customer.objects.count()
    wish = Conversion(customer=first.customer)
    again = convert_lead.convert(lead=lead_of(actor, name="M. Lindt"), wish=wish, actor=actor, at=NOW)
    assert (again.customer.id, again.contact.id) == (first.customer.id, first.contact.id)
    other = convert_lead.convert(
        lead=lead_of(actor, name="Otto", email="otto@lindt.example"), wish=wish, actor=actor, at=NOW
    )
    assert other.contact.id != first.contact.id
    assert Customer.objects.count() == customers


def test_l2_what_is_refused_on_the_way_leaves_nothing_behind(actor: Actor) -> None:
    lead = lead_of(actor)
    before = Customer.objects.count()
    with pytest.raises(RuleBroken):
        convert_lead.convert(lead=lead, wish=Conversion(stage_id=new_id()), actor=actor, at=NOW)
    assert Customer.objects.count() == before
    lead.refresh_from_db()
    assert lead.state == "new"


def test_a_person_becomes_a_person_without_a_deal_if_wished(actor: Actor) -> None:
    lead = lead_of(actor, company="")
    made = convert_lead.convert(lead=lead, wish=Conversion(with_deal=False), actor=actor, at=NOW)
    assert (made.customer.kind, made.deal) == ("person", None)
    assert not Deal.objects.exists()
    assert Stage.objects.exists()


def test_l5_a_lead_of_a_program_finds_its_owner_who_is_told_by_mail(actor: Actor) -> None:
    seller = accounts.add_member(
        email="sam@example.com", name="Sam Seller", role=Role.SALES, password="correct horse 9", language="de",
        actor=SYSTEM, at=NOW,
    )  # fmt: skip
    leads.set_routing(rules=[RuleEntry(source="fair", member_ids=[seller.id])], actor=actor, at=NOW)
    lead = receive_lead.receive(new=NewLead(**MARA), actor=actor, at=NOW)  # type: ignore[arg-type]
    assert lead.owner_id == seller.id
    mail = Mail.objects.get(purpose="lead")
    assert (mail.to_address, mail.subject) == ("sam@example.com", "Neuer Lead: Mara Lindt")
    assert f"/leads/{lead.id}/" in mail.text
    own = NewLead(**(MARA | {"owner_id": actor.member_id}))  # type: ignore[arg-type]
    receive_lead.receive(new=own, actor=actor, at=NOW)
    assert Mail.objects.filter(purpose="lead").count() == 1  # nobody is told of what they did


def test_l3_the_link_in_the_mail_is_the_consent_and_runs_out(actor: Actor) -> None:
    entry = FormEntry(name="Contact", asks_consent=True, confirms_by_mail=True)
    form = leads.add_form(new=entry, actor=actor, at=NOW)
    new = NewLead(**(MARA | {"consent_text": "Write to me.", "form_id": form.id}))  # type: ignore[arg-type]
    lead = receive_lead.receive_from_form(form=form, new=new, actor=SYSTEM, at=NOW)
    assert (lead.consent_at, lead.consent_asked_at) == (None, NOW)
    mail = Mail.objects.get(to_address="mara@lindt.example")
    assert mail.secret_sealed
    assert "{secret}" in mail.text
    proof = receive_lead.proof_of(lead, NOW)
    assert receive_lead.lead_id_of_proof(proof, at=NOW + timedelta(days=6)) == lead.id
    with refused("lead.link_expired"):
        receive_lead.lead_id_of_proof(proof, at=NOW + timedelta(days=8))
    for wrong in (proof[:-1], f"x{proof}", "", "a:b:c"):
        with refused("lead.link_wrong"):
            receive_lead.lead_id_of_proof(wrong, at=NOW)


def test_co1_what_a_lead_agreed_to_goes_over_with_its_words_moment_and_address(actor: Actor) -> None:
    form = leads.add_form(new=FormEntry(name="Contact", owner_id=actor.member_id), actor=actor, at=NOW)
    told = {"form_id": form.id, "sent_sha256": b"1" * 32, "consent_text": "You may write to me."}
    from_home = Actor(None, "customer", "Mara", Origin("portal", "203.0.113.7"))
    new = NewLead(**(MARA | told | {"has_consent": True}))  # type: ignore[arg-type]
    lead = leads.add_lead(new=new, actor=from_home, at=NOW)
    later = NOW + timedelta(days=3)
    contact = convert_lead.convert(lead=lead, wish=Conversion(with_deal=False), actor=actor, at=later).contact
    row = Consent.objects.get(contact=contact)
    assert (row.purpose, row.way, row.wording, row.address) == ("news", "form", "You may write to me.", "203.0.113.7")
    assert (row.agreed_at, row.noted_at) == (NOW, later)


def test_co1_who_confirms_by_mail_after_becoming_a_customer_has_agreed_as_their_contact(actor: Actor) -> None:
    form = leads.add_form(new=FormEntry(name="Contact", owner_id=actor.member_id), actor=actor, at=NOW)
    told = {"form_id": form.id, "sent_sha256": b"2" * 32, "consent_text": "You may write to me."}
    lead = lead_of(actor, **told)
    contact = convert_lead.convert(lead=lead, wish=Conversion(with_deal=False), actor=actor, at=NOW).contact
    assert not Consent.objects.filter(contact=contact).exists()
    from_home = Actor(None, "customer", "Mara", Origin("portal", "203.0.113.7"))
    assert leads.confirm_consent(lead=Lead.objects.get(id=lead.id), actor=from_home, at=NOW)
    row = Consent.objects.get(contact=contact)
    assert (row.is_given, row.way, row.address) == (True, "form", "203.0.113.7")
