"""The forms by which strangers become leads, used as they are meant and attacked (L-3, L-6)."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from conto.apps.audit.models import Fact
from conto.apps.crm.models import Consent
from conto.apps.leads import actions as leads
from conto.apps.leads.entry import FormEntry
from conto.apps.leads.models import Lead, LeadForm
from conto.apps.messaging.models import Mail
from conto.domain.facts import SYSTEM, Actor
from conto.flows import convert_lead, receive_lead
from conto.web.portal import lead_forms
from tests.hostile import CORPUS, MARK
from tests.scene import NOW, Scene

AGO = 60


@pytest.fixture
def form(scene: Scene) -> LeadForm:
    entry = FormEntry(
        name="Contact", source="web", languages=["de", "en", "fr"], asks_consent=True, owner_id=scene.owner.id,
        fields={"company": "optional", "phone": "optional", "country": "optional", "message": "needed"},
        texts={"en": {"title": "Talk to us", "thanks": "We call you."}}, sites=["https://www.example.com"],
    )  # fmt: skip
    return leads.add_form(new=entry, actor=SYSTEM, at=NOW)


@pytest.fixture
def stranger(scene: Scene) -> Client:
    return Client(SERVER_NAME="localhost", enforce_csrf_checks=True)


def stamp(form: LeadForm, seconds_ago: float = AGO) -> str:
    return lead_forms.new_stamp(form, datetime.now(UTC).timestamp() - seconds_ago)


def filled(form: LeadForm, **more: str) -> dict[str, str]:
    given = {"name": "Mara Lindt", "email": "mara@lindt.example", "message": "24 chairs", "lang": "en"}
    return given | {"stamp": stamp(form)} | more


def test_a_stranger_reads_the_form_in_their_language_and_becomes_a_lead(stranger: Client, form: LeadForm) -> None:
    english = stranger.get(f"/f/{form.token}?lang=en")
    assert "Talk to us" in english.content.decode()
    assert "Schreiben Sie uns" in stranger.get(f"/f/{form.token}", headers={"accept-language": "de"}).content.decode()
    assert "Écrivez-nous" in stranger.get(f"/f/{form.token}?lang=fr").content.decode()
    assert not english.cookies
    shown = re.search(r'name="stamp" value="([^"]+)"', english.content.decode())
    assert shown
    answer = stranger.post(f"/f/{form.token}", filled(form, company="Lindt", phone="+49 30 901820", consent="on"))
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/f/{form.token}/thanks?lang=en")
    assert "We call you." in stranger.get(answer.headers["Location"]).content.decode()
    lead = Lead.objects.get()
    assert (lead.name, lead.phone, lead.source, lead.form_id, lead.language, lead.owner_id) == (
        "Mara Lindt", "+4930901820", "web", form.id, "en", form.owner_id,
    )  # fmt: skip
    assert lead.consent_text.startswith("You may write to me")
    assert lead.consent_at
    fact = Fact.objects.get(kind="lead_added")
    assert (fact.actor_kind, fact.actor_name, fact.origin["channel"]) == ("customer", "Mara Lindt", "portal")
    assert Mail.objects.get(purpose="lead").to_address == "ada@example.com"


def test_l6_a_form_of_another_site_is_shown_once_more_and_then_taken(stranger: Client, form: LeadForm) -> None:
    other_site = {"origin": "https://www.example.com", "referer": "https://www.example.com/"}
    typed = {"name": "Mara Lindt", "email": "mara@lindt.example", "message": "24 chairs"}
    page = stranger.post(f"/f/{form.token}", typed, headers=other_site)
    assert page.status_code == 200
    assert not Lead.objects.exists()
    words = page.content.decode()
    assert "24 chairs" in words
    assert 'value="Mara Lindt"' in words
    fresh = re.search(r'name="stamp" value="([^"]+)"', words)
    assert fresh
    quick = stranger.post(f"/f/{form.token}", typed | {"stamp": fresh[1]}, headers=other_site)
    assert quick.status_code == 422
    assert not Lead.objects.exists()
    assert stranger.post(f"/f/{form.token}", filled(form), headers=other_site).status_code == 303
    assert Lead.objects.count() == 1


def test_l6_no_other_page_takes_what_another_site_sends(client: Client, scene: Scene, form: LeadForm) -> None:
    strict = Client(SERVER_NAME="localhost", enforce_csrf_checks=True)
    strict.force_login(scene.owner)
    lead = leads.add_lead(new=receive_lead.NewLead(name="A", form_id=form.id, consent_text="Yes"), actor=SYSTEM, at=NOW)
    proof = receive_lead.proof_of(lead, datetime.now(UTC))
    for address in (
        "/leads/new", f"/leads/{lead.id}/discard", f"/leads/{lead.id}/convert", "/settings/lead-forms/new",
        "/settings/lead-routing", f"/f/{form.token}/confirm/{proof}",
    ):  # fmt: skip
        answer = strict.post(address, {"name": "X"}, headers={"origin": "https://www.example.com"})
        assert answer.status_code == 403, address


@pytest.mark.parametrize("wrong", ["", "x", "{}", "a:b:c"])
def test_l6_without_a_stamp_of_ours_nothing_is_taken(stranger: Client, form: LeadForm, wrong: str) -> None:
    assert stranger.post(f"/f/{form.token}", filled(form, stamp=wrong)).status_code == 200
    assert not Lead.objects.exists()


def test_l6_a_stamp_of_another_form_or_of_yesterday_is_none(stranger: Client, form: LeadForm) -> None:
    other = leads.add_form(new=FormEntry(name="Other"), actor=SYSTEM, at=NOW)
    for wrong in (stamp(other), stamp(form, 60 * 60 * 24), stamp(form)[:-2] + "xx"):
        assert stranger.post(f"/f/{form.token}", filled(form, stamp=wrong)).status_code == 200
    assert not Lead.objects.exists()


def test_l6_what_is_sent_again_stays_one_lead(stranger: Client, form: LeadForm) -> None:
    once = filled(form)
    for _ in range(3):
        assert stranger.post(f"/f/{form.token}", once).status_code == 303
    assert stranger.post(f"/f/{form.token}", once | {"name": "Somebody Else"}).status_code == 303
    assert [lead.name for lead in Lead.objects.all()] == ["Mara Lindt"]


def test_l6_who_fills_in_what_nobody_sees_is_thanked_and_forgotten(stranger: Client, form: LeadForm) -> None:
    answer = stranger.post(f"/f/{form.token}", filled(form, website="https://spam.example"))
    assert answer.status_code == 303
    assert not Lead.objects.exists()


@pytest.mark.usefixtures("still_clock")
def test_l6_an_address_that_sends_too_often_waits(stranger: Client, form: LeadForm) -> None:
    statuses = [stranger.post(f"/f/{form.token}", filled(form)).status_code for _ in range(lead_forms.MOST_SENT + 2)]
    assert statuses[: lead_forms.MOST_SENT] == [303] * lead_forms.MOST_SENT
    assert statuses[lead_forms.MOST_SENT :] == [429, 429]
    assert Lead.objects.count() == lead_forms.MOST_SENT
    elsewhere = Client(SERVER_NAME="localhost", REMOTE_ADDR="192.0.2.9")
    assert elsewhere.post(f"/f/{form.token}", filled(form)).status_code == 303


def test_l6_what_is_too_much_or_wrong_is_refused_in_words(stranger: Client, form: LeadForm) -> None:
    huge = stranger.post(f"/f/{form.token}", filled(form, message="x" * 70_000))
    assert huge.status_code == 413
    wrong = stranger.post(f"/f/{form.token}", filled(form, email="nobody", phone="12", message="", name=""))
    assert wrong.status_code == 422
    for words in ("nobody", "Leave this empty"):
        assert words in wrong.content.decode()
    assert not Lead.objects.exists()


def test_l6_hostile_words_stay_words(stranger: Client, client: Client, form: LeadForm) -> None:
    for n, hostile in enumerate(CORPUS.values()):
        word = hostile.encode("utf-8", "replace").decode()
        sender = Client(SERVER_NAME="localhost", REMOTE_ADDR=f"198.51.100.{n}")
        answer = sender.post(f"/f/{form.token}", filled(form, message=word, company=word[:100]))
        assert answer.status_code in {303, 422}
    page = client.get("/leads/").content.decode()
    assert f"<script>{MARK}" not in page
    for lead in Lead.objects.all():
        assert f"<script>{MARK}" not in client.get(f"/leads/{lead.id}/").content.decode()


def test_l6_only_the_sites_of_a_form_may_frame_it_and_no_other_page(
    stranger: Client, client: Client, form: LeadForm
) -> None:
    framed = stranger.get(f"/f/{form.token}?embed=1")
    assert "frame-ancestors https://www.example.com" in framed.headers["Content-Security-Policy"]
    assert "X-Frame-Options" not in framed.headers
    alone = leads.add_form(new=FormEntry(name="Alone"), actor=SYSTEM, at=NOW)
    for answer in (stranger.get(f"/f/{alone.token}"), client.get("/leads/"), stranger.get("/f/none")):
        assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
        assert answer.headers["X-Frame-Options"] == "DENY"


def test_a_form_that_is_closed_or_never_was_leads_nowhere(stranger: Client, form: LeadForm) -> None:
    LeadForm.objects.filter(id=form.id).update(is_active=False)
    for address in (f"/f/{form.token}", f"/f/{form.token}/thanks", "/f/none", f"/f/{'x' * 300}"):
        assert stranger.get(address).status_code == 404
    assert stranger.post(f"/f/{form.token}", filled(form)).status_code == 404


def test_l3_who_agrees_confirms_by_mail_and_only_then_has_agreed(client: Client, form: LeadForm) -> None:
    LeadForm.objects.filter(id=form.id).update(confirms_by_mail=True)
    person = Client(SERVER_NAME="localhost")
    person.post(f"/f/{form.token}", filled(form, consent="on"))
    lead = Lead.objects.get()
    assert lead.consent_at is None
    assert lead.consent_asked_at
    assert "not confirmed yet" in client.get(f"/leads/{lead.id}/").content.decode()
    link = f"/f/{form.token}/confirm/{receive_lead.proof_of(lead, datetime.now(UTC))}"
    assert "Was it you?" in person.get(link).content.decode()
    lead.refresh_from_db()
    assert lead.consent_at is None  # a program that opens links of mails agrees to nothing
    assert "Confirmed" in person.post(link).content.decode()
    lead.refresh_from_db()
    first = lead.consent_at
    assert first
    person.post(link)
    lead.refresh_from_db()
    assert lead.consent_at == first
    old = f"/f/{form.token}/confirm/{receive_lead.proof_of(lead, datetime.now(UTC) - timedelta(days=8))}"
    other = leads.add_form(new=FormEntry(name="Other"), actor=SYSTEM, at=NOW)
    for wrong in (old, link + "x", link.replace(form.token, other.token)):
        assert person.get(wrong).status_code == 410
        assert person.post(wrong).status_code == 410


def test_l3_the_measuring_of_letters_is_a_question_of_its_own(stranger: Client, form: LeadForm) -> None:
    assert 'name="measuring"' not in stranger.get(f"/f/{form.token}?lang=en").content.decode()
    LeadForm.objects.filter(id=form.id).update(asks_measuring=True)
    for language, words in (("en", "whether I open your letters"), ("de", "ob ich Ihre Briefe"), ("fr", "vos lettres")):
        page = stranger.get(f"/f/{form.token}?lang={language}").content.decode()
        assert words in page.replace("&#x27;", "'"), language
        assert page.index('name="consent"') < page.index('name="measuring"')
        assert "checked" not in page
    stranger.post(f"/f/{form.token}", filled(form, measuring="on"))
    only = Lead.objects.get()
    assert (only.consent_text, only.consent_at) == ("", None)
    assert only.measuring_text.startswith("You may note whether I open your letters")
    assert only.measuring_at
    told = Fact.objects.select_related("payload").get(kind="lead_consent_given").body
    assert (told["purpose"], told["text"]) == ("measuring", only.measuring_text)
    stranger.post(f"/f/{form.token}", filled(form, email="otto@lindt.example", consent="on"))
    other = Lead.objects.get(email="otto@lindt.example")
    assert (other.measuring_text, other.measuring_at) == ("", None)


def test_l3_one_mail_confirms_what_was_ticked_and_the_contact_keeps_each_purpose(
    client: Client, stranger: Client, form: LeadForm
) -> None:
    LeadForm.objects.filter(id=form.id).update(confirms_by_mail=True, asks_measuring=True)
    stranger.post(f"/f/{form.token}", filled(form, measuring="on", consent="on"))
    lead = Lead.objects.get()
    assert (lead.consent_at, lead.measuring_at) == (None, None)
    assert "letters may be measured: asked by mail" in client.get(f"/leads/{lead.id}/").content.decode()
    link = f"/f/{form.token}/confirm/{receive_lead.proof_of(lead, datetime.now(UTC))}"
    assert "whether I open your letters" in stranger.get(link).content.decode()
    person = Client(SERVER_NAME="localhost")
    assert "Confirmed" in person.post(link).content.decode()
    lead.refresh_from_db()
    assert lead.consent_at == lead.measuring_at is not None
    assert "letters may be measured" in client.get(f"/leads/{lead.id}/").content.decode()
    actor = Actor(None, "system", "Conto")
    made = convert_lead.convert(
        lead=lead, wish=convert_lead.Conversion(with_deal=False), actor=actor, at=lead.consent_at + timedelta(hours=1)
    )
    kept = {row.purpose: row.wording for row in Consent.objects.filter(contact=made.contact)}
    assert kept == {"news": lead.consent_text, "measuring": lead.measuring_text}


def test_l3_measuring_alone_can_be_confirmed_by_mail(stranger: Client, form: LeadForm) -> None:
    LeadForm.objects.filter(id=form.id).update(confirms_by_mail=True, asks_measuring=True)
    stranger.post(f"/f/{form.token}", filled(form, measuring="on"))
    lead = Lead.objects.get()
    assert Mail.objects.filter(to_address="mara@lindt.example").exists()
    assert leads.confirm_consent(lead=lead, actor=SYSTEM, at=NOW)
    assert not leads.confirm_consent(lead=lead, actor=SYSTEM, at=NOW)
    lead.refresh_from_db()
    assert (lead.consent_at, lead.measuring_at) == (None, NOW)


def test_who_does_not_agree_is_asked_nothing(form: LeadForm) -> None:
    LeadForm.objects.filter(id=form.id).update(confirms_by_mail=True)
    Client(SERVER_NAME="localhost").post(f"/f/{form.token}", filled(form))
    lead = Lead.objects.get()
    assert (lead.consent_text, lead.consent_asked_at, lead.consent_at) == ("", None, None)
    assert not Mail.objects.filter(to_address="mara@lindt.example").exists()


def settings_typed(**more: Any) -> dict[str, Any]:
    given = {
        "name": "Contact", "source": "web", "languages": ["en", "de"], "message": "needed", "is_active": "on",
        "asks_consent": "on", "title_en": "Talk to us", "sites": "https://www.example.com",
    }  # fmt: skip
    return given | more


def test_a_form_is_made_changed_and_copied_in_the_settings(client: Client, scene: Scene) -> None:
    made = client.post("/settings/lead-forms/new", settings_typed())
    form = LeadForm.objects.get()
    assert made.headers["Location"] == f"/settings/lead-forms/{form.id}"
    page = client.get(f"/settings/lead-forms/{form.id}").content.decode()
    assert (
        f"&lt;iframe src=&quot;http://localhost:8000/f/{form.token}?embed=1" in page
        or f"/f/{form.token}?embed=1" in page
    )
    assert "Talk to us" in page
    assert "&lt;form method=" in page
    refused = client.post(f"/settings/lead-forms/{form.id}", settings_typed(sites="javascript:alert(1)"))
    assert refused.status_code == 422
    assert client.post(f"/settings/lead-forms/{form.id}", settings_typed(name="Web", phone="needed")).status_code == 303
    form.refresh_from_db()
    assert (form.name, form.fields) == ("Web", {"phone": "needed", "message": "needed"})
    assert "Web" in client.get("/settings/lead-forms").content.decode()


def test_l5_rules_are_set_on_their_page(client: Client, scene: Scene) -> None:
    assert client.get("/settings/lead-routing").status_code == 200
    rules = {
        "rules-TOTAL_FORMS": "2", "rules-INITIAL_FORMS": "0", "rules-0-country": "FR", "rules-0-ORDER": "2",
        "rules-0-members": [str(scene.owner.id)], "rules-1-contains": "chair", "rules-1-ORDER": "1",
        "rules-1-members": [str(scene.owner.id)],
    }  # fmt: skip
    assert client.post("/settings/lead-routing", rules).status_code == 303
    page = client.get("/settings/lead-routing").content.decode()
    assert page.index("chair") < page.index("Rule 2")
    fact = Fact.objects.get(kind="routing_changed")
    assert len(fact.body["changes"]["rules"][1]) == 2
