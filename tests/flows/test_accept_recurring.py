"""What recurs in an accepted quote: subscriptions, begun in the same transaction and billed as the quote showed."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection

from conto.apps.audit.models import Fact
from conto.apps.deals import actions as deals
from conto.apps.deals.entry import NewDeal
from conto.apps.deals.models import Deal
from conto.apps.invoicing.models import Document, Draft
from conto.apps.plans import actions as plans
from conto.apps.plans.actions import ItemEntry, NewCoupon
from conto.apps.quotes import actions as quotes
from conto.apps.quotes import queries
from conto.apps.quotes.models import Quote, QuoteAcceptance
from conto.apps.subscriptions import queries as subscriptions
from conto.apps.subscriptions.models import Subscription
from conto.apps.subscriptions.queries.invariants import INVARIANTS
from conto.domain.facts import SYSTEM, Actor
from conto.flows import accept_quote, billing_run, send_quote
from tests.domain.refusals import refused
from tests.offers import ANNA, BUYER, UNITS, drafted, plan, recurring, sent
from tests.scene import NOW, TODAY, Scene


def accept(quote: Quote, at: datetime = NOW) -> accept_quote.Accepted:
    return accept_quote.accept(quote=quote, chosen=(), signature=ANNA, actor=BUYER, at=at)


def shown(quote: Quote, on: date = TODAY) -> Any:
    return queries.shown(Quote.objects.get(id=quote.id), on).recurring


def test_q12_one_off_lines_become_an_invoice_and_recurring_ones_a_subscription(scene: Scene) -> None:
    quote = sent(scene, *UNITS, recurring=[recurring(quantities={"mailboxes": Decimal(5)})])
    accepted = accept(quote)
    (row,) = Subscription.objects.all()
    assert [each.id for each in accepted.subscriptions] == [row.id]
    assert (row.quote_id, row.customer_id, row.starts_on, row.number) == (
        quote.id, scene.customer.id, TODAY, "S-2026-00001",
    )  # fmt: skip
    assert dict(row.items.values_list("key", "quantity"))["mailboxes"] == 5
    assert Draft.objects.get().shown_total_minor == 142514, "the recurring part is in no one-off total"
    assert accepted.acceptance.total_minor == 142514
    kinds = set(Fact.objects.values_list("kind", flat=True))
    assert kinds >= {"quote_accepted", "quote_subscribed", "subscription_started"}


def test_q12_a_quote_without_one_off_lines_makes_a_subscription_and_no_invoice(scene: Scene) -> None:
    quote = quotes.create_quote(customer=scene.customer, recurring=[recurring()], actor=SYSTEM, at=NOW)
    assert (quote.shown_total_minor, quote.shown_monthly_minor) == (0, 5900)
    assert queries.findings(quote, TODAY, is_approved=False) == []
    accepted = accept(quotes.freeze_quote(quote=quote, actor=SYSTEM, at=NOW))
    assert (accepted.billed, len(accepted.subscriptions)) == ((), 1)
    assert not Draft.objects.exists()


@pytest.mark.parametrize(
    ("terms", "offered", "accepted_after"),
    [
        ({}, {}, 0),
        ({}, {"prices": {"mailboxes": {"kind": "per_unit", "amount": "8.333"}}}, 9),
        ({"trial_days": 14}, {"coupon_codes": ["SPRING"]}, 3),
        ({"is_calendar_aligned": True}, {"months": 5}, 17),
        ({"is_calendar_aligned": True, "bills_end_day": True}, {"months": 5, "trial_days": 3}, 2),
        ({}, {"starts_on": date(2026, 12, 24), "item_keys": ["care"]}, 20),
        ({}, {"starts_on": date(2026, 11, 25), "coupon_codes": ["SPRING", "FIVE"]}, 20),
        ({"commitment": Decimal(60)}, {}, 1),
        ({"count": 3}, {"quantities": {"mailboxes": Decimal("2.5")}}, 5),
    ],
)
def test_q12_what_the_quote_shows_on_the_day_of_acceptance_is_what_the_invoices_bill(
    scene: Scene, terms: dict[str, Any], offered: dict[str, Any], accepted_after: int
) -> None:
    for new in (NewCoupon(code="SPRING", percent=Decimal(10), periods=2),
                NewCoupon(code="FIVE", amount_minor=500, currency="EUR", periods=3)):  # fmt: skip
        plans.add_coupon(new=new, actor=SYSTEM, at=NOW)
    quote = sent(scene, *UNITS, recurring=[recurring(plan(**terms), **offered)], valid_until=TODAY + timedelta(days=60))
    accepted_at = NOW + timedelta(days=accepted_after)
    (part,) = shown(quote, accepted_at.date())
    Draft.objects.all().delete()
    accept(quote, accepted_at)
    row = Subscription.objects.get()
    assert (row.starts_on, row.trial_days) == (part.recurrence.starts_on, part.part.terms.trial_days)
    wanted = [
        (step.amount.net_minor, step.amount.tax_minor, step.amount.payable_minor)
        for step in part.recurrence.steps
        for _ in range(step.times)
    ]
    days = 31 * 13 * (3 if terms.get("count") else 1)
    for after in range(accepted_after, days, 15):
        billing_run.run(actor=SYSTEM, at=NOW + timedelta(days=after))
    assert not Draft.objects.filter(quote=None).exists(), "everything could be issued"
    billed = [
        (each.net_minor, each.tax_minor, each.payable_minor)
        for each in Document.objects.filter(quote=None).order_by("issued_on", "ordinal")
    ]
    assert billed
    assert billed == wanted[: len(billed)]
    if offered.get("months") == 5:
        assert len(billed) == len(wanted)


def test_q12_two_acceptances_begin_it_once_and_a_refused_one_leaves_nothing(scene: Scene) -> None:
    quote = sent(scene, *UNITS, recurring=[recurring()])
    with refused("quote.no_signature"):
        accept_quote.accept(
            quote=quote, chosen=(), signature=accept_quote.Signature("Anna", "typed", ""), actor=BUYER, at=NOW
        )
    assert not Subscription.objects.exists()
    accept(quote)
    with refused("quote.already_accepted"):
        accept(quote)
    assert Subscription.objects.count() == 1


def test_q12_what_fails_on_the_way_leaves_nothing(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    quote = sent(scene, *UNITS, recurring=[recurring()])
    with monkeypatch.context() as patched:
        patched.setattr(quotes, "record_bill", _fail)
        with pytest.raises(OSError, match="pulled"):
            accept(quote)
    assert not any(table.objects.exists() for table in (Subscription, QuoteAcceptance, Draft))
    assert accept(quote).subscriptions[0].number == "S-2026-00001", "no number is lost"


def _fail(**_known: Any) -> None:
    raise OSError("the plug was pulled")


def test_q12_what_was_sent_holds_though_plan_and_coupon_are_given_out_no_more(scene: Scene) -> None:
    coupon = plans.add_coupon(new=NewCoupon(code="SPRING", percent=Decimal(10), periods=2), actor=SYSTEM, at=NOW)
    version = plan()
    entry = recurring(version, coupon_codes=["spring"])
    quote, draft = sent(scene, *UNITS, recurring=[entry]), drafted(scene, *UNITS, recurring=[entry])
    plans.change_plan(
        plan=version.plan, changes={}, items=[ItemEntry(name="Care", price={"kind": "flat", "amount": "99"})],
        actor=SYSTEM, at=NOW,
    )  # fmt: skip
    version.plan.refresh_from_db()
    plans.archive_plan(plan=version.plan, actor=SYSTEM, at=NOW)
    assert [each.code for each in queries.findings(draft, TODAY, is_approved=False)] == ["quote.plan_archived"]
    plans.archive_coupon(coupon=coupon, actor=SYSTEM, at=NOW)
    assert [each.code for each in queries.findings(draft, TODAY, is_approved=False)] == ["coupon.not_given"]
    accept(quote)
    row = Subscription.objects.get()
    assert row.plan_version_id == version.id
    assert [each.key for each in subscriptions.load(row).definition.coupons] == ["SPRING"]


def test_q12_what_cannot_be_subscribed_to_is_not_sent(scene: Scene) -> None:
    other = drafted(scene, *UNITS, recurring=[recurring()], currency="CHF")
    assert "quote.plan_currency" in [each.code for each in queries.findings(other, TODAY, is_approved=False)]
    late = drafted(scene, *UNITS, recurring=[recurring(plan("LATE"), starts_on=TODAY - timedelta(days=1))])
    assert [each.code for each in queries.findings(late, TODAY, is_approved=False)] == ["quote.recurring_past"]
    with refused("subscription.no_item"):
        drafted(scene, recurring=[recurring(plan("NONE"), quantities={"seats": Decimal(1)})])
    with refused("quote.same_plan"):
        again = recurring(plan("TWICE"))
        drafted(scene, recurring=[again, again])
    with refused("quote.recurring_months"):
        drafted(scene, recurring=[recurring(plan("LONG"), months=601)])


def test_q12_a_new_version_offers_the_same_and_can_leave_it_out(scene: Scene) -> None:
    first = sent(scene, *UNITS, recurring=[recurring(months=12)])
    second = quotes.renew_quote(quote=first, actor=SYSTEM, at=NOW)
    assert second.recurring == first.recurring
    assert second.shown_monthly_minor == 5900
    quotes.change_quote(quote=second, changes={"recurring": []}, actor=SYSTEM, at=NOW)
    accept(quotes.freeze_quote(quote=Quote.objects.get(id=second.id), actor=SYSTEM, at=NOW))
    assert not Subscription.objects.exists()


def test_q5_q12_a_recurring_price_below_the_plan_has_to_be_approved(scene: Scene) -> None:
    quotes.save_rules(
        legal_entity=scene.seller, valid_days=30, discount_limit_percent=Decimal(10), terms="", actor=SYSTEM, at=NOW
    )
    version = plan()
    cheap = recurring(version, prices={"mailboxes": {"kind": "per_unit", "amount": "8.50"}})
    quote = drafted(scene, *UNITS, recurring=[cheap])
    (finding,) = queries.findings(quote, TODAY, is_approved=False)
    assert (finding.code, finding.params["discount"]) == ("quote.needs_approval", "15")
    by_use = recurring(version, prices={"traffic": {"kind": "per_unit", "amount": "0.05"}})
    quote = quotes.change_quote(quote=quote, changes={"recurring": [by_use]}, actor=SYSTEM, at=NOW)
    (finding,) = queries.findings(quote, TODAY, is_approved=False)
    assert finding.params["discount"] == "50"
    fair = recurring(version, prices={"mailboxes": {"kind": "per_unit", "amount": "9"}})
    quote = quotes.change_quote(quote=quote, changes={"recurring": [fair]}, actor=SYSTEM, at=NOW)
    assert queries.findings(quote, TODAY, is_approved=False) == []


def test_s4_a_deal_is_worth_its_one_off_lines_and_the_first_year_of_what_recurs(scene: Scene) -> None:
    deals.open_first_pipeline(language="en", actor=SYSTEM, at=NOW)
    seller = Actor(scene.owner.id, "member", scene.owner.name)
    deal = deals.add_deal(customer=scene.customer, new=NewDeal(name="Relaunch"), actor=seller, at=NOW)
    quote = sent(scene, *UNITS, recurring=[recurring(months=6), recurring(plan("HOST"))], deal_id=deal.id)
    accept(quote)
    row = Deal.objects.get(id=deal.id)
    assert (row.state, row.value_minor) == ("won", 119760 + 6 * 5900 + 12 * 5900)
    assert set(Subscription.objects.values_list("deal_id", flat=True)) == {deal.id}


def test_q12_the_paper_says_what_recurs_in_the_language_of_the_quote(scene: Scene) -> None:
    quote = sent(scene, *UNITS, recurring=[recurring(months=12)])
    paper = send_quote.paper(quote, on=TODAY)
    (offer,) = paper.recurring
    assert offer.rhythm == "jeden Monat"
    assert [name for name, _price in offer.items] == ["Care", "3 × Mailboxes", "Traffic"]
    assert [(amount, tax) for _words, amount, tax, _usual in offer.amounts] == [
        ("70,21\xa0€", "davon Steuer 11,21\xa0€")
    ]
    assert "Das Abonnement läuft 12 Monate und endet dann." in " ".join(offer.terms)
    assert send_quote.pdf(quote, on=TODAY).startswith(b"%PDF")


def test_q12_the_hash_holds_what_recurs(scene: Scene) -> None:
    quote = sent(scene, *UNITS, recurring=[recurring()])
    assert queries.content_of(quote, TODAY).sha256() == bytes(quote.sha256 or b"").hex()
    assert queries.content_of(quote, TODAY).recurring[0].title == "Plan CARE"
    without = sent(scene, *UNITS)
    assert "recurring" not in without.body, "quotes of before keep their hashes"


def packages(scene: Scene) -> Quote:
    """Offer the table of Q-13."""
    base, shop = plan("BASE"), plan("SHOP")
    keys, free = ["care", "mailboxes"], ["mailboxes"]
    large = recurring(base, title="Large", kind="choice", choice_group="Package", is_chosen=True,
                      item_keys=keys, optional_keys=free, chosen_keys=free)  # fmt: skip
    return drafted(
        scene, *UNITS,
        recurring=[
            recurring(base, title="Small", kind="choice", choice_group="Package", item_keys=["care"]), large,
            recurring(shop, title="Shop", kind="optional", item_keys=["care"]),
        ],
    )  # fmt: skip


@pytest.mark.parametrize(
    ("chosen", "begun", "monthly_minor"),
    [
        (None, {"Large": ["care", "mailboxes"]}, 5900),
        ({"1"}, {"Small": ["care"]}, 2900),
        ({"2"}, {"Large": ["care"]}, 2900),
        ({"2", "2.mailboxes", "3"}, {"Large": ["care", "mailboxes"], "Shop": ["care"]}, 8800),
    ],
)
def test_q13_acceptance_begins_exactly_what_was_chosen(
    scene: Scene, chosen: set[str] | None, begun: dict[str, list[str]], monthly_minor: int
) -> None:
    deals.open_first_pipeline(language="en", actor=SYSTEM, at=NOW)
    seller = Actor(scene.owner.id, "member", scene.owner.name)
    deal = deals.add_deal(customer=scene.customer, new=NewDeal(name="Relaunch"), actor=seller, at=NOW)
    draft = quotes.change_quote(quote=packages(scene), changes={"deal_id": deal.id}, actor=SYSTEM, at=NOW)
    quote = quotes.freeze_quote(quote=draft, actor=SYSTEM, at=NOW)
    assert quote.shown_monthly_minor == 5900, "what stands chosen beforehand"
    sums = send_quote.sums_of(queries.shown(quote, TODAY, chosen_recurring=chosen).recurring, "en")
    assert [each.words for each in sums] == ["every month"]
    assert sums[0].amount == {5900: "€70.21", 2900: "€34.51", 8800: "€104.72"}[monthly_minor]
    accepted = accept_quote.accept(
        quote=quote, chosen=(), chosen_recurring=chosen, signature=ANNA, actor=BUYER, at=NOW
    )  # fmt: skip
    rows = {row.title: sorted(row.items.values_list("key", flat=True)) for row in Subscription.objects.all()}
    assert rows == begun
    kept = QuoteAcceptance.objects.get(id=accepted.acceptance.id)
    assert kept.chosen_recurring == sorted({"2", "2.mailboxes"} if chosen is None else chosen)
    quote.refresh_from_db()
    assert quote.shown_monthly_minor == monthly_minor
    assert bytes(kept.sha256) == bytes(quote.sha256 or b"")
    assert Deal.objects.get(id=deal.id).value_minor == 119760 + 12 * monthly_minor
    (i64,) = [each for each in INVARIANTS if each.id == "I64"]
    with connection.cursor() as cursor:
        cursor.execute(i64.violations)
        assert cursor.fetchall() == []


@pytest.mark.parametrize(
    ("chosen", "code"),
    [
        (set(), "quote.choose_one"),
        ({"1", "2"}, "quote.choose_one"),
        ({"1", "2.mailboxes"}, "quote.not_offered"),
        ({"2", "4"}, "quote.not_offered"),
        ({"2", "2.care"}, "quote.not_offered"),
    ],
)
def test_q13_what_cannot_be_chosen_is_refused_and_nothing_is_begun(scene: Scene, chosen: set[str], code: str) -> None:
    quote = quotes.freeze_quote(quote=packages(scene), actor=SYSTEM, at=NOW)
    with refused(code):
        accept_quote.accept(quote=quote, chosen=(), chosen_recurring=chosen, signature=ANNA, actor=BUYER, at=NOW)
    assert not Subscription.objects.exists()


def test_q13_paper_marks_options_and_sums_what_counts(scene: Scene) -> None:
    quote = quotes.freeze_quote(quote=packages(scene), actor=SYSTEM, at=NOW)
    small, large, shop, together = send_quote.paper(quote, on=TODAY).recurring
    assert small.title == "Package: Small"
    assert [each.rhythm for each in (small, large, shop)] == [
        "jeden Monat · Option, nicht in den Summen", "jeden Monat · Option, gewählt",
        "jeden Monat · Option, nicht in den Summen",
    ]  # fmt: skip
    assert [name for name, _price in large.items] == ["Care", "3 × Mailboxes (Option, gewählt)"]
    assert [amount for _words, amount, _tax, _usual in together.amounts] == ["70,21\xa0€"]
    assert send_quote.pdf(quote, on=TODAY).startswith(b"%PDF")


def test_q13_what_leaves_nothing_to_choose_or_nothing_that_counts_is_not_offered(scene: Scene) -> None:
    version = plan()
    with refused("quote.all_optional"):
        drafted(scene, recurring=[recurring(version, item_keys=["care"], optional_keys=["care"])])
    with refused("quote.no_option"):
        drafted(scene, recurring=[recurring(version, item_keys=["care"], optional_keys=["mailboxes"])])
    with refused("quote.same_plan"):
        drafted(scene, recurring=[recurring(version), recurring(version, kind="optional")])
    alone = drafted(scene, *UNITS, recurring=[recurring(version, kind="choice", choice_group="Package")])
    assert [each.code for each in queries.findings(alone, TODAY, is_approved=False)] == ["quote.plan_alone"]
    unnamed = drafted(scene, *UNITS, recurring=[recurring(version, kind="choice")])
    assert [each.code for each in queries.findings(unnamed, TODAY, is_approved=False)] == ["quote.plans_unnamed"]


def test_q5_q13_the_discount_is_the_deepest_of_all_that_could_be_chosen(scene: Scene) -> None:
    plans.add_coupon(
        new=NewCoupon(code="FIVE", amount_minor=500, currency="EUR", periods=12), actor=SYSTEM, at=NOW
    )  # fmt: skip
    quotes.save_rules(
        legal_entity=scene.seller, valid_days=30, discount_limit_percent=Decimal(1), terms="", actor=SYSTEM, at=NOW
    )
    entry = recurring(optional_keys=["mailboxes"], coupon_codes=["FIVE"])
    (finding,) = queries.findings(drafted(scene, *UNITS, recurring=[entry]), TODAY, is_approved=False)
    assert finding.params["discount"] == "17.2414", "5.00 of 29.00, where no mailboxes are taken"


def test_q12_days_are_those_of_the_customers_zone(scene: Scene) -> None:
    quote = sent(scene, *UNITS, recurring=[recurring()])
    accept(quote, datetime(2026, 11, 22, 23, 30, tzinfo=UTC))
    assert Subscription.objects.get().starts_on == date(2026, 11, 23), "in Berlin it is the next day"
