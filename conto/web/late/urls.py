"""Addresses of late charges."""

from django.urls import path

from conto.web.late import pages, settings

urlpatterns = [
    path("late-charges/", pages.charge_list, name="late_charges"),
    path("late-charges/run", pages.run, name="late_run"),
    path("late-charges/<uuid:charge_id>/waive", pages.waive, name="late_waive"),
    path("invoices/<uuid:document_id>/late", pages.card, name="late_card"),
    path("invoices/<uuid:document_id>/late/exclude", pages.exclude, name="late_exclude"),
    path("customers/<uuid:customer_id>/late", pages.exempt, name="late_exempt"),
    path("settings/late", settings.rule, name="settings_late"),
    path("settings/late/save", settings.save, name="settings_late_save"),
    path("settings/late/preview", settings.preview, name="settings_late_preview"),
]
