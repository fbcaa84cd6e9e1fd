from typing import Any

import pytest

from conto.domain.permissions import Role
from tests.api.programs import Program, of
from tests.web.living import Living, live


@pytest.fixture
def book(db: None, settings: Any) -> Living:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # nobody logs in here
    return live()


@pytest.fixture
def owner(book: Living) -> Program:
    return of(book.members[Role.OWNER])
