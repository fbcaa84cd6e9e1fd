"""Accepting a quote: signed, billed by its rule, once."""

from decimal import Decimal
from typing import Any

import pytest

from conto.apps.audit.models import Fact
from conto.apps.contracts.models import Contract
from conto.apps.crm.models import Address
from conto.apps.deals import actions as deals
from conto.apps.deals.entry import LineEntry as DealLine
from conto.apps.deals.entry import NewDeal
from conto.apps.deals.models import Deal
from conto.apps.deals.queries import lost_reasons
from conto.apps.invoicing import actions as invoicing
from conto.apps.invoicing.models import Document, Draft
from conto.apps.payments import actions as payments
from conto.apps.quotes import actions as quotes
from conto.apps.quotes.models import Quote, QuoteAcceptance
from conto.domain.contract import Renewal
from conto.domain.facts import SYSTEM, Actor
from conto.domain.quote import ContractOffer
from conto.flows import accept_quote, send_quote
from conto.flows.accept_quote import BillTo
from tests.domain.refusals import refused
from tests.offers import ANNA, BUYER, CHOICES, UNITS, drafted, offer, sent
from tests.scene import NOW, TODAY, Scene, issue


def accept(quote: Quote, chosen: set[int] | None = None) -> accept_quote.Accepted:
    return accept_quote.accept(quote=quote, chosen=chosen or set(), signature=ANNA, actor=BUYER, at=NOW)


def test_q9_24_units_accepted_make_one_right_invoice(scene: Scene) -> None:
    quote = sent(scene, *UNITS, issues_at_once=True)
    accepted = accept(quote)
    (document,) = Document.objects.all()
    assert not Draft.objects.exists()
    assert [each.number for each in accepted.billed] == [document.number]
    (line,) = document.lines.all()
    assert (line.quantity, line.unit_price, line.net_minor) == (24, Decimal("49.90"), 119760)
    assert (document.net_minor, document.tax_minor, document.payable_minor) == (119760, 22754, 142514)
    assert document.payable_minor == accepted.acceptance.total_minor
    assert document.quote_id == quote.id


def test_q9_an_accepted_quote_bills_nothing_a_second_time(scene: Scene) -> None:
    quote = sent(scene, *UNITS)
    accept(quote)
    with refused("quote.already_accepted"):
        accept(quote)
    assert Draft.objects.count() == 1
    assert QuoteAcceptance.objects.count() == 1


def test_q9_a_choice_that_is_none_leaves_no_trace(scene: Scene) -> None:
    quote = sent(scene)
    with refused("quote.choose_one"):
        accept(quote, {2, 3})
    assert not QuoteAcceptance.objects.exists()
    assert not Draft.objects.exists()
    assert Quote.objects.get(id=quote.id).state == "sent"


def test_q9_only_what_was_chosen_is_billed_with_the_discount_on_the_whole(scene: Scene) -> None:
    accepted = accept(sent(scene, discount_percent=Decimal(10)), {3})
    (draft,) = Draft.objects.all()
    assert [line.name for line in draft.lines.order_by("position")] == ["Workshop", "Hosting large"]
    assert draft.shown_total_minor == 112455 == accepted.acceptance.total_minor  # 1,050 less 10 % and 19 % tax
    assert "Q-2026-00001" in draft.intro


def test_q9_what_stands_against_issuing_leaves_a_draft_and_the_acceptance(scene: Scene) -> None:
    quote = sent(scene, *UNITS, issues_at_once=True)
    issue(scene.draft())
    quote2 = sent(scene, *UNITS, issues_at_once=True)
    accept(quote)
    accepted = accept(quote2)  # the same amount to the same customer is warned of
    assert [each.number for each in accepted.billed] == [""]
    assert Draft.objects.get().quote_id == quote2.id
    billed = Fact.objects.filter(kind="quote_billed").order_by("-at", "-id").first()
    assert billed is not None


def test_q9_on_delivery_waits_as_a_draft(scene: Scene) -> None:
    accept(sent(scene, *UNITS, billing_rule="on_delivery", issues_at_once=True))
    assert Draft.objects.count() == 1
    assert not Document.objects.exists()


