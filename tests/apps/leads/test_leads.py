"""Leads (L-1 … L-5): entered, found, changed, compared, discarded, given to those who look after them."""

from datetime import timedelta
from uuid import UUID

import pytest
from django.db import IntegrityError, InternalError, transaction

from conto.apps.accounts import actions as accounts
from conto.apps.audit.models import Fact
from conto.apps.crm import actions as crm
from conto.apps.crm.entry import EntryRefused
from conto.apps.leads import actions as leads
from conto.apps.leads import queries
from conto.apps.leads.entry import FormEntry, NewLead, RuleEntry
from conto.apps.leads.models import Lead, RoutingRule
from conto.apps.leads.queries import LeadFilters
from conto.domain.facts import SYSTEM
from conto.domain.ids import new_id
from tests.apps.leads.conftest import Desk
from tests.domain.refusals import refused
from tests.scene import NOW

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def kinds(lead: Lead) -> list[str]:
    return list(Fact.objects.filter(subject_id=lead.id).order_by("id").values_list("kind", flat=True))


def test_a_lead_is_kept_as_it_reads_best(desk: Desk) -> None:
    lead = desk.lead(
        " Mara  Lindt ", company="Lindt & Co", email="Mara@Lindt.example", phone="+49 30 901820", source="fair"
    )
    assert (lead.name, lead.phone, lead.state, lead.search_key) == (
        "Mara Lindt", "+4930901820", "new", "mara lindt lindt & co mara@lindt.example +4930901820",
    )  # fmt: skip
    assert kinds(lead) == ["lead_added"]


def test_l1_what_cannot_stand_is_named_field_by_field(desk: Desk) -> None:
    with pytest.raises(EntryRefused) as caught:
        desk.lead(" ", email="nobody", phone="12", country="Atlantis", language="xx", message="x" * 5001)
    assert set(caught.value.by_field) == {"name", "email", "phone", "country", "language", "message"}
    with refused("lead.step_without_words"):
        desk.lead(next_step_at=NOW)
    with refused("member.not_active"):
        desk.lead(owner_id=new_id())
    assert not Lead.objects.exists()


def test_a_lead_changes_and_its_history_says_what(desk: Desk) -> None:
    lead = desk.lead()
    step = {"next_step": "Call back", "next_step_at": NOW + DAY}
    leads.change_lead(lead=lead, changes={"state": "working", "owner_id": desk.seller.id, **step}, actor=SYSTEM, at=NOW)
    assert leads.change_lead(lead=lead, changes={"state": "working"}, actor=SYSTEM, at=NOW) is None
    leads.change_lead(lead=lead, changes={"next_step": ""}, actor=SYSTEM, at=NOW)
    leads.note_lead(lead=lead, text="Wants 24 chairs.", actor=desk.actor, at=NOW)
    assert (lead.state, lead.owner_id, lead.next_step_at, lead.version) == ("working", desk.seller.id, None, 3)
    assert kinds(lead) == ["lead_added", "lead_changed", "lead_changed", "lead_noted"]
    with refused("lead.changed_meanwhile"):
        leads.change_lead(lead=lead, changes={"name": "X"}, version=1, actor=SYSTEM, at=NOW)
    with refused("lead.unknown_state"):
        leads.change_lead(lead=lead, changes={"state": "converted"}, actor=SYSTEM, at=NOW)
    with refused("note.empty"):
        leads.note_lead(lead=lead, text=" ", actor=SYSTEM, at=NOW)


def test_a_discarded_lead_has_a_reason_and_can_be_taken_up_again(desk: Desk) -> None:
    lead = desk.lead()
    with refused("entry.missing"):
        leads.discard_lead(lead=lead, reason=" ", actor=desk.actor, at=NOW)
    leads.discard_lead(lead=lead, reason="A student", actor=desk.actor, at=NOW)
    with refused("lead.discarded"):
        leads.change_lead(lead=lead, changes={"name": "X"}, actor=desk.actor, at=NOW)
    leads.reopen_lead(lead=lead, actor=desk.actor, at=NOW)
    with refused("lead.not_discarded"):
        leads.reopen_lead(lead=lead, actor=desk.actor, at=NOW)
    assert (lead.state, lead.discard_reason) == ("working", "")
    assert kinds(lead) == ["lead_added", "lead_discarded", "lead_reopened"]


