from collections.abc import Callable, Iterator

import pytest
from django.test import Client
from django.utils import timezone

from conto.apps.accounts.models import Business
from conto.apps.invoicing import actions as invoicing
from conto.apps.invoicing.models import Document
from tests.apps.payments.cast import ADA, NOW, Cast, make_cast, make_member


@pytest.fixture
def cast(db: None) -> Cast:
    Business.objects.create(
        name="Kestrel",
        country="DE",
        currency="EUR",
        zone="Europe/Berlin",
        is_sandbox=True,
        set_up_at=NOW,
        changed_at=NOW,
    )
    return make_cast()


@pytest.fixture
def member_client(cast: Cast) -> Iterator[Client]:
    client = Client()
    client.force_login(make_member())
    client.get("/profile")  # the first page of a session also notes from where it is
    return client


@pytest.fixture
def link(cast: Cast) -> Callable[[Document], str]:
    def make(document: Document) -> str:
        return f"/i/{invoicing.create_link(document=document, actor=ADA, at=timezone.now()).token}"

    return make