@pytest.mark.parametrize("at_once", [True, False])
def test_q9_a_deposit_is_billed_and_taken_off_the_whole(scene: Scene, at_once: Any) -> None:
    accept(sent(scene, *UNITS, billing_rule="deposit", deposit_percent=Decimal(30), issues_at_once=at_once))
    if at_once:
        deposit = Document.objects.get(kind="deposit")
        final = Draft.objects.get(kind="final")
    else:
        assert set(Draft.objects.values_list("kind", flat=True)) == {"deposit", "invoice"}
        deposit = issue(Draft.objects.get(kind="deposit"))
        final = invoicing.draft_final(customer=scene.customer, deposits=[deposit], actor=SYSTEM, at=NOW)
    assert (deposit.payable_minor, deposit.quote_id) == (42754, final.quote_id)
    payments.receive_payment(
        customer=scene.customer, legal_entity=scene.seller, method="bank_transfer", amount_minor=42754, currency="EUR",
        received_on=TODAY, allocate_to="oldest", actor=SYSTEM, at=NOW,
    )  # fmt: skip
    assert issue(final).payable_minor == 142514 - 42754
    assert not Draft.objects.exists()


def test_q9_milestones_bill_their_shares_and_sum_to_the_quote(scene: Scene) -> None:
    steps = [{"name": name, "percent": percent} for name, percent in (("Start", "33"), ("Half", "33"), ("End", "34"))]
    accept(sent(scene, *CHOICES, billing_rule="milestones", milestones=steps, issues_at_once=True), {2, 4})
    first = Document.objects.get()
    waiting = list(Draft.objects.order_by("created_at", "id"))
    assert first.lines.get().name == "Start (33 %, Q-2026-00001)"
    nets = [first.net_minor] + [int(draft.lines.get().unit_price * 100) for draft in waiting]
    assert nets == [43560, 43560, 44880]
    assert sum(nets) == 132000


def test_q9_a_deal_that_was_closed_meanwhile_is_no_reason_to_refuse_the_customer(scene: Scene) -> None:
    deals.open_first_pipeline(language="en", actor=SYSTEM, at=NOW)
    new = NewDeal(name="Chairs", owner_id=scene.owner.id)
    deal = deals.add_deal(customer=scene.customer, new=new, actor=SYSTEM, at=NOW)
    quote = sent(scene, *UNITS, deal_id=deal.id)
    deals.lose_deal(deal=deal, reason_id=lost_reasons()[0].id, actor=SYSTEM, at=NOW)
    assert len(accept(quote).billed) == 1
    assert Deal.objects.get().state == "lost"


def test_q9_an_address_that_the_invoice_needs_comes_with_the_acceptance_and_overwrites_none(scene: Scene) -> None:
    home = BillTo("Ringstraße 3", "80331", "München")
    known = Address.objects.get(customer=scene.customer, kind="billing")
    accept_quote.accept(quote=sent(scene, *UNITS), chosen=set(), signature=ANNA, actor=BUYER, at=NOW, bill_to=home)
    assert Address.objects.get(customer=scene.customer, kind="billing").line1 == known.line1 != home.line1
    Address.objects.filter(customer=scene.customer).update(line1="", city="")
    quote = sent(scene, *UNITS, issues_at_once=True, billing_rule="full")
    Draft.objects.all().delete()
    accepted = accept_quote.accept(quote=quote, chosen=set(), signature=ANNA, actor=BUYER, at=NOW, bill_to=home)
    assert all(each.number for each in accepted.billed), "nothing stands against issuing it now"
    now = Address.objects.get(customer=scene.customer, kind="billing")
    assert (now.line1, now.postcode, now.city, now.country) == ("Ringstraße 3", "80331", "München", known.country)


def sent_for(deal: Deal, scene: Scene, *lines: Any, **fields: Any) -> Quote:
    quote = drafted(scene, *lines, **fields)
    Quote.objects.filter(id=quote.id).update(deal=deal)
    return quotes.freeze_quote(quote=Quote.objects.get(id=quote.id), actor=SYSTEM, at=NOW)


def test_q9_the_deal_is_won_at_what_the_customer_took_and_its_invoice_is_its_own(scene: Scene) -> None:
    seller = Actor(scene.owner.id, "member", scene.owner.name)
    deals.open_first_pipeline(language="en", actor=SYSTEM, at=NOW)
    new = NewDeal(name="Office", currency="USD", value_minor=5)
    deal = deals.add_deal(customer=scene.customer, new=new, actor=seller, at=NOW)
    accept(sent_for(deal, scene, discount_percent=Decimal(10)), {3})
    deal.refresh_from_db()
    assert (deal.state, deal.value_minor, deal.currency) == ("won", 94_500, "EUR")  # 1,050 less 10 %
    assert [draft.deal_id for draft in Draft.objects.all()] == [deal.id]


