"""Presets are applied whole, once, and take nothing away."""

import threading
from datetime import UTC, datetime

import pytest
from django.db import connection

from conto.apps.accounts import actions as accounts
from conto.apps.accounts import queries as members
from conto.apps.accounts.models import Business
from conto.apps.accounts.queries import SellerDetails
from conto.apps.catalog import actions as catalog
from conto.apps.catalog.entry import NewItem
from conto.apps.catalog.models import Item, ItemText, Price
from conto.apps.correspondence.models import LetterTemplate
from conto.apps.deals import queries as deals
from conto.apps.deals.models import LostReason, Pipeline
from conto.apps.invoicing import actions as invoicing
from conto.apps.invoicing.models import DocumentTemplate
from conto.apps.quotes.queries import rules_of
from conto.domain.errors import Conflict, RuleBroken
from conto.domain.facts import SYSTEM
from conto.domain.preset import PRESET_KEYS, preset_of
from conto.flows.apply_preset import apply_preset
from conto.flows.set_up_book import Beginning, Numbers, set_up_book
from tests.house import FreshBook
from tests.waiting import PATIENCE_SECONDS

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
SELLER = SellerDetails(
    name="Berg", country="DE", currency="EUR", zone="Europe/Berlin", language="de", line1="Torstraße 1",
    postcode="10119", city="Berlin", vat_number="DE136695976",
)  # fmt: skip


def found(preset: str = "") -> None:
    beginning = Beginning(preset) if preset else None
    set_up_book(seller=SELLER, bank_account=None, numbers=Numbers(), actor=SYSTEM, at=NOW, beginning=beginning)


@pytest.mark.django_db
@pytest.mark.parametrize("key", PRESET_KEYS)
def test_ps2_a_new_book_begins_with_everything_of_its_preset(key: str) -> None:
    found(key)
    preset = preset_of(key, "de")
    first = deals.first_stage()
    assert first is not None
    stages = deals.stages_of(first.pipeline_id)
    assert [(each.name, tuple(each.checklist)) for each in stages] == [(s.name, s.checklist) for s in preset.stages]
    assert Pipeline.objects.count() == 1, "instead of the usual one"
    assert list(deals.lost_reasons().values_list("name", flat=True)) == list(preset.lost_reasons)
    assert dict(Item.objects.values_list("code", "name")) == {item.code: item.names["de"] for item in preset.items}
    assert ItemText.objects.filter(language="fr").exists()
    assert not Price.objects.exists(), "prices are nobody else's to set"
    template = DocumentTemplate.objects.get()
    assert template.texts == preset.texts
    entity = template.legal_entity
    assert (rules_of(entity).valid_days, rules_of(entity).terms) == (preset.quotes_hold_days, preset.quote_terms)
    assert LetterTemplate.objects.count() == 12 + len(preset.letters)
    business = Business.objects.get()
    assert (business.preset, business.home) == (key, list(preset.home))


@pytest.mark.django_db
def test_ps2_a_preset_applied_later_takes_nothing_away_and_is_applied_once() -> None:
    found()
    entity = members.legal_entities()[0]
    template = DocumentTemplate.objects.get()
    own = {"de": {"intro": "Guten Tag,"}}
    invoicing.save_template(
        legal_entity=entity, name=template.name, template=template, texts=own, actor=SYSTEM, at=NOW
    )  # fmt: skip
    catalog.add_item(new=NewItem(name="Meine Stunde", code="HOUR"), actor=SYSTEM, at=NOW)
    reasons = set(LostReason.objects.values_list("name", flat=True))
    apply_preset(key="freelancer", with_items=True, actor=SYSTEM, at=NOW)
    assert [each.name for each in Pipeline.objects.order_by("position")] == ["Vertrieb", "Aufträge"]
    assert Item.objects.get(code="HOUR").name == "Meine Stunde"
    assert Item.objects.filter(code="DAY").exists()
    assert DocumentTemplate.objects.get().texts == own
    assert reasons <= set(deals.lost_reasons().values_list("name", flat=True))
    with pytest.raises(Conflict, match="has taken a preset already"):
        apply_preset(key="agency", with_items=True, actor=SYSTEM, at=NOW)
    with pytest.raises(RuleBroken, match="none of the presets"):
        apply_preset(key="bakery", with_items=True, actor=SYSTEM, at=NOW)
    assert Pipeline.objects.count() == 2
    accounts.set_home(home=["queue", "deals"], actor=SYSTEM, at=NOW)
    assert Business.objects.get().home == ["queue", "deals"], "what it brought can be changed"


@pytest.mark.slow
def test_ps2_of_two_who_apply_a_preset_at_once_one_is_told(fresh_book: FreshBook) -> None:
    del fresh_book
    found()
    said: list[str] = []
    gate = threading.Barrier(2)

    def choose(key: str) -> None:
        try:
            gate.wait()
            apply_preset(key=key, with_items=True, actor=SYSTEM, at=NOW)
            said.append("applied")
        except Conflict as refusal:
            said.append(refusal.code)
        finally:
            connection.close()

    threads = [threading.Thread(target=choose, args=(key,)) for key in ("shop", "saas")]
    for each in threads:
        each.start()
    for each in threads:
        each.join(PATIENCE_SECONDS)
    assert sorted(said) == ["applied", "preset.taken"]
    assert Pipeline.objects.count() == 2
    assert Item.objects.count() in {len(preset_of(key, "de").items) for key in ("shop", "saas")}
