"""Lines that depart from a contract are named before they are issued."""

from datetime import timedelta
from decimal import Decimal

from conto.api.nouns.lines import check_shape
from conto.apps.contracts import actions as contracts
from conto.apps.contracts.actions import LineEntry, NewContract
from conto.apps.invoicing import actions, queries
from conto.apps.invoicing.models import CheckOverride, Draft
from conto.domain.facts import SYSTEM
from tests.domain.refusals import refused
from tests.scene import NOW, TODAY, Scene, line

CODE = "check.off_contract"


def agree(scene: Scene, price: str = "90") -> None:
    new = NewContract(title="Care", starts_on=TODAY - timedelta(days=60), is_agreed=True)
    prices = [LineEntry("Consulting", Decimal(price), unit_code="HUR")]
    contracts.create_contract(customer=scene.customer, new=new, lines=prices, actor=SYSTEM, at=NOW)


def told(draft: Draft) -> list[str]:
    return [found.text for found in queries.findings(draft, TODAY) if found.code == CODE]


def test_g5_a_draft_is_told_of_a_price_that_its_contract_does_not_agree(scene: Scene) -> None:
    agree(scene)
    draft = scene.draft(line("90", unit_code="HUR"), line("95", unit_code="HUR"), delivered_on=TODAY)
    assert told(draft) == ["Contract C-2026-00001 agrees 90.00 EUR per HUR; line 2 says 95.00 EUR."]
    (flag,) = (check_shape(found) for found in queries.findings(draft, TODAY) if found.code == CODE)
    assert "per hour" in flag.detail, "programs read the unit as people do"
    with refused("draft.has_findings"):
        actions.issue_draft(draft=draft, actor=SYSTEM, at=NOW)
    actions.issue_draft(draft=draft, actor=SYSTEM, at=NOW, overrides={CODE: "Rush"})
    assert CheckOverride.objects.get().reason == "Rush"


def test_g5_of_another_customer_and_of_days_before_the_contract_says_nothing(scene: Scene) -> None:
    agree(scene)
    early = scene.draft(line("95", unit_code="HUR"), delivered_on=TODAY - timedelta(days=61))
    other = scene.draft(line("95", unit_code="HUR"), customer=scene.person, delivered_on=TODAY)
    assert told(early) == told(other) == []
