"""Addresses of the outbox."""

from django.urls import path

from conto.web.outbox import pages

urlpatterns = [
    path("outbox/", pages.outbox, name="outbox"),
    path("outbox/<uuid:mail_id>", pages.mail, name="outbox_mail"),
    path("outbox/<uuid:mail_id>/again", pages.send_again, name="outbox_again"),
]
