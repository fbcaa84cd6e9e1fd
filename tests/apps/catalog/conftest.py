"""A member who may see items."""

from datetime import UTC, datetime

import pytest

from conto.apps.accounts.models import Member
from conto.domain.ids import new_id
from conto.domain.permissions import Role


@pytest.fixture
def member(db: None) -> Member:
    return Member.objects.create(
        id=new_id(), email="ada@example.com", name="Ada", role=Role.OWNER, joined_at=datetime(2026, 1, 1, tzinfo=UTC)
    )
