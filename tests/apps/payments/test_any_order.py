"""Whatever order money is received, allocated, taken off and refunded in, the open items are what integers say."""

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conto.apps.invoicing.models import Document
from conto.apps.ledger import queries as ledger
from conto.apps.payments import actions, queries
from conto.apps.payments.models import Payment
from conto.domain.errors import RuleBroken
from tests.apps.payments.cast import ADA, NOW, TODAY, Cast

pytestmark = pytest.mark.django_db

steps = st.lists(
    st.tuples(st.sampled_from(["receive", "allocate", "reverse", "refund"]), st.integers(0, 3), st.integers(1, 9000)),
    min_size=1,
    max_size=12,
)


class Model:
    """The same in plain integers."""

    def __init__(self, invoices: list[int]) -> None:
        self.open = list(invoices)
        self.left: list[int] = []
        self.allocations: list[tuple[int, int, int]] = []


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=steps)
def test_open_items_equal_a_model_of_integers(cast: Cast, steps: list[tuple[str, int, int]]) -> None:
    with transaction.atomic():
        invoices = [cast.invoice(gross) for gross in (5000, 3000, 1)]
        model, payments = Model([5000, 3000, 1]), list[Payment]()
        for nth, (what, which, amount) in enumerate(steps):
            at = NOW + timedelta(minutes=nth)
            with suppress(_AsExpected), transaction.atomic():
                _take_step(cast, model, payments, invoices, (what, which, amount), at)
            assert [ledger.open_minor(i.id) for i in invoices] == model.open
            assert [ledger.open_minor(p.id) for p in payments] == model.left
        transaction.set_rollback(True)


def _take_step(
    cast: Cast,
    model: Model,
    payments: list[Payment],
    invoices: list[Document],
    step: tuple[str, int, int],
    at: datetime,
) -> None:
    what, which, amount = step
    if what == "receive":
        payments.append(_receive(cast, amount, at))
        model.left.append(amount)
        return
    if not payments:
        return
    p, i = which % len(payments), which % len(invoices)
    match what:
        case "allocate":
            act = partial(actions.allocate, payment=payments[p], document=invoices[i], amount_minor=amount)
            _expect(act, at, may=amount <= min(model.left[p], model.open[i]))
            model.left[p] -= amount
            model.open[i] -= amount
            model.allocations.append((p, i, amount))
        case "reverse" if model.allocations:
            p, i, part = model.allocations.pop(which % len(model.allocations))
            standing = queries.allocations_of_payment(payments[p].id).filter(document=invoices[i], amount_minor=part)
            actions.reverse_allocation(allocation=standing[0], actor=ADA, at=at)
            model.left[p] += part
            model.open[i] += part
        case "refund":
            act = partial(actions.refund, payment=payments[p], amount_minor=amount, method="cash", refunded_on=TODAY)
            _expect(act, at, may=amount <= model.left[p])
            model.left[p] -= amount


def _receive(cast: Cast, amount: int, at: datetime) -> Payment:
    return actions.receive_payment(
        customer=cast.customer,
        legal_entity=cast.seller,
        method="cash",
        amount_minor=amount,
        currency="EUR",
        received_on=TODAY,
        allocate_to=None,
        actor=ADA,
        at=at,
    )


def _expect(act: Callable[..., object], at: datetime, *, may: bool) -> None:
    if may:
        act(actor=ADA, at=at)
        return
    with pytest.raises(RuleBroken):
        act(actor=ADA, at=at)
    raise _AsExpected


class _AsExpected(RuleBroken):
    """Refused, as the model says."""

    def __init__(self) -> None:
        super().__init__("test.as_expected", "Refused, as the model says.")
