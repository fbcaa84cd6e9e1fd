"""The nouns of the API, in the order of its reference."""

from conto.api.nouns import customers

ROUTERS = (customers.router,)
