import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from conto.apps.accounts.models import Business
from conto.gateways.payment.sandbox.server import SandboxServer
from tests.apps.payments.cast import NOW, Cast, make_cast


@pytest.fixture
def gateway(tmp_path: Path, live_server: Any, settings: Any) -> Iterator[SandboxServer]:
    """The sandbox gateway on a port of its own, wired to the live server over real HTTP."""
    server = SandboxServer(0, tmp_path / "gateway.sqlite", settings.SANDBOX_GATEWAY_KEY, delay_seconds=0.8)
    thread = threading.Thread(target=server.serve, daemon=True)
    thread.start()
    settings.PUBLIC_URL = live_server.url
    settings.SANDBOX_GATEWAY_URL = server.url
    yield server
    server.stop()
    thread.join()


@pytest.fixture
def cast(transactional_db: None) -> Cast:
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
