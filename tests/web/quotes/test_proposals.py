"""What the page of a draft quote proposes from how the customer bought and paid."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from conto.apps.accounts import actions as accounts
from conto.apps.crm import actions as crm
from conto.apps.invoicing import actions as invoicing
from conto.apps.invoicing import queries as invoices
from conto.apps.payments import actions as payments
from conto.apps.quotes import actions as quotes
from conto.apps.quotes.models import Quote
from conto.domain.facts import SYSTEM, Actor
from conto.domain.permissions import Role
from conto.domain.sight import Area, Reach
from conto.flows import propose_terms
from tests.domain.refusals import refused
from tests.offers import offer
from tests.scene import Scene, line


def bought(scene: Scene, ago: int, *, late: int, percent: str = "0") -> None:
    """Issue an invoice some days ago with 14 days to pay, and let it be paid so many days late."""
    now = timezone.now()
    day = now.date() - timedelta(days=ago)
    draft = scene.draft(line(allowance_percent=Decimal(percent)), terms_days=14)
    warnings = [each.code for each in invoices.findings(draft, day) if each.severity == "warn"]
    paper = invoicing.issue_draft(
        draft=draft, actor=SYSTEM, at=now, issued_on=day, overrides=dict.fromkeys(warnings, "as agreed")
    )
    payments.receive_payment(
        customer=scene.customer, legal_entity=scene.seller, method="bank_transfer", amount_minor=paper.payable_minor,
        currency="EUR", received_on=paper.due_on + timedelta(days=late), actor=SYSTEM, at=now,
    )  # fmt: skip


def draft(scene: Scene, **more: Any) -> Quote:
    return quotes.create_quote(
        customer=scene.customer, lines=[offer()], actor=Actor(scene.owner.id, "member", "Ada"), at=timezone.now(),
        terms_days=30, **more,
    )  # fmt: skip


def today() -> date:
    return timezone.now().date()


def test_q10_the_page_says_why_and_one_click_takes_it_with_what_is_typed(client: Client, scene: Scene) -> None:
    for ago in (300, 200, 100):
        bought(scene, ago, late=21)
    quote = draft(scene)
    page = client.get(f"/quotes/{quote.id}/edit").content.decode()
    assert "They pay 21 days late on average, over 3 invoices." in page
    assert "Ask for a deposit of 50 %" in page
    typed = {
        "title": "Typed", "valid_until": str(today() + timedelta(days=20)), "price_mode": "net", "language": "de",
        "terms_days": "30", "billing_rule": "full", "lines-TOTAL_FORMS": "1", "lines-INITIAL_FORMS": "0",
        "lines-0-name": "Chair", "lines-0-quantity": "1", "lines-0-unit_price": "10", "lines-0-unit": "C62",
        "lines-0-tax": "standard", "lines-0-kind": "fixed", "take": "deposit terms ",
    }  # fmt: skip
    assert client.post(f"/quotes/{quote.id}/edit", typed).status_code == 303
    quote.refresh_from_db()
    assert (quote.title, quote.billing_rule, quote.deposit_percent, quote.terms_days) == ("Typed", "deposit", 50, 7)
    assert "So nothing is proposed." in client.get(f"/quotes/{quote.id}").content.decode()
    with refused("quote.not_proposed"):
        propose_terms.take(quote, ["deposit"], member=scene.owner, on=today(), actor=SYSTEM, at=timezone.now())


def test_q11_a_discount_above_the_limit_is_taken_but_not_sent(client: Client, scene: Scene) -> None:
    months = [divmod(today().year * 12 + today().month - 1 - n, 12) for n in reversed(range(11))]
    for year, month in months:
        bought(scene, (today() - date(year, month + 1, 1)).days, late=-14, percent="15")
    quotes.save_rules(
        legal_entity=scene.seller, valid_days=30, discount_limit_percent=Decimal(10), terms="", actor=SYSTEM,
        at=timezone.now(),
    )  # fmt: skip
    quote = draft(scene)
    page = client.get(f"/quotes/{quote.id}").content.decode()
    assert "mostly with 15 % off" in page
    assert "Above the limit: it has to be approved" in page
    taken = client.post(f"/quotes/{quote.id}/act", {"act": "take", "take": "discount"})
    assert taken.status_code == 303
    quote.refresh_from_db()
    assert quote.discount_percent == 15
    with refused("quote.needs_approval"):
        quotes.freeze_quote(quote=quote, actor=Actor(scene.owner.id, "member", "Ada"), at=timezone.now())


@pytest.mark.parametrize("how", ["of another", "no invoices"])
def test_q10_v3_who_may_not_see_the_invoices_learns_nothing(scene: Scene, how: str) -> None:
    for ago in (300, 200, 100):
        bought(scene, ago, late=21)
    role = Role.SALES if how == "of another" else Role.MARKETING
    member = accounts.add_member(
        email="sam@example.com", name="Sam", role=role, password="correct horse 9", language="en", actor=SYSTEM,
        at=timezone.now(),
    )  # fmt: skip
    if how == "of another":
        accounts.set_reaches(wanted={(role, Area.CUSTOMERS): Reach.OWN}, actor=SYSTEM, at=timezone.now())
    crm.set_owner(customer=scene.customer, owner_id=scene.owner.id, actor=SYSTEM, at=timezone.now())
    quote = draft(scene)
    quote.customer.refresh_from_db()
    assert propose_terms.advice_for(quote, member=member, on=today()) is None
    assert propose_terms.advice_for(quote, member=scene.owner, on=today()) is not None
