"""Addresses of the settings."""

from django.urls import path

from conto.web.settings.pages import backups, business, documents, mail, members, overview, records, webhooks

urlpatterns = [
    path("settings/", overview.overview, name="settings"),
    path("settings/business", business.business, name="settings_business"),
    path("settings/entities/new", business.entity, name="settings_entity_new"),
    path("settings/entities/<uuid:entity_id>", business.entity, name="settings_entity"),
    path("settings/entities/<uuid:entity_id>/accounts/new", business.bank_account, name="settings_account_new"),
    path(
        "settings/entities/<uuid:entity_id>/accounts/<uuid:account_id>", business.bank_account, name="settings_account"
    ),
    path(
        "settings/entities/<uuid:entity_id>/accounts/<uuid:account_id>/remove",
        business.remove_bank_account,
        name="settings_account_remove",
    ),
    path("settings/entities/<uuid:entity_id>/logo", documents.logo, name="settings_logo"),
    path("settings/entities/<uuid:entity_id>/logo.png", documents.logo_picture, name="settings_logo_picture"),
    path("settings/numbers", documents.numbers, name="settings_numbers"),
    path("settings/numbers/<uuid:entity_id>/<slug:kind>/new", documents.one_series, name="settings_series_new"),
    path(
        "settings/numbers/<uuid:entity_id>/<slug:kind>/<uuid:series_id>", documents.one_series, name="settings_series"
    ),
    path("settings/templates", documents.templates, name="settings_templates"),
    path("settings/templates/<uuid:entity_id>/new", documents.template, name="settings_template_new"),
    path("settings/templates/<uuid:entity_id>/<uuid:template_id>", documents.template, name="settings_template"),
    path("settings/templates/<uuid:entity_id>/preview", documents.preview_frame, name="settings_preview_frame"),
    path("settings/templates/<uuid:entity_id>/preview.png", documents.template_preview, name="settings_preview"),
    path("settings/mail", mail.mail, name="settings_mail"),
    path("settings/mail/save", mail.save, name="settings_mail_save"),
    path("settings/mail/test", mail.test, name="settings_mail_test"),
    path("settings/mail/remove", mail.remove, name="settings_mail_remove"),
    path("settings/members", members.members, name="settings_members"),
    path("settings/members/new", members.add, name="settings_member_new"),
    path("settings/members/<uuid:member_id>", members.member, name="settings_member"),
    path("settings/members/<uuid:member_id>/active", members.set_active, name="settings_member_active"),
    path("settings/members/<uuid:member_id>/password", members.new_password, name="settings_member_password"),
    path("settings/roles", members.roles, name="settings_roles"),
    path("settings/webhooks", webhooks.endpoints, name="settings_webhooks"),
    path("settings/webhooks/new", webhooks.add, name="settings_webhook_new"),
    path("settings/webhooks/events", webhooks.events, name="settings_webhook_events"),
    path("settings/webhooks/<uuid:endpoint_id>", webhooks.endpoint, name="settings_webhook"),
    path("settings/webhooks/<uuid:endpoint_id>/change", webhooks.change, name="settings_webhook_change"),
    path("settings/webhooks/<uuid:endpoint_id>/rotate", webhooks.rotate, name="settings_webhook_rotate"),
    path("settings/webhooks/<uuid:endpoint_id>/enabled", webhooks.set_enabled, name="settings_webhook_enabled"),
    path("settings/webhooks/<uuid:endpoint_id>/remove", webhooks.remove, name="settings_webhook_remove"),
    path("settings/webhooks/<uuid:endpoint_id>/test", webhooks.test, name="settings_webhook_test"),
    path("settings/webhooks/<uuid:endpoint_id>/replay", webhooks.replay_failed, name="settings_webhook_replay"),
    path("settings/webhooks/deliveries/<uuid:delivery_id>", webhooks.delivery, name="settings_webhook_delivery"),
    path("settings/webhooks/deliveries/<uuid:delivery_id>/replay", webhooks.replay, name="settings_delivery_replay"),
    path("settings/tax", records.tax, name="settings_tax"),
    path("settings/backups", backups.backups, name="settings_backups"),
    path("settings/backups/now", backups.back_up_now, name="settings_backup_now"),
    path("settings/backups/rehearse", backups.rehearse, name="settings_backup_rehearse"),
    path("settings/backups/plan", backups.plan, name="settings_backup_plan"),
    path("settings/backups/key", backups.key, name="settings_backup_key"),
    path("settings/backups/places/new/<slug:kind>", backups.new_place, name="settings_place_new"),
    path("settings/backups/places/<uuid:place_id>", backups.place, name="settings_place"),
    path("settings/backups/places/<uuid:place_id>/try", backups.try_place, name="settings_place_try"),
    path("settings/backups/places/<uuid:place_id>/remove", backups.remove_place, name="settings_place_remove"),
    path("settings/backups/<uuid:backup_id>/download", backups.download, name="settings_backup_download"),
    path("settings/about", records.about, name="settings_about"),
]
