"""Quotes on the pages of the seller and of the customer."""

import re
from datetime import timedelta

from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from conto.apps.contracts.models import Contract
from conto.apps.deals import actions as deals
from conto.apps.deals.entry import NewDeal
from conto.apps.invoicing.models import Draft
from conto.apps.messaging.models import Mail
from conto.apps.quotes import actions as quotes
from conto.apps.quotes import queries
from conto.apps.quotes.models import Quote, QuoteAcceptance, QuoteDecline, QuoteQuestion
from conto.domain.facts import SYSTEM, Actor
from tests.api.programs import of
from tests.offers import CHOICES, drafted
from tests.scene import NOW, Scene, issue


def typed(**more: str) -> dict[str, str]:
    until = (timezone.now() + timedelta(days=20)).date().isoformat()
    head = {
        "valid_until": until, "price_mode": "net", "language": "de", "terms_days": "14", "billing_rule": "full",
        "title": "Chairs", "lines-TOTAL_FORMS": "2", "lines-INITIAL_FORMS": "0",
    }  # fmt: skip
    for n, (name, quantity, price, kind) in enumerate(
        (("Chair", "24", "49.90", "fixed"), ("Assembly", "1", "120", "optional"))
    ):
        head |= {
            f"lines-{n}-name": name, f"lines-{n}-quantity": quantity, f"lines-{n}-unit_price": price,
            f"lines-{n}-unit": "C62", f"lines-{n}-tax": "standard", f"lines-{n}-kind": kind,
        }  # fmt: skip
    return head | more


def test_a_quote_is_written_sent_and_opened_by_the_customer(client: Client, scene: Scene) -> None:
    begun = client.post("/quotes/new", {"customer": scene.customer.id})
    quote = Quote.objects.get()
    assert begun.headers["Location"] == f"/quotes/{quote.id}/edit"
    live = client.post(f"/quotes/{quote.id}/totals", typed()).content.decode()
    assert "1,425.14" in live
    assert client.post(f"/quotes/{quote.id}/edit", typed(revision="1", then_send="1")).status_code == 303
    assert client.get(f"/quotes/{quote.id}/send").status_code == 200
    answer = client.post(
        f"/quotes/{quote.id}/send", {"to_address": "a@b.example", "subject": "Quote {number}", "text": "See {link}"}
    )
    assert answer.status_code == 303
    mail = Mail.objects.get(purpose="quote")
    assert mail.subject == "Quote Q-2026-00001" or mail.subject.startswith("Quote Q-")
    token = re.search(r"/q/([\w-]+)", mail.text)
    assert token is not None
    page = Client().get(f"/q/{token[1]}").content.decode()
    assert "1.425,14" in page
    assert "Annehmen und unterschreiben" in page
    for address in ("/quotes/", f"/quotes/{quote.id}", "/quotes/?state=sent", "/quotes/how"):
        assert client.get(address).status_code == 200


def test_a_quote_is_begun_from_its_deal_and_each_page_leads_to_the_other(client: Client, scene: Scene) -> None:
    seller = Actor(scene.owner.id, "member", scene.owner.name)
    deals.open_first_pipeline(language="en", actor=SYSTEM, at=NOW)
    deal = deals.add_deal(customer=scene.customer, new=NewDeal(name="Chairs for all"), actor=seller, at=NOW)
    assert f"/quotes/new?deal={deal.id}" in client.get(f"/deals/{deal.id}/").content.decode()
    assert "Chairs for all" in client.get(f"/quotes/new?deal={deal.id}").content.decode()
    begun = client.post("/quotes/new", {"deal": deal.id})
    quote = Quote.objects.get()
    assert begun.headers["Location"] == f"/quotes/{quote.id}/edit"
    assert f"/quotes/{quote.id}" in client.get(f"/deals/{deal.id}/").content.decode()
    assert f"/deals/{deal.id}/" in client.get(f"/quotes/{quote.id}").content.decode()
    assert client.post("/quotes/new", {"deal": scene.customer.id}).status_code == 404
    deals.win_deal(deal=deal, actor=seller, at=NOW)
    assert client.post("/quotes/new", {"deal": deal.id}).headers["Location"] == f"/deals/{deal.id}/"
    assert Quote.objects.count() == 1


