import pytest
from django.test import Client

from conto.apps.accounts.models import Business
from conto.apps.deals import actions as deals
from conto.domain.facts import SYSTEM
from tests.scene import NOW, Scene, set_scene


@pytest.fixture
def scene(db: None) -> Scene:
    Business.objects.create(
        name="Nordlicht", country="DE", currency="EUR", zone="Europe/Berlin", set_up_at=NOW, changed_at=NOW
    )
    deals.open_first_pipeline(language="en", actor=SYSTEM, at=NOW)
    return set_scene()


@pytest.fixture
def client(scene: Scene) -> Client:
    client = Client(SERVER_NAME="localhost")
    client.force_login(scene.owner)
    return client
