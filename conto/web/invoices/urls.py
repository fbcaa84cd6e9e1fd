"""Addresses of invoices."""

from django.urls import path

from conto.web.invoices import batches, corrections, drafting, files, lists, pages, pro_forma, rhythm

urlpatterns = [
    path("invoices/", lists.invoice_list, name="invoices"),
    path("invoices/export.csv", lists.export, name="invoices_export"),
    path("invoices/bulk", lists.bulk, name="invoices_bulk"),
    path("invoices/rhythm", rhythm.rhythm_list, name="invoice_rhythm"),
    path("invoices/batches/start", batches.start, name="issue_batch_start"),
    path("invoices/batches/<uuid:batch_id>", batches.show, name="issue_batch"),
    path("invoices/new", drafting.new, name="invoice_new"),
    path("invoices/<uuid:document_id>", pages.show, name="invoice"),
    path("invoices/<uuid:subject_id>/own", pages.own, name="invoice_own"),
    path("invoices/<uuid:draft_id>/edit", drafting.edit, name="draft_edit"),
    path("invoices/<uuid:draft_id>/items", drafting.items, name="draft_items"),
    path("invoices/<uuid:draft_id>/totals", drafting.totals, name="draft_totals"),
    path("invoices/<uuid:draft_id>/discard", drafting.discard, name="draft_discard"),
    path("invoices/<uuid:draft_id>/stop", drafting.stop, name="draft_stop"),
    path("invoices/<uuid:draft_id>/issue", drafting.issue, name="draft_issue"),
    path("invoices/<uuid:draft_id>/preview.pdf", files.preview_pdf, name="draft_preview"),
    path("invoices/<uuid:draft_id>/pro-forma.pdf", pro_forma.paper, name="draft_pro_forma"),
    path("invoices/<uuid:draft_id>/pro-forma", pro_forma.send, name="draft_send_pro_forma"),
    path("invoices/<uuid:document_id>/send", pages.send, name="invoice_send"),
    path("invoices/<uuid:document_id>/link", pages.share, name="invoice_share"),
    path("invoices/<uuid:document_id>/copy", corrections.copy, name="invoice_copy"),
    path("invoices/<uuid:document_id>/credit", corrections.credit, name="invoice_credit"),
    path("invoices/<uuid:document_id>/write-off", corrections.write_off, name="invoice_write_off"),
    path("invoices/<uuid:document_id>/deposit", corrections.deposit, name="draft_deposit"),
    path("invoices/<uuid:document_id>/final", corrections.final, name="invoice_final"),
    path("invoices/<uuid:document_id>/files/<str:kind>", files.download, name="invoice_file"),
    path("invoices/<uuid:subject_id>/attachments/", files.attach, name="attachments"),
    path("invoices/<uuid:subject_id>/attachments/<uuid:attachment_id>", files.attachment, name="attachment"),
    path("invoices/<uuid:subject_id>/attachments/<uuid:attachment_id>/remove", files.detach, name="attachment_remove"),
]