def test_leads_are_listed_filtered_and_sorted(desk: Desk) -> None:
    first = desk.lead("Ana", source="fair", owner_id=desk.seller.id, next_step="Call", next_step_at=NOW - DAY)
    second = desk.lead("Bea", source="web")
    third = desk.lead("Cleo Müller", company="Äpfel AG", source="web", next_step="Write", next_step_at=NOW + DAY)
    leads.discard_lead(lead=second, reason="No", actor=desk.actor, at=NOW)
    leads.set_scores(scores={first.id: (30, []), third.id: (80, [])})

    def names(**filters: object) -> list[str]:
        page = queries.lead_page(desk.owner, LeadFilters(**filters), NOW)  # type: ignore[arg-type]
        return [row.name for row in page.rows]

    assert names() == ["Cleo Müller", "Bea", "Ana"]
    assert names(state="open", order="name") == ["Ana", "Cleo Müller"]
    assert names(source="web", state="discarded") == ["Bea"]
    assert names(owner_id=desk.seller.id) == ["Ana"]
    assert names(is_unowned=True, state="open") == ["Cleo Müller"]
    assert names(text="apfel muller") == ["Cleo Müller"]
    assert names(is_due=True) == ["Ana"]
    assert names(order="score") == ["Cleo Müller", "Ana", "Bea"]
    assert names(order="next") == ["Ana", "Cleo Müller", "Bea"]
    for order in queries.ORDERS:
        seen, after = [], None
        while True:
            page = queries.lead_page(desk.owner, LeadFilters(order=order), NOW, after, size=1)  # type: ignore[arg-type]
            seen += [row.name for row in page.rows]
            if not (after := page.after):
                break
        assert seen == names(order=order)
    assert [row.name for row in queries.find_leads(desk.owner, "mull")] == ["Cleo Müller"]
    assert queries.known_sources(desk.owner) == ["fair", "web"]


def test_l4_who_is_here_already_is_found_by_mail_phone_and_name_among_leads_contacts_and_customers(desk: Desk) -> None:
    lead = desk.lead("Mara Lindt", company="Lindt Möbel", email="mara@lindt.example", phone="+49 30 901820")
    person = {"name": "Jörg Groß", "email": "joerg@gross.example", "phone": "+49 30 555444"}
    crm.add_contact(customer=desk.scene.customer, given=person, actor=SYSTEM, at=NOW)

    def why(**given: str) -> list[tuple[str, str]]:
        return [(each.kind, each.why) for each in queries.alike(desk.owner, **given)]

    assert why(email="MARA@lindt.example") == [("lead", "email")]
    assert why(phone="+4930901820") == [("lead", "phone")]
    assert why(name="mará  lindt") == [("lead", "name")]
    assert why(name="Somebody", company="LINDT MOBEL") == [("lead", "company")]
    assert why(email="joerg@gross.example") == [("customer", "email")]
    assert why(phone="+4930555444") == [("customer", "phone")]
    assert why(name="jorg gross") == [("customer", "name")]
    assert why(company="Muller & Sohne") == [("customer", "name")]
    assert queries.alike(desk.owner, email="mara@lindt.example", but=lead.id) == []
    assert why(name="Nobody Else") == []


def form_entry(**more: object) -> FormEntry:
    return FormEntry(**{"name": "Contact", "languages": ["de", "en"], "fields": {"phone": "needed"}, **more})  # type: ignore[arg-type]


def test_a_form_is_kept_with_its_address(desk: Desk) -> None:
    form = leads.add_form(new=form_entry(sites=["https://WWW.example.com/"]), actor=desk.actor, at=NOW)
    again = queries.form_of_token(form.token)
    assert again
    assert (again.sites, again.languages) == (["https://www.example.com"], ["de", "en"])
    leads.change_form(form=form, entry=form_entry(is_active=False), actor=desk.actor, at=NOW)
    assert queries.form_of_token(form.token) is None
    assert queries.form_of_token("") is None
    with pytest.raises(EntryRefused) as caught:
        leads.add_form(
            new=form_entry(
                name="", sites=["javascript:alert(1)"], languages=[], fields={"iban": "needed"}, confirms_by_mail=True,
                texts={"de": {"html": "x"}},
            ), actor=SYSTEM, at=NOW,
        )  # fmt: skip
    assert set(caught.value.by_field) == {"name", "sites", "languages", "fields", "confirms_by_mail", "texts"}


def test_l5_the_first_rule_that_fits_gives_the_lead_away_in_turns(desk: Desk) -> None:
    both = [desk.owner.id, desk.seller.id]
    rules = [RuleEntry(country="FR", member_ids=[desk.seller.id]), RuleEntry(contains="chair", member_ids=both)]
    leads.set_routing(rules=rules, actor=SYSTEM, at=NOW)
    french = desk.lead("A", country="FR", message="24 chairs")
    others = [desk.lead(name, message="CHAIRS please") for name in "BCD"]
    unfit = desk.lead("E", message="Tables")
    for lead in (french, *others):
        assert leads.route_lead(lead=lead, actor=SYSTEM, at=NOW)
        assert not leads.route_lead(lead=lead, actor=SYSTEM, at=NOW)
    assert not leads.route_lead(lead=unfit, actor=SYSTEM, at=NOW)
    assert [each.owner_id for each in (french, *others, unfit)] == [desk.seller.id, *both, both[0], None]
    fact = Fact.objects.get(subject_id=french.id, kind="lead_routed")
    assert (fact.body["rule"], fact.body["owner_name"]) == ("1: country = FR", "Sam Seller")
    leads.set_routing(rules=rules[1:], actor=SYSTEM, at=NOW)
    assert RoutingRule.objects.get().turns == 3  # whose turn it is goes on
    with refused("routing.not_for_leads"):
        leads.set_routing(rules=[RuleEntry(member_ids=[new_id()])], actor=SYSTEM, at=NOW)
    with pytest.raises(EntryRefused) as caught:
        leads.set_routing(rules=[RuleEntry(member_ids=[], country="Atlantis")], actor=SYSTEM, at=NOW)
    assert set(caught.value.by_field) == {"rules.0.country", "rules.0.member_ids"}


