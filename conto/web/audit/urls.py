"""Addresses of the record of what happened."""

from django.urls import path

from conto.web.audit import pages

urlpatterns = [
    path("settings/audit", pages.index, name="settings_audit"),
    path("settings/audit/export.<slug:file_format>", pages.export, name="settings_audit_export"),
    path("settings/audit/check", pages.check, name="settings_audit_check"),
]
