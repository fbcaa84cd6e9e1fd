"""The contract that accepting a quote makes, as programs say and read it."""

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest
from pydantic import Field

from conto.api.door import caller_of
from conto.api.fields import Day, Entry
from conto.api.nouns.contracts import Months, NoticeDays, RenewalWord
from conto.apps.contracts import queries as contracts
from conto.apps.quotes.words import contract_words
from conto.domain.contract import Renewal
from conto.domain.permissions import Permission
from conto.domain.quote import ContractOffer, read_offer


@dataclass(frozen=True, slots=True)
class ContractTerms:
    """The contract that accepting a quote makes."""

    starts_on: Annotated[date | None, Field(description="Nothing: the day of acceptance.")]
    months: Annotated[int, Field(examples=[12])]
    renewal: Annotated[str, Field(examples=["auto"])]
    renewal_months: int
    notice_days: int
    words: Annotated[str, Field(description="As the customer reads it, in the language of the quote.")]
    contract_id: Annotated[UUID | None, Field(description="Of the contract that was made.")]


class ContractOffered(Entry):
    """The contract that accepting a quote makes, with the prices of what was chosen."""

    starts_on: Annotated[Day | None, Field(description="Nothing: the day of acceptance.")] = None
    months: Annotated[
        Months, Field(description="Of the first term. Of one that does not renew: until it ends, 0 for no end.")
    ] = 0
    renewal: RenewalWord = "none"
    renewal_months: Annotated[Months, Field(description="Of each further term; 0: as long as the first.")] = 0
    notice_days: NoticeDays = 0

    def offer(self) -> ContractOffer:
        """Return the terms in the words of quotes."""
        return ContractOffer(self.starts_on, self.months, Renewal(self.renewal), self.renewal_months, self.notice_days)


def contract_shape(request: HttpRequest, row: Any, *, is_made: bool) -> ContractTerms | None:
    """Return the contract that a quote makes, or nothing."""
    offer, caller = read_offer(row.contract_terms), caller_of(request)
    if offer is None:
        return None
    made = contracts.of_quote(caller.member, [row.id], caller.today) if is_made else None
    return ContractTerms(
        offer.starts_on, offer.months, offer.renewal.value, offer.renewal_months, offer.notice_days,
        " ".join(contract_words(offer, row.language)),
        made.id if made and caller.member.may(Permission.CONTRACT_VIEW) else None,
    )  # fmt: skip
