"""Addresses of the record of what happened."""

from django.urls import path

from conto.web.audit import alerts, pages

urlpatterns = [
    path("settings/alerts", alerts.alerts, name="settings_alerts"),
    path("settings/alerts/notices", alerts.notices, name="settings_alerts_notices"),
    path("settings/alerts/seen", alerts.seen, name="settings_alerts_seen"),
    path("settings/audit", pages.index, name="settings_audit"),
    path("settings/audit/export.<slug:file_format>", pages.export, name="settings_audit_export"),
    path("settings/audit/check", pages.check, name="settings_audit_check"),
]
