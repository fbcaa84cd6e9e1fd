"""What the history of a customer proposes for a draft of a quote, as programs read and take it."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field

from conto.api.fields import Entry
from conto.domain import quote as rules


class QuoteTaken(Entry):
    """Which proposals a draft takes."""

    kinds: Annotated[list[Literal["deposit", "terms", "discount"]], Field(min_length=1, max_length=3)]


@dataclass(frozen=True, slots=True)
class QuoteProposal:
    """A change of a draft that follows from how its customer bought and paid."""

    kind: Annotated[
        str, Field(examples=["deposit"], json_schema_extra={"enum": [each.value for each in rules.Proposed]})
    ]
    percent: Annotated[Decimal | None, Field(description="Of a deposit or a discount.")]
    days: Annotated[int | None, Field(description="Within which it is payable.")]
    reason: Annotated[str, Field(description="Why, in plain English.")]
    needs_approval: Annotated[bool, Field(description="Taking it makes a draft that somebody has to approve.")]


@dataclass(frozen=True, slots=True)
class QuoteAdvice:
    """How a customer bought and paid, and what that means for a draft. Nothing is changed before it is taken."""

    invoices_paid: Annotated[int, Field(description="How many the average is made of; 0: too few.", examples=[8])]
    average_days_late: int | None
    overdue_days: Annotated[int, Field(description="Of the oldest invoice that is overdue now.")]
    months_bought: Annotated[int, Field(description="Of the last 12.", examples=[11])]
    usual_discount_percent: Decimal
    proposals: list[QuoteProposal]
