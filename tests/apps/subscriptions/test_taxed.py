"""What a preview says that is to be paid is what the documents then say, tax by tax and to the cent."""

import random
from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import transaction

from conto.apps.invoicing.models import Document, DocumentTax
from conto.apps.plans.actions import ItemEntry
from conto.apps.subscriptions import queries
from conto.apps.subscriptions.entries import ChangeEntry
from conto.apps.subscriptions.models import Subscription
from conto.domain.facts import SYSTEM
from conto.domain.plan import PlanTerms
from conto.flows import billing_run, change_subscription
from conto.flows.taxed_ahead import Taxed, TaxedPart
from tests.apps.subscriptions.test_billing import begun, noon
from tests.apps.subscriptions.test_dry_run import fingerprint
from tests.scene import Scene

pytestmark = pytest.mark.django_db
BEGUN, CHANGED, NEXT = noon(date(2026, 11, 22)), noon(date(2026, 12, 5)), noon(date(2026, 12, 22))
SEED, CASES = 20261123, 12


def paid(documents: list[Document]) -> Taxed:
    """Add up documents, credit notes below zero."""
    parts: dict[tuple[str, Decimal], list[int]] = defaultdict(lambda: [0, 0])
    for each in documents:
        sign = -1 if each.kind == "credit_note" else 1
        for tax in DocumentTax.objects.filter(document=each):
            parts[tax.category, tax.rate][0] += sign * tax.taxable_minor
            parts[tax.category, tax.rate][1] += sign * tax.tax_minor
    signed = [(-1 if each.kind == "credit_note" else 1, each) for each in documents]
    return Taxed(
        sum(sign * each.net_minor for sign, each in signed),
        sum(sign * each.tax_minor for sign, each in signed),
        sum(sign * each.gross_minor for sign, each in signed),
        tuple(TaxedPart(*key, *both) for key, both in sorted(parts.items())),
    )


def added_up(taxed: tuple[Taxed | None, ...]) -> Taxed:
    """Add up what was previewed for some days."""
    parts: dict[tuple[str, Decimal], list[int]] = defaultdict(lambda: [0, 0])
    known = [each for each in taxed if each is not None]
    assert len(known) == len(taxed)
    for part in [part for each in known for part in each.parts]:
        parts[part.category, part.rate][0] += part.taxable_minor
        parts[part.category, part.rate][1] += part.tax_minor
    return Taxed(
        sum(each.net_minor for each in known), sum(each.tax_minor for each in known),
        sum(each.gross_minor for each in known), tuple(TaxedPart(*key, *both) for key, both in sorted(parts.items())),
    )  # fmt: skip


def a_subscription(scene: Scene, dice: random.Random) -> Subscription:
    def price(most: int) -> str:
        return f"{dice.randint(1, most)}.{dice.randint(0, 99):02}"

    items = [
        ItemEntry(name="Base", price={"kind": "flat", "amount": price(90)}),
        ItemEntry(name="Books", price={"kind": "flat", "amount": price(40)}, supply="goods", rate_class="reduced"),
        ItemEntry(name="Seats", price={"kind": "per_unit", "amount": price(19)}, quantity=Decimal(dice.randint(2, 9))),
    ]
    return begun(
        scene, *items, customer=dice.choice([scene.customer, scene.person]), price_mode=dice.choice(["net", "gross"]),
        terms=PlanTerms(bills_changes_now=dice.random() < 0.7), is_reviewed=False, bills_alone=True,
    )  # fmt: skip


def a_change(dice: random.Random) -> ChangeEntry:
    return dice.choice(
        [
            ChangeEntry(kind="quantity", item="seats", quantity=Decimal(dice.randint(1, 19)), when="now"),
            ChangeEntry(kind="quantity", item="seats", quantity=Decimal(dice.randint(20, 40))),
            ChangeEntry(kind="cancel", when="now"),
            ChangeEntry(kind="pause"),
            ChangeEntry(kind="remove", item="books"),
            ChangeEntry(kind="add", added=ItemEntry(key="more", name="More", price={"kind": "flat", "amount": "9.99"})),
        ]
    )


@pytest.mark.parametrize("case", range(CASES))
def test_sb7_what_is_previewed_with_tax_is_what_is_billed(scene: Scene, case: int) -> None:
    dice = random.Random(SEED + case)
    row = a_subscription(scene, dice)
    billing_run.run(actor=SYSTEM, at=BEGUN)
    row.refresh_from_db()
    entry, before = a_change(dice), fingerprint()
    shown = change_subscription.preview_change(row=row, entry=entry, at=CHANGED)
    assert fingerprint() == before, "nothing of it is kept"
    known = set(Document.objects.values_list("id", flat=True))
    row = change_subscription.confirm_change(row=row, token=shown.token, actor=SYSTEM, at=CHANGED)
    at_once = list(Document.objects.exclude(id__in=known))
    assert added_up(shown.now_taxed) == paid(at_once)
    assert [each.on for each in shown.now] == sorted({each.issued_on for each in at_once})
    coming = list(zip(shown.next_taxed, shown.next, strict=True))
    due = [each for each, invoice in coming if invoice.on <= NEXT.date()]
    assert all(invoice.net_minor < 0 for each, invoice in coming if each is None), "only a note to come is not told"
    known |= {each.id for each in at_once}
    billing_run.run(actor=SYSTEM, at=NEXT)
    if None not in due:
        assert added_up(tuple(due)) == paid(list(Document.objects.exclude(id__in=known)))


def test_sb7_the_first_twelve_invoices_are_previewed_as_they_are_then_billed(scene: Scene) -> None:
    row = a_subscription(scene, random.Random(SEED))
    coming = change_subscription.upcoming(queries.load(row))
    assert len(coming.taxed) == 12
    for invoice, taxed in list(zip(coming.invoices, coming.taxed, strict=True))[:3]:
        known = set(Document.objects.values_list("id", flat=True))
        billing_run.run(actor=SYSTEM, at=noon(invoice.on))
        assert taxed == paid(list(Document.objects.exclude(id__in=known)))


def test_sb7_a_change_that_cannot_be_billed_now_is_shown_without_its_taxes(scene: Scene) -> None:
    row = begun(scene, is_reviewed=True)
    billing_run.run(actor=SYSTEM, at=BEGUN)
    row.refresh_from_db()
    with transaction.atomic():
        shown = change_subscription.preview_change(
            row=row, entry=ChangeEntry(kind="cancel", when="now"), at=BEGUN + timedelta(days=9)
        )
    assert [each.net_minor for each in shown.now] != []
    assert shown.now_taxed == (None,), "what it would credit is not issued yet"
