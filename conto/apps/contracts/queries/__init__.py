"""Reads of contracts."""

from conto.apps.contracts.queries.agreed import Agreed, agreed_prices, prices_on
from conto.apps.contracts.queries.finding import find_offers, open_offers
from conto.apps.contracts.queries.lists import (
    ContractPage,
    ContractRow,
    Shown,
    StateFilter,
    contract_for,
    contract_page,
    ending,
    lines_of,
    next_renewals,
    number_made_by,
    of_deal,
    of_quote,
    shown,
    version_for,
    versions_of,
    visible_to,
)
from conto.apps.contracts.queries.terms import terms_of

__all__ = [
    "Agreed",
    "ContractPage",
    "ContractRow",
    "Shown",
    "StateFilter",
    "agreed_prices",
    "contract_for",
    "contract_page",
    "ending",
    "find_offers",
    "lines_of",
    "next_renewals",
    "number_made_by",
    "of_deal",
    "of_quote",
    "open_offers",
    "prices_on",
    "shown",
    "terms_of",
    "version_for",
    "versions_of",
    "visible_to",
]