def test_s4_a_deal_whose_products_make_its_value_or_that_is_closed_keeps_it(scene: Scene) -> None:
    seller = Actor(scene.owner.id, "member", scene.owner.name)
    deals.open_first_pipeline(language="en", actor=SYSTEM, at=NOW)
    for closes in (False, True):
        deal = deals.add_deal(customer=scene.customer, new=NewDeal(name="Office"), actor=seller, at=NOW)
        products = [DealLine(name="Desk", unit_price_minor=7_00)]
        deals.set_deal_lines(deal=deal, lines=products, actor=seller, at=NOW)
        if closes:
            deals.win_deal(deal=deal, actor=seller, at=NOW)
        accept(sent_for(deal, scene, *UNITS))
        deal.refresh_from_db()
        assert (deal.state, deal.value_minor) == ("won", 7_00)


def test_g6_an_accepted_quote_makes_its_contract_with_what_was_chosen(scene: Scene) -> None:
    deals.open_first_pipeline(language="en", actor=SYSTEM, at=NOW)
    new = NewDeal(name="Office", owner_id=scene.owner.id)
    deal = deals.add_deal(customer=scene.customer, new=new, actor=SYSTEM, at=NOW)
    care = ContractOffer(None, 12, Renewal.AUTO, 0, 30)
    quote = sent(scene, deal_id=deal.id, owner_id=scene.owner.id, contract_terms=care, terms="Answers within a day.")
    made = accept(quote, {3}).contract
    assert made is not None
    assert (made.quote_id, made.deal_id, made.owner_id, made.state) == (quote.id, deal.id, scene.owner.id, "active")
    assert (made.number, made.title, made.clauses) == ("C-2026-00001", "Office", "Answers within a day.")
    assert (made.starts_on, made.renewal, made.first_months, made.renewal_months) == (TODAY, "auto", 12, 12)
    agreed = [(line.name, line.unit_price) for line in made.lines.order_by("position")]
    assert agreed == [("Workshop", Decimal(1000)), ("Hosting large", Decimal(50))]
    told = set(
        Fact.objects.filter(kind__in=["contract_added", "quote_contracted"]).values_list("subject_id", flat=True)
    )
    assert told == {made.id, quote.id}


def test_g6_what_the_quote_bills_is_as_its_contract_agrees_whatever_the_discounts(scene: Scene) -> None:
    line = offer("Care", "49.90", "3", unit_code="HUR", allowance_percent=Decimal("2.5"))
    for whole in (Decimal(5), Decimal("3.333")):  # together a percentage, and together more decimals than one has
        quote = sent(scene, line, discount_percent=whole, issues_at_once=True, contract_terms=ContractOffer(months=6))
        accepted = accept(quote)
        assert accepted.contract is not None
        draft = Draft.objects.filter(quote_id=quote.id).first()
        assert draft is None or "contract" not in str(Fact.objects.filter(kind="quote_billed").last())
        assert accepted.billed[0].number, "nothing of it departs from the contract"


def test_g6_a_quote_that_says_nothing_of_it_makes_no_contract_nor_does_a_choice_of_nothing(scene: Scene) -> None:
    assert accept(sent(scene, *UNITS)).contract is None
    only_options = sent(scene, offer("Photos", "300", kind="optional"), contract_terms=ContractOffer(months=3))
    assert accept(only_options).contract is None
    assert not Contract.objects.exists()


def test_g6_terms_that_cannot_be_are_refused_where_they_are_typed(scene: Scene) -> None:
    with refused("contract.bad_months"):
        drafted(scene, *UNITS, contract_terms=ContractOffer(renewal=Renewal.AUTO))
    with refused("contract.bad_notice"):
        drafted(scene, *UNITS, contract_terms=ContractOffer(notice_days=731))
    prices = [offer(f"Part {n}", "1") for n in range(201)]
    with refused("quote.too_many_prices"):
        sent(scene, *prices, contract_terms=ContractOffer())


def test_g6_the_paper_says_the_contract_in_the_language_of_the_quote(scene: Scene) -> None:
    care = ContractOffer(None, 12, Renewal.AUTO, 1, 30)
    said = {
        language: send_quote.paper(drafted(scene, *UNITS, language=language, contract_terms=care), on=TODAY).notes[-1]
        for language in ("en", "de", "fr")
    }
    assert "It first runs for 12 months." in said["en"]
    assert "at least 30 days before" in said["en"]
    assert "zuerst 12 Monate" in said["de"]
    assert "12 mois" in said["fr"]
