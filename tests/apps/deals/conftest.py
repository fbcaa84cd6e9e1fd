from dataclasses import dataclass
from typing import Any

import pytest

from conto.apps.accounts import actions as accounts
from conto.apps.accounts.models import Member
from conto.apps.deals import actions as deals
from conto.apps.deals.entry import NewDeal
from conto.apps.deals.models import Deal, Pipeline, Stage
from conto.domain.facts import SYSTEM, Actor
from conto.domain.permissions import Role
from tests.scene import NOW, Scene


@dataclass
class Shop:
    scene: Scene
    pipeline: Pipeline
    stages: list[Stage]
    seller: Member
    actor: Actor

    def deal(self, name: str = "Website", stage: int = 0, **more: Any) -> Deal:
        new = NewDeal(name=name, stage_id=self.stages[stage].id, **more)
        return deals.add_deal(customer=self.scene.customer, new=new, actor=self.actor, at=NOW)

    def ask(self, stage: int, **rules: Any) -> Stage:
        Stage.objects.filter(id=self.stages[stage].id).update(**rules)
        self.stages[stage].refresh_from_db()
        return self.stages[stage]


@pytest.fixture
def shop(scene: Scene) -> Shop:
    pipeline = deals.open_first_pipeline(language="en", actor=SYSTEM, at=NOW)
    seller = accounts.add_member(
        email="sam@example.com", name="Sam Seller", role=Role.SALES, password="correct horse 9", language="en",
        actor=SYSTEM, at=NOW,
    )  # fmt: skip
    seller.reaches = []  # as a request has read them
    stages = list(Stage.objects.filter(pipeline=pipeline).select_related("pipeline").order_by("position"))
    return Shop(scene, pipeline, stages, seller, Actor(seller.id, "member", seller.name))
