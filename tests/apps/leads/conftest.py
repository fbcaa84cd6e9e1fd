from dataclasses import dataclass
from typing import Any

import pytest

from conto.apps.accounts import actions as accounts
from conto.apps.accounts.models import Member
from conto.apps.deals import actions as deals
from conto.apps.leads import actions as leads
from conto.apps.leads.entry import NewLead
from conto.apps.leads.models import Lead
from conto.domain.facts import SYSTEM, Actor
from conto.domain.permissions import Role
from tests.scene import NOW, Scene


@dataclass
class Desk:
    scene: Scene
    owner: Member
    seller: Member
    actor: Actor

    def lead(self, name: str = "Mara Lindt", **more: Any) -> Lead:
        return leads.add_lead(new=NewLead(name=name, **more), actor=self.actor, at=NOW)


@pytest.fixture
def desk(scene: Scene) -> Desk:
    deals.open_first_pipeline(language="en", actor=SYSTEM, at=NOW)
    seller = accounts.add_member(
        email="sam@example.com", name="Sam Seller", role=Role.SALES, password="correct horse 9", language="en",
        actor=SYSTEM, at=NOW,
    )  # fmt: skip
    return Desk(scene, scene.owner, seller, Actor(seller.id, "member", seller.name))
