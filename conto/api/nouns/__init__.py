"""The nouns of the API, in the order of its reference."""

from conto.api.nouns import (
    accounts_of_customers,
    attachments,
    batches,
    book,
    books,
    customer_parts,
    customers,
    documents,
    drafts,
    facts,
    items,
    ledger,
    looks,
    mails,
    members,
    payments,
    upkeep,
    webhooks,
)

ROUTERS = (
    customers.router,
    customer_parts.router,
    accounts_of_customers.router,
    items.router,
    drafts.router,
    batches.router,
    documents.router,
    attachments.router,
    payments.router,
    ledger.router,
    books.router,
    mails.router,
    looks.router,  # with those of business: operations of one path are of one router
    members.router,
    facts.router,
    webhooks.router,
    upkeep.router,
    book.router,
)
