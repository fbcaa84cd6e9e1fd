"""The nouns of the API, in the order of its reference."""

from conto.api.nouns import (
    accounts_of_customers,
    attachments,
    book,
    business,
    customer_parts,
    customers,
    documents,
    drafts,
    facts,
    items,
    ledger,
    mails,
    members,
    payments,
)

ROUTERS = (
    customers.router,
    customer_parts.router,
    accounts_of_customers.router,
    items.router,
    drafts.router,
    documents.router,
    attachments.router,
    payments.router,
    ledger.router,
    mails.router,
    business.router,
    members.router,
    facts.router,
    book.router,
)
