"""The demo company: it lives its last year by the real actions, once, also when its life is cut off in the middle."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from conto.apps.accounts import actions as accounts
from conto.apps.accounts.models import Business, Member
from conto.apps.audit.models import Fact
from conto.apps.contracts.models import Contract
from conto.apps.contracts.queries import visible_to as contracts_of
from conto.apps.contracts.queries.lists import renewing
from conto.apps.crm.queries import customers
from conto.apps.deals.models import Deal
from conto.apps.deals.queries import slipping_deals, visible_to
from conto.apps.invoicing.models import Document, Draft, Question, WriteOff
from conto.apps.leads.models import Lead
from conto.apps.leads.queries import alike
from conto.apps.messaging.models import Mail
from conto.apps.payments.models import Checkout, Collection, EarlyDiscount, Payment, Refund, SavedMethod
from conto.apps.plans.models import Coupon, Plan
from conto.apps.quotas.models import Quota
from conto.apps.quotes.models import Quote, QuoteAcceptance, QuoteApproval, QuoteQuestion
from conto.apps.stock.models import StockMove
from conto.apps.subscriptions.models import DryRun, Settlement
from conto.apps.subscriptions.queries import subscription_page
from conto.domain.errors import Conflict
from conto.domain.guardian import GUARDED_CODES
from conto.flows import verify_book
from conto.jobs import demo
from tests.house import FreshBook
from tests.scene import set_scene

NOW = datetime(2026, 11, 20, 16, tzinfo=UTC)


class Interrupted(Exception):  # noqa: N818 -- named for what happened
    """The power goes off."""


def interrupt(told: str) -> None:
    if "May 2026" in told:
        raise Interrupted


@pytest.mark.slow
def test_the_demo_company_lives_up_to_now_and_has_everything_that_a_visitor_looks_for(
    fresh_book: FreshBook, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(Interrupted):
        demo.fill(say=interrupt, at=NOW)
    business = Business.objects.get()
    assert business.is_being_lived
    clock = timezone.now() + timedelta(seconds=business.clock_ahead_seconds)
    assert datetime(2026, 4, 30, 12, tzinfo=UTC) < clock < datetime(2026, 5, 1, tzinfo=UTC), "the book shows its day"
    assert 30 < Document.objects.count() < 70, "life so far can be looked at"
    said: list[str] = []
    demo.fill(say=said.append, at=NOW)
    assert demo.PASSWORD in said[0]
    assert "deposit.not_fitting" not in caplog.text, "prepaid credit is a deposit that no final invoice follows"
    assert Business.objects.get().clock_ahead_seconds == 0
    _look_around()
    count = Fact.objects.count()
    demo.fill(say=said.append, at=NOW)
    assert Fact.objects.count() == count, "lived once"
    assert [verdict for verdict in verify_book.verify() if verdict.violated] == []


def _look_around() -> None:
    assert Member.objects.count() == len(demo.LOGINS)
    assert (Plan.objects.count(), Plan.objects.filter(version=2).count(), Coupon.objects.count()) == (3, 1, 2)
    assert set(Document.objects.values_list("kind", flat=True)) == {"invoice", "deposit", "final", "credit_note"}
    assert set(Document.objects.values_list("currency", flat=True)) == {"EUR", "GBP", "CHF"}
    assert set(Document.objects.values_list("language", flat=True)) == {"en", "de", "fr"}
    assert set(Mail.objects.values_list("state", flat=True)) == {"sent", "waiting", "bounced"}
    held = set(Draft.objects.exclude(held_for="").values_list("held_for", flat=True))
    assert held >= {*GUARDED_CODES, "check.price_differs"}, "one for each reason"
    assert Draft.objects.filter(quote=None, carried_at=None).count() == 12, "two more of what repeats"
    assert Draft.objects.filter(carried_at__isnull=False).exists(), "too little for an invoice"
    kinds = set(StockMove.objects.values_list("kind", flat=True))
    assert kinds >= {"receipt", "issue", "return", "count"}, "a book comes, is sold, comes back and is counted"
    assert Question.objects.filter(answered_at=None).count() >= 1
    assert Payment.objects.count() > 60
    assert min(model.objects.count() for model in (Refund, WriteOff, EarlyDiscount, Checkout)) > 0
    kinds = set(Fact.objects.values_list("kind", flat=True))
    assert kinds >= {"document_viewed", "address_changed", "customer_archived", "question_answered", "payment_failed"}
    assert kinds >= {"period_closed", "member_invited", "late_charged", "late_charge_waived"}
    _look_at_deals_and_quotes(kinds)
    _look_at_leads()
    _look_at_agreements(kinds)


def _look_at_agreements(kinds: set[str]) -> None:
    now_in_force = Contract.objects.filter(is_current=True)
    assert set(now_in_force.values_list("state", flat=True)) == {"active", "cancelled", "draft"}
    assert now_in_force.filter(quote__isnull=False, deal__isnull=False).count() == 1, "one comes from a signed quote"
    owner = Member.objects.get(role="owner")
    assert renewing(contracts_of(owner), NOW.date()).exists(), "somebody has to decide about one these days"
    renewal = Deal.objects.get(source="renewal", state="open")
    assert (renewal.name, renewal.lines.count(), renewal.next_step_at is not None) == (  # type: ignore[attr-defined]
        "Renewal: Design support", 1, True,
    )  # fmt: skip
    assert set(Quota.objects.values_list("measure", flat=True)) == {"won", "invoiced", "collected"}
    assert kinds >= {"contract_added", "contract_cancelled", "quote_contracted", "target_set"}
    assert kinds >= {"subscription_started", "subscription_changed", "subscription_billed", "billing_run_ended"}
    assert DryRun.objects.get().is_whole, "somebody looked at what an evening's run would do"
    assert DryRun.objects.get().document_count > 0
    assert kinds >= {"plan_migration_started", "subscription_migrated", "plan_migration_ended"}
    assert kinds >= {"usage_recorded", "quote_subscribed", "repeat_added", "repeat_made", "repeat_paused"}
    states = list(Collection.objects.order_by("state").values_list("state", flat=True))
    assert {*states} >= {"collected", "waiting"}, "one was charged, one was declined and is tried again"
    assert SavedMethod.objects.filter(state="saved").count() == 2
    assert Quote.objects.filter(state="sent", shown_monthly_minor__gt=0).count() == 1, "one offers a plan, and is open"
    rows = subscription_page(owner, today=NOW.date()).rows
    assert {row.standing.state.value for row in rows} == {"scheduled", "trial", "active", "ending"}
    assert Settlement.objects.filter(net_minor__lt=0).exists(), "who paused got something back"


def _look_at_deals_and_quotes(kinds: set[str]) -> None:
    assert set(Deal.objects.values_list("state", flat=True)) == {"open", "won", "lost"}
    owner, clock = Member.objects.get(role="owner"), NOW
    open_deals = visible_to(owner).filter(state="open")
    assert len(set(open_deals.values_list("stage_id", flat=True))) == 4, "a card in every column"
    assert any(each.is_silent for each in slipping_deals(owner, clock))
    assert open_deals.filter(owner=owner, next_step_at=None).exists()
    assert open_deals.filter(owner=owner, next_step_at__lt=clock).exists()
    assert set(Deal.objects.filter(state="lost").values_list("lost_reason__name", flat=True)) - {None}
    states = set(Quote.objects.values_list("state", flat=True))
    assert states >= {"draft", "sent", "accepted", "declined", "superseded"}
    assert Quote.objects.filter(state="sent", valid_until__lt=clock.date()).exists(), "one has expired"
    assert Quote.objects.filter(state="sent", version=2, valid_until__lt=clock.date() + timedelta(days=5)).exists()
    assert set(QuoteAcceptance.objects.values_list("signature_kind", flat=True)) >= {"drawn"}
    assert Document.objects.filter(quote__isnull=False).count() > 10
    assert QuoteApproval.objects.filter(decided_at=None, quote__state="draft").count() == 1
    assert QuoteQuestion.objects.filter(answered_at=None).count() == 1
    assert kinds >= {"comment_added", "activity_done", "deal_moved", "deal_lost", "quote_viewed", "quote_mailed"}


def _look_at_leads() -> None:
    owner, seller = Member.objects.get(role="owner"), Member.objects.get(email="seller@demo.example")
    assert set(Lead.objects.values_list("state", flat=True)) >= {"new", "qualified", "converted", "discarded"}
    assert Lead.objects.filter(state="converted", deal_id__isnull=False, form__isnull=False).count() == 2
    assert max(Lead.objects.exclude(state="converted").values_list("score", flat=True)) > 65
    twice = Lead.objects.get(email="malte@hafenkontor.example")
    found = alike(owner, name=twice.name, company=twice.company, email=twice.email, phone=twice.phone, but=twice.id)
    assert [(each.kind, each.why) for each in found] == [("customer", "email")], "who is here already is named"
    assert seller.team is not None
    assert Lead.objects.filter(owner__team=seller.team).values("owner").distinct().count() == 2, (
        "both sellers take turns"
    )
    of_hers = customers(seller)
    assert set(of_hers.values_list("owner", flat=True)) == {seller.id}
    assert 0 < of_hers.count() < customers(owner).count()
    assert set(visible_to(seller).values_list("owner", flat=True)) == {seller.id}
    assert not Draft.objects.filter(shown_total_minor=0).exists(), "no draft without anything in it"


def test_the_readme_names_every_log_in_of_the_demo() -> None:
    readme = (Path(__file__).parents[2] / "README.md").read_text()
    assert [login.email for login in demo.LOGINS if login.email not in readme] == []
    assert demo.PASSWORD in readme


@pytest.mark.django_db
def test_the_demo_company_never_moves_into_a_book_in_use() -> None:
    set_scene()
    count = Fact.objects.count()
    with pytest.raises(Conflict) as refusal:
        demo.fill(at=NOW)
    assert refusal.value.code == "demo.used_book"
    assert Fact.objects.count() == count


@pytest.mark.django_db
def test_a_book_with_an_owner_is_in_use_before_its_business_is_set_up() -> None:
    accounts.add_first_owner(email="ada@example.com", name="Ada Lovelace", password="a long pass phrase 42", at=NOW)
    with pytest.raises(Conflict):
        demo.fill(at=NOW)
    assert not Business.objects.exists()
