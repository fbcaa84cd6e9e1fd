"""What people agree to: noted by a form, by hand, by programs and on a page of theirs; taken back as easily."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.test import Client

from conto.apps.audit.models import Fact
from conto.apps.crm import actions as crm
from conto.apps.crm import queries
from conto.apps.crm.models import Consent, Contact, Customer
from conto.domain.consent import ConsentEntry, Purpose, Way, all_agree, checked_consent
from conto.domain.errors import RuleBroken
from conto.domain.facts import SYSTEM
from conto.domain.ids import new_id
from conto.domain.permissions import Role
from conto.flows import withdraw_consent
from tests.web.living import NOW, Living, add_customer

NUMBERS = iter(range(7000, 8000))


@pytest.fixture
def eva(living_book: Living) -> Contact:
    n = next(NUMBERS)
    customer = add_customer(n)
    Customer.objects.filter(id=customer.id).update(language="en")
    given = {"name": f"Eva {n}", "email": f"eva{n}@news.example"}
    return crm.add_contact(customer=customer, given=given, actor=SYSTEM, at=NOW)


@pytest.fixture
def stranger() -> Client:
    return Client(enforce_csrf_checks=True)


def agree(person: Contact, purpose: Purpose = Purpose.NEWS, **more: Any) -> Consent:
    known: dict[str, Any] = {"way": Way.BY_HAND, "wording": "You may.", "is_given": True} | more
    return crm.note_consent(contact=person, entry=ConsentEntry(purpose=purpose, **known), actor=SYSTEM, at=NOW)


def agrees(person: Contact, purpose: Purpose = Purpose.NEWS) -> bool:
    return queries.in_force([person.id], purpose).get(person.id, False)


def test_co1_consent_has_its_words_and_its_moment_and_every_step_stays(eva: Contact) -> None:
    for wrong in ({"wording": " "}, {"wording": "x" * 2001}, {"agreed_at": NOW + timedelta(days=1)}):
        with pytest.raises(RuleBroken):
            agree(eva, **wrong)
    first = agree(eva, agreed_at=NOW - timedelta(days=9))
    assert agree(eva).id == first.id  # the same words: nothing new
    agree(eva, is_given=False)
    agree(eva, wording="You may write.")
    steps = queries.consents_of([eva.id])[eva.id]
    assert [(each.step, each.is_given) for each in steps] == [(3, True), (2, False), (1, True)]
    assert steps[-1].agreed_at == NOW - timedelta(days=9)
    kinds = Fact.objects.filter(subject_id=eva.id, kind__startswith="consent").order_by("id")
    assert [each.kind for each in kinds] == ["consent_given", "consent_withdrawn", "consent_given"]
    assert checked_consent(ConsentEntry(purpose=Purpose.NEWS, is_given=False, way=Way.API), at=NOW) == ("", NOW)


def test_co2_what_is_taken_back_is_taken_back_wherever_the_address_stands(eva: Contact, stranger: Client) -> None:
    same = {"name": "E. Kupfer", "email": eva.email}
    twin = crm.add_contact(customer=add_customer(next(NUMBERS)), given=same, actor=SYSTEM, at=NOW)
    for person in (eva, twin):
        for purpose in Purpose:
            agree(person, purpose)
    link = f"/w/{withdraw_consent.proof_of(eva.id)}"
    page = stranger.get(link)
    assert page.status_code == 200
    assert not page.cookies
    assert "Take it back" in page.content.decode()
    assert agrees(eva)  # to look changes nothing
    assert stranger.post(link, {"purpose": "measuring"}).status_code == 303
    assert [agrees(each, Purpose.MEASURING) for each in (eva, twin)] == [False, False]
    assert [agrees(each) for each in (eva, twin)] == [True, True]
    stranger.post(link, {"purpose": "measuring", "act": "give"})
    assert [agrees(each, Purpose.MEASURING) for each in (eva, twin)] == [True, False]
    row = queries.consents_of([eva.id])[eva.id][0]
    assert (row.way, row.address, row.step) == ("page", "127.0.0.1", 3)
    assert "note whether I open" in row.wording


def test_co2_one_click_of_a_mail_program_takes_everything_back_without_asking(eva: Contact, stranger: Client) -> None:
    for purpose in Purpose:
        agree(eva, purpose)
    link = f"/w/{withdraw_consent.proof_of(eva.id)}"
    for _again in range(2):
        answer = stranger.post(link, "List-Unsubscribe=One-Click", content_type="application/x-www-form-urlencoded")
        assert (answer.status_code, answer.content) == (200, b"")
    assert not any(agrees(eva, purpose) for purpose in Purpose)
    assert Consent.objects.filter(contact=eva).count() == 4  # given and taken back, each once
    assert {each.way for each in Consent.objects.filter(contact=eva, is_given=False)} == {"one_click"}


def test_a_link_that_is_forged_or_of_another_book_leads_nowhere(eva: Contact, stranger: Client) -> None:
    proof = withdraw_consent.proof_of(eva.id)
    agree(eva)
    of_another = withdraw_consent.proof_of(new_id())  # signed, of somebody whom this book does not know
    for wrong in (of_another, proof[:-1], proof + "x", proof.swapcase(), f"{eva.id.hex}:x", eva.id.hex, "x" * 5000):
        assert stranger.get(f"/w/{wrong}").status_code == 404
        assert stranger.post(f"/w/{wrong}", {"List-Unsubscribe": "One-Click"}).status_code == 404
    assert agrees(eva)


def test_the_page_speaks_the_customer_s_language(eva: Contact, stranger: Client) -> None:
    for language, word in (("de", "Wozu Sie zugestimmt haben"), ("fr", "Ce que vous avez accepté")):
        Customer.objects.filter(id=eva.customer_id).update(language=language)
        answer = stranger.get(f"/w/{withdraw_consent.proof_of(eva.id)}")
        assert answer.headers["Content-Language"] == language
        assert word in answer.content.decode()


def test_co3_of_an_address_that_several_share_all_agree_or_nobody_does(eva: Contact) -> None:
    assert queries.agreed_at_address(eva.email, Purpose.MEASURING) == []
    agree(eva, Purpose.MEASURING)
    assert queries.agreed_at_address(eva.email.upper(), Purpose.MEASURING) == [eva.id]
    other = {"name": "Otto", "email": eva.email}
    twin = crm.add_contact(customer=eva.customer, given=other, actor=SYSTEM, at=NOW)
    assert queries.agreed_at_address(eva.email, Purpose.MEASURING) == []
    crm.archive_contact(customer=eva.customer, contact_id=twin.id, actor=SYSTEM, at=NOW)
    assert queries.agreed_at_address(eva.email, Purpose.MEASURING) == [eva.id]
    assert not all_agree([], {})
    assert not all_agree([1, 2], {1: True})


def test_a_member_notes_by_hand_what_a_person_said(eva: Contact, living_book: Living) -> None:
    seller = Client()
    seller.force_login(living_book.members[Role.OWNER])
    at = f"/customers/{eva.customer_id}/people/{eva.id}/consents/news"
    empty = seller.post(at, {"act": "give", "wording": ""})
    assert empty.status_code == 422
    assert "Say in which words the person agreed." in empty.content.decode()
    seller.post(at, {"act": "give", "wording": "On the phone: yes.", "agreed_on": "2026-11-02"})
    page = seller.get(f"/customers/{eva.customer_id}/people").content.decode()
    assert "On the phone: yes." in page
    assert "noted by hand" in page
    seller.post(at, {"act": "take_back"})
    assert not agrees(eva)
    assert "taken back" in seller.get(f"/customers/{eva.customer_id}/people").content.decode()
    assert seller.post(at.replace("news", "selling"), {"act": "give"}).status_code == 404
    assert seller.post(at.replace(str(eva.id), str(UUID(int=7))), {"act": "give"}).status_code == 404