def _open(scene: Scene) -> tuple[Quote, str]:
    cache.clear()
    at = timezone.now()
    quote = quotes.create_quote(customer=scene.customer, lines=CHOICES, actor=SYSTEM, at=at)
    quote = quotes.freeze_quote(quote=quote, actor=SYSTEM, at=at)
    return quote, f"/q/{quotes.create_link(quote=quote, actor=SYSTEM, at=at).token}"


def test_the_customer_chooses_and_signs_and_a_second_yes_is_told_so(scene: Scene) -> None:
    quote, link = _open(scene)
    customer = Client(REMOTE_ADDR="203.0.113.7")
    chosen = {"group-Hosting": "3", "option": ["4"]}
    assert "1.606,50" in customer.post(f"{link}/totals", chosen).content.decode()
    assert customer.post(f"{link}/accept", chosen).status_code == 422
    assert customer.post(f"{link}/accept", {"name": "Eva", "signature": "Eva"}).status_code == 422  # no hosting
    signed = {**chosen, "name": "Eva Kupfer", "drawing": "M10 10L30 40L60 20"}
    assert customer.post(f"{link}/accept", signed).status_code == 303
    acceptance = QuoteAcceptance.objects.get()
    assert (acceptance.chosen, acceptance.signature_kind, acceptance.address) == ([3, 4], "drawn", "203.0.113.7")
    again = customer.post(f"{link}/accept", signed)
    assert again.status_code == 409
    assert "schon angenommen" in again.content.decode()
    assert Draft.objects.get().quote_id == quote.id
    assert "Eva Kupfer" in customer.get(link).content.decode()


def test_g6_the_contract_is_typed_read_signed_and_found_from_each_page(client: Client, scene: Scene) -> None:
    seller = Actor(scene.owner.id, "member", scene.owner.name)
    deals.open_first_pipeline(language="en", actor=SYSTEM, at=NOW)
    deal = deals.add_deal(customer=scene.customer, new=NewDeal(name="Care for all"), actor=seller, at=NOW)
    quote = quotes.create_quote_of_deal(deal=deal, actor=seller, at=timezone.now())
    care = {
        "makes_contract": "on",
        "contract_renewal": "auto",
        "contract_renewal_months": "6",
        "contract_notice_days": "30",
    }
    lacking = client.post(f"/quotes/{quote.id}/edit", typed(**care))
    assert lacking.status_code == 422
    assert "at least a month" in lacking.content.decode()
    stored = client.post(f"/quotes/{quote.id}/edit", typed(**care, contract_months="12", title="Care"))
    assert stored.status_code == 303, stored.content.decode()
    assert 'value="12"' in client.get(f"/quotes/{quote.id}/edit").content.decode()
    assert "goes on by 6 months at a time" in client.get(f"/quotes/{quote.id}").content.decode()
    quote = quotes.freeze_quote(quote=Quote.objects.get(id=quote.id), actor=seller, at=timezone.now())
    link = f"/q/{quotes.create_link(quote=quote, actor=seller, at=timezone.now()).token}"
    assert "verlängert er sich jeweils um 6 Monate" in Client().get(link).content.decode()
    signed = {"name": "Eva Kupfer", "signature": "Eva Kupfer", "option": ["2"]}
    assert Client().post(f"{link}/accept", signed).status_code == 303
    made = Contract.objects.get()
    assert [line.name for line in made.lines.order_by("position")] == ["Chair", "Assembly"]
    assert f"Ihr Vertrag {made.number}" in Client().get(link).content.decode()
    page = f"/contracts/{made.family_id}"
    for address in (f"/quotes/{quote.id}", f"/deals/{deal.id}/"):
        assert page in client.get(address).content.decode()
    shown = client.get(page).content.decode()
    assert f"/quotes/{quote.id}" in shown
    assert f"/deals/{deal.id}/" in shown
    assert "made a contract" in client.get(f"/quotes/{quote.id}").content.decode()


