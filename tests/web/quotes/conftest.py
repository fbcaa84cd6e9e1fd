import pytest
from django.test import Client

from conto.apps.accounts.models import Business
from tests.scene import NOW, Scene, set_scene


@pytest.fixture
def scene(db: None) -> Scene:
    Business.objects.create(
        name="Nordlicht", country="DE", currency="EUR", zone="Europe/Berlin", set_up_at=NOW, changed_at=NOW
    )
    return set_scene()


@pytest.fixture
def client(scene: Scene) -> Client:
    client = Client(SERVER_NAME="localhost")
    client.force_login(scene.owner)
    return client
