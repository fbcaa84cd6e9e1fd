"""Addresses of the customer's pages and of the gateways' events."""

from django.urls import path

from conto.web.portal import consents, lead_forms, measuring, pages, quotes, webhooks

urlpatterns = [
    path("i/<str:token>", pages.document, name="portal_document"),
    path("i/<str:token>/file/<str:kind>", pages.file, name="portal_file"),
    path("i/<str:token>/question", pages.question, name="portal_question"),
    path("i/<str:token>/pay", pages.pay, name="portal_pay"),
    path("i/<str:token>/paying/<uuid:checkout_id>", pages.paying, name="portal_paying"),
    path("i/<str:token>/paid", pages.paid, name="portal_paid"),
    path("i/<str:token>/card", pages.card, name="portal_card"),
    path("i/<str:token>/new-link", pages.new_link, name="portal_new_link"),
    path("q/<str:token>", quotes.quote, name="portal_quote"),
    path("q/<str:token>/totals", quotes.totals, name="portal_quote_totals"),
    path("q/<str:token>/paper.pdf", quotes.paper, name="portal_quote_paper"),
    path("q/<str:token>/question", quotes.question, name="portal_quote_question"),
    path("q/<str:token>/accept", quotes.accept, name="portal_quote_accept"),
    path("q/<str:token>/invoice/<uuid:document_id>", quotes.invoice, name="portal_quote_invoice"),
    path("q/<str:token>/decline", quotes.decline, name="portal_quote_decline"),
    path("q/<str:token>/new-link", quotes.new_link, name="portal_quote_new_link"),
    path("f/<str:token>", lead_forms.lead_form, name="lead_form"),
    path("f/<str:token>/thanks", lead_forms.thanks, name="lead_form_thanks"),
    path("f/<str:token>/confirm/<str:proof>", lead_forms.confirm, name="lead_form_confirm"),
    path("o/<str:proof>", measuring.opened, name="letter_opened"),
    path("r/<str:proof>", measuring.followed, name="letter_followed"),
    path("w/<str:proof>", consents.consent, name="portal_consent"),
    path("webhooks/payment/<str:gateway>", webhooks.payment, name="payment_webhook"),
]