def test_an_accepted_quote_opens_its_own_invoice_and_no_other(scene: Scene) -> None:
    quote, address = _open(scene)
    other = scene.issued()
    customer = Client(SERVER_NAME="localhost")
    customer.post(f"{address}/accept", {"group-Hosting": "3", "name": "Eva", "signature": "Eva"})
    own = issue(Draft.objects.get(quote=quote))
    assert customer.post(f"{address}/invoice/{other.id}").status_code == 404
    assert own.number in customer.get(address).content.decode()
    opened = customer.post(f"{address}/invoice/{own.id}")
    assert opened.status_code == 303
    page = customer.get(opened.headers["Location"]).content.decode()
    assert own.number in page
    assert other.number not in page


def test_a_drawing_that_is_no_drawing_is_refused(scene: Scene) -> None:
    _quote, link = _open(scene)
    evil = {"group-Hosting": "2", "name": "Eva", "drawing": "M0 0L1 1<script>"}
    assert Client().post(f"{link}/accept", evil).status_code == 422
    assert not QuoteAcceptance.objects.exists()


def test_the_customer_asks_and_declines_with_a_reason(scene: Scene) -> None:
    _quote, link = _open(scene)
    customer = Client()
    asked = {"name": "Eva", "email": "eva@b.example", "body": "When?"}
    assert customer.post(f"{link}/question", asked).status_code == 303
    assert QuoteQuestion.objects.get().body == "When?"
    assert customer.post(f"{link}/decline", {"reason": "Too dear"}).status_code == 303
    assert QuoteDecline.objects.get().reason == "Too dear"
    assert "abgelehnt" in customer.get(link).content.decode()
    assert customer.post(f"{link}/decline", {"reason": "Again"}).status_code == 409
    assert Mail.objects.filter(purpose="quote_answer").count() == 1


def test_a_new_version_closes_the_old_page(client: Client, scene: Scene) -> None:
    quote, link = _open(scene)
    to_edit = client.post(f"/quotes/{quote.id}/act", {"act": "renew"}).headers["Location"]
    newer = Quote.objects.get(previous=quote)
    assert to_edit == f"/quotes/{newer.id}/edit"
    quotes.freeze_quote(quote=newer, actor=SYSTEM, at=timezone.now())
    assert "neuere Fassung" in Client().get(link).content.decode()
    signed = {"group-Hosting": "2", "name": "Eva", "signature": "Eva"}
    assert Client().post(f"{link}/accept", signed).status_code == 409


def test_a_quote_has_paper_with_sections_and_options(client: Client, scene: Scene) -> None:
    quote, link = _open(scene)
    for address, reader in ((f"/quotes/{quote.id}/paper.pdf", client), (f"{link}/paper.pdf", Client())):
        answer = reader.get(address)
        assert answer.headers["Content-Type"] == "application/pdf"
        assert answer.content.startswith(b"%PDF")


def test_g7_the_settings_say_when_renewals_are_worked_on(client: Client, scene: Scene) -> None:
    said = {"valid_days": "30", "terms": "", "renewal_days": "45", "renewal_mails": "on"}
    assert client.post("/quotes/how", said).status_code in {302, 303}
    rules = queries.rules_of(scene.seller)
    assert (rules.renewal_days, rules.renewal_mails) == (45, True)
    page = client.post("/quotes/how", {**said, "renewal_days": "366"})
    assert page.status_code == 422
    program = of(scene.owner)
    assert program.ask("PUT", "/quote-rules", {"valid_days": 14}).status_code == 204
    assert queries.rules_of(scene.seller).renewal_days == 45, "what is not said of it stays"
    assert program.ask("PUT", "/quote-rules", {"valid_days": 14, "renewal_days": 0}).status_code == 204
    assert queries.rules_of(scene.seller).renewal_days == 0
    assert program.ask("PUT", "/quote-rules", {"valid_days": 14, "renewal_days": 400}).status_code == 422


def test_an_act_that_no_button_says_is_refused(client: Client, scene: Scene) -> None:
    quote = drafted(scene)
    for said in ({}, {"act": "explode"}):
        assert client.post(f"/quotes/{quote.id}/act", said).status_code == 404
    assert client.post(f"/quotes/{quote.id}/act", {"act": "discard"}).status_code in {302, 303}
