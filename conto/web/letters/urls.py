"""Addresses of letters."""

from django.urls import path

from conto.web.letters import mailboxes, pages, templates, writing

urlpatterns = [
    path("letters/", pages.index, name="letters"),
    path("letters/new", writing.new, name="letter_new"),
    path("letters/files/<uuid:file_id>", pages.file, name="letter_file"),
    path("letters/<uuid:thread_id>/", pages.thread, name="thread"),
    path("letters/<uuid:thread_id>/answer", writing.answer, name="letter_answer"),
    path("letters/<uuid:thread_id>/place", pages.assign, name="thread_place"),
    path("settings/mailboxes", mailboxes.index, name="settings_mailboxes"),
    path("settings/mailboxes/new", mailboxes.new, name="settings_mailbox_new"),
    path("settings/mailboxes/<uuid:mailbox_id>", mailboxes.mailbox, name="settings_mailbox"),
    path("settings/mailboxes/<uuid:mailbox_id>/change", mailboxes.change, name="settings_mailbox_change"),
    path("settings/mailboxes/<uuid:mailbox_id>/test", mailboxes.test, name="settings_mailbox_test"),
    path("settings/mailboxes/<uuid:mailbox_id>/active", mailboxes.set_active, name="settings_mailbox_active"),
    path("settings/mailboxes/<uuid:mailbox_id>/again", mailboxes.read_again, name="settings_mailbox_again"),
    path("settings/mailboxes/<uuid:mailbox_id>/settle", mailboxes.settle, name="settings_mailbox_settle"),
    path("settings/mailboxes/<uuid:mailbox_id>/remove", mailboxes.remove, name="settings_mailbox_remove"),
    path("settings/letters", templates.index, name="settings_letters"),
    path("settings/letters/new", templates.edit, name="settings_letter_new"),
    path("settings/letters/<uuid:letter_template_id>", templates.edit, name="settings_letter"),
    path("settings/letters/<uuid:letter_template_id>/archive", templates.archive, name="settings_letter_archive"),
]