def test_l5_a_team_takes_turns_as_it_is_when_the_lead_comes(desk: Desk) -> None:
    team = accounts.add_team(name="North", actor=SYSTEM, at=NOW)
    rule = RuleEntry(team_id=team.id, source="web")
    with refused("routing.empty_team"):
        leads.set_routing(rules=[rule], actor=SYSTEM, at=NOW)
    accounts.change_member(member_id=desk.seller.id, team_id=team.id, actor=SYSTEM, at=NOW)
    leads.set_routing(rules=[rule], actor=SYSTEM, at=NOW)

    def owners(names: str) -> list[UUID | None]:
        made = [desk.lead(name, source="web") for name in names]
        for lead in made:
            leads.route_lead(lead=lead, actor=SYSTEM, at=NOW)
        return [lead.owner_id for lead in made]

    assert owners("AB") == [desk.seller.id] * 2
    accounts.change_member(member_id=desk.owner.id, team_id=team.id, actor=SYSTEM, at=NOW)
    assert set(owners("CD")) == {desk.seller.id, desk.owner.id}, "whoever joined is asked too"
    accounts.remove_team(team=team, actor=SYSTEM, at=NOW)
    assert owners("E") == [desk.seller.id], "of a team that is gone, who was in it"
    with pytest.raises(EntryRefused) as caught:
        leads.set_routing(rules=[RuleEntry(team_id=team.id, member_ids=[desk.seller.id])], actor=SYSTEM, at=NOW)
    assert set(caught.value.by_field) == {"rules.0.team_id"}


def test_l5_without_a_rule_the_form_says_who_has_its_leads(desk: Desk) -> None:
    form = leads.add_form(new=form_entry(owner_id=desk.seller.id), actor=desk.actor, at=NOW)
    lead = desk.lead(form_id=form.id)
    assert leads.route_lead(lead=lead, actor=SYSTEM, at=NOW)
    assert lead.owner_id == desk.seller.id


def test_l3_consent_is_told_with_its_text_and_time(desk: Desk) -> None:
    lead = desk.lead(consent_text="Write to me.", has_consent=True)
    assert lead.consent_at == NOW
    asked = desk.lead("Ben", consent_text="Write to me.")
    assert asked.consent_at is None
    assert leads.confirm_consent(lead=asked, actor=SYSTEM, at=NOW + DAY)
    assert not leads.confirm_consent(lead=asked, actor=SYSTEM, at=NOW + 2 * DAY)
    assert asked.consent_at == NOW + DAY
    fact = Fact.objects.get(subject_id=asked.id, kind="lead_consent_given")
    assert (fact.body["text"], fact.body["is_confirmed"]) == ("Write to me.", True)
    with refused("lead.no_consent_asked"):
        leads.confirm_consent(lead=desk.lead("Cat"), actor=SYSTEM, at=NOW)


def test_l2_the_database_refuses_to_convert_twice_and_by_half(desk: Desk) -> None:
    lead, customer = desk.lead(), desk.scene.customer
    with pytest.raises(IntegrityError), transaction.atomic():
        Lead.objects.filter(id=lead.id).update(state="converted")
    leads.mark_converted(lead=lead, customer_id=customer.id, contact_id=None, deal_id=None, actor=SYSTEM, at=NOW)
    with refused("lead.already_converted"):
        leads.mark_converted(lead=lead, customer_id=customer.id, contact_id=None, deal_id=None, actor=SYSTEM, at=NOW)
    for change in ({"customer_id": desk.scene.person.id}, {"state": "new", "converted_at": None, "customer_id": None}):
        with pytest.raises((IntegrityError, InternalError)), transaction.atomic():
            Lead.objects.filter(id=lead.id).update(**change)


def test_what_was_sent_once_is_one_lead(desk: Desk) -> None:
    leads.add_lead(new=NewLead(name="A", sent_sha256=b"x" * 32), actor=SYSTEM, at=NOW)
    with pytest.raises(IntegrityError), transaction.atomic():
        leads.add_lead(new=NewLead(name="A", sent_sha256=b"x" * 32), actor=SYSTEM, at=NOW)
    found = queries.lead_sent(b"x" * 32)
    assert found
    assert found.name == "A"
