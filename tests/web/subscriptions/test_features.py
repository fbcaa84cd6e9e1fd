"""Features on pages: on a plan, of one subscription with what differs, and of all of a customer."""

import pytest
from django.test import Client
from django.utils.html import escape

from conto.apps.plans import queries as plans
from conto.apps.plans.models import Plan
from tests.scene import Scene
from tests.web.subscriptions.test_pages import begun, client, plan, scene

pytestmark = pytest.mark.django_db
__all__ = ["client", "plan", "scene"]
TYPED = {
    "version": "1", "reason": "As we offer it", "f0-name": "Single sign-on", "f0-key": "sso", "f0-limit": "",
    "f0-unit": "", "f0-item": "", "f1-name": "Exports", "f1-key": "exports", "f1-limit": "20", "f1-unit": "files",
    "f1-item": "", "f2-name": "", "f2-key": "", "f2-limit": "", "f2-unit": "", "f2-item": "",
}  # fmt: skip


def test_a_plan_gets_features_by_a_new_version_and_keeps_them_when_prices_change(
    client: Client, scene: Scene, plan: Plan
) -> None:
    assert "nothing is granted" in client.get(f"/plans/{plan.id}").content.decode()
    page = client.get(f"/plans/{plan.id}/features").content.decode()
    assert 'name="f2-name"' in page
    answer = client.post(f"/plans/{plan.id}/features", TYPED)
    assert answer.status_code in {302, 303}, answer.content.decode()
    shown = client.get(f"/plans/{plan.id}").content.decode()
    assert "20 files" in shown
    assert "As we offer it" in shown
    plan.refresh_from_db()
    assert plan.version == 2
    again = client.post(f"/plans/{plan.id}/features", TYPED)
    assert again.status_code == 422
    assert "Somebody else changed this plan meanwhile" in again.content.decode()
    edited = {
        "version": "2", "name": "Pro", "count": "1", "interval": "month", "proration": "day", "downgrade": "period_end",
        "bills_changes_now": "on", "trial_days": "7", "commitment": "", "description": "", "reason": "",
        "items-0-name": "Base fee", "items-0-key": "base-fee", "items-0-kind": "flat", "items-0-amount": "31",
        "items-0-quantity": "1", "items-0-timing": "advance", "items-0-aggregate": "sum", "items-0-unit_code": "C62",
        "items-0-supply": "services", "items-0-rate_class": "standard",
    }  # fmt: skip
    answer = client.post(f"/plans/{plan.id}/edit", edited)
    assert answer.status_code in {302, 303}, answer.content.decode()
    plan.refresh_from_db()
    version = plans.version_for(plan)
    assert version is not None
    assert (version.version, [each["key"] for each in version.features]) == (3, ["sso", "exports"])


def test_a_feature_that_cannot_be_is_refused_in_words(client: Client, plan: Plan) -> None:
    wrong = client.post(f"/plans/{plan.id}/features", {**TYPED, "f0-key": "Single Sign"})
    assert wrong.status_code == 422
    assert "no key of a feature" in wrong.content.decode()
    wrong = client.post(f"/plans/{plan.id}/features", {**TYPED, "f1-limit": "many"})
    assert wrong.status_code == 422
    plan.refresh_from_db()
    assert plan.version == 1


def test_one_subscription_is_granted_otherwise_and_the_customers_page_says_so(
    client: Client, scene: Scene, plan: Plan
) -> None:
    client.post(f"/plans/{plan.id}/features", TYPED)
    row = begun(client, scene, plan)
    address = f"/subscriptions/{row.id}/features"
    page = client.get(address).content.decode()
    assert "Single sign-on" in page
    assert "What differs from the plan" not in page
    more = {"key": "exports", "name": "", "effect": "grant", "limit": "50", "until": "", "reason": "They asked"}
    answer = client.post(f"{address}/override", more)
    assert answer.status_code in {302, 303}, answer.content.decode()
    page = client.get(address).content.decode()
    assert "50 files" in page
    assert "They asked" in page
    refused = client.post(f"{address}/override", {**more, "reason": ""})
    assert refused.status_code == 422
    together = client.get(f"/subscriptions/of/{scene.customer.id}/features").content.decode()
    assert "50 files" in together
    assert escape(scene.customer.name) in together
    card = client.get(f"/subscriptions/of/{scene.customer.id}").content.decode()
    assert f"/subscriptions/of/{scene.customer.id}/features" in card
    empty = client.get(f"/subscriptions/of/{scene.person.id}/features").content.decode()
    assert "No features" in empty
