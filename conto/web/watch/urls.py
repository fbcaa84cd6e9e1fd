"""Addresses of the probes and of the health page."""

from django.urls import path

from conto.web.watch import pages, probes

urlpatterns = [
    path("health", probes.health, name="health"),
    path("metrics", probes.metrics, name="metrics"),
    path("settings/health", pages.health, name="settings_health"),
    path("settings/health/slow", pages.slow, name="settings_slow"),
    path("settings/health/slow/forget", pages.forget_slow, name="settings_slow_forget"),
    path("settings/health/verify", pages.verify, name="settings_health_verify"),
    path("settings/health/mend/<str:rule>", pages.mend, name="settings_health_mend"),
    path("settings/health/jobs/<int:job_id>/retry", pages.retry, name="settings_health_retry"),
]
