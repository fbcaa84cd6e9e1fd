import pytest

from conto.api import urls  # noqa: F401 - operations declare themselves when they are loaded, which the product does late
from conto.domain.permissions import Role
from tests.api.programs import Program, of
from tests.web.living import Living


@pytest.fixture
def book(living_book: Living) -> Living:
    return living_book


@pytest.fixture
def owner(book: Living) -> Program:
    return of(book.members[Role.OWNER])
