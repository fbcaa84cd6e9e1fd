"""Below which amount billing runs issue no invoice."""

from dataclasses import dataclass
from typing import Annotated, Any

from django.http import HttpRequest
from pydantic import Field

from conto.api.door import caller_of
from conto.api.fields import Currency, Entry
from conto.api.operations import noun, reads, writes
from conto.apps.invoicing import actions, queries
from conto.apps.invoicing.actions.carrying import LARGEST_MINOR
from conto.domain.permissions import Permission

router = noun("Billing")
Least = Annotated[int, Field(ge=0, le=LARGEST_MINOR, description="Amount to pay; 0: none.", examples=[500])]


@dataclass(frozen=True, slots=True)
class MinimumAmount:
    """Below which amount to pay an invoice of a billing run is carried to the next one, in one currency."""

    currency: Currency
    amount_minor: Least


class MinimumEntry(Entry):
    """A minimum in one currency."""

    currency: Currency
    amount_minor: Least


class MinimumsEntry(Entry):
    """The minimums by currency; those that are not given stay."""

    minimums: Annotated[list[MinimumEntry], Field(min_length=1, max_length=50)]


@reads(router, "/minimum-amounts", needs=Permission.SETTINGS_VIEW, gives=list[MinimumAmount])
def list_minimum_amounts(request: HttpRequest) -> Any:
    """List below which amounts billing runs issue no invoice."""
    del request
    return [MinimumAmount(currency, amount_minor) for currency, amount_minor in queries.minimum_amounts().items()]


@writes(router, "/minimum-amounts", method="PATCH", needs=Permission.SUBSCRIPTION_BILL, gives=list[MinimumAmount])
def set_minimum_amounts(request: HttpRequest, wanted: MinimumsEntry) -> Any:
    """Set below which amounts billing runs issue no invoice; it counts from the next run on."""
    caller = caller_of(request)
    given = {each.currency: each.amount_minor for each in wanted.minimums}
    actions.set_minimums(minimums={**queries.minimum_amounts(), **given}, actor=caller.actor, at=caller.at)
    return list_minimum_amounts(request)
