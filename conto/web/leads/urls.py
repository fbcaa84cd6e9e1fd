"""Addresses of leads."""

from django.urls import path

from conto.web.leads import acts, converting, editing, importing, lists, records, settings

urlpatterns = [
    path("leads/", lists.index, name="leads"),
    path("leads/new", editing.new, name="lead_new"),
    path("leads/export.csv", lists.export, name="leads_export"),
    path("leads/import", importing.page, name="leads_import"),
    path("leads/alike", editing.alike, name="lead_alike"),
    path("leads/<uuid:lead_id>/", records.record, name="lead"),
    path("leads/<uuid:lead_id>/edit", editing.edit, name="lead_edit"),
    path("leads/<uuid:lead_id>/own", editing.own, name="lead_own"),
    path("leads/<uuid:lead_id>/state", acts.state, name="lead_state"),
    path("leads/<uuid:lead_id>/owner", acts.hand_over, name="lead_hand_over"),
    path("leads/<uuid:lead_id>/step", acts.step, name="lead_step"),
    path("leads/<uuid:lead_id>/notes", acts.note, name="lead_note"),
    path("leads/<uuid:lead_id>/discard", acts.discard, name="lead_discard"),
    path("leads/<uuid:lead_id>/reopen", acts.reopen, name="lead_reopen"),
    path("leads/<uuid:lead_id>/convert", converting.convert, name="lead_convert"),
    path("settings/lead-forms", settings.index, name="settings_lead_forms"),
    path("settings/lead-forms/new", settings.new, name="settings_lead_form_new"),
    path("settings/lead-forms/<uuid:form_id>", settings.change, name="settings_lead_form"),
    path("settings/lead-routing", settings.routing, name="settings_lead_routing"),
]
