"""Addresses of the books."""

from django.urls import path

from conto.web.ledger import accounts, closing, journal, receivables, tax

urlpatterns = [
    path("", journal.journal, name="books"),
    path("accounts", accounts.accounts, name="books_accounts"),
    path("accounts/<uuid:ledger_account_id>", accounts.account, name="books_account"),
    path("accounts/<uuid:ledger_account_id>/edit", accounts.edit, name="books_account_edit"),
    path("receivables", receivables.receivables, name="books_receivables"),
    path("receivables.csv", receivables.export, name="books_receivables_export"),
    path("tax", tax.report, name="books_tax"),
    path("tax/entries", tax.entries, name="books_tax_entries"),
    path("tax.csv", tax.export, name="books_tax_export"),
    path("tax/eu.csv", tax.eu_export, name="books_eu_export"),
    path("closing", closing.closing, name="books_closing"),
    path("closing/close", closing.close, name="books_close"),
    path("closing/reopen", closing.reopen, name="books_reopen"),
    path("closing/<uuid:closing_id>", closing.kept, name="books_closing_kept"),
]
