"""Addresses of payments."""

from django.urls import path

from conto.web.payments import collecting, lists, records, refunds

urlpatterns = [
    path("invoices/<uuid:document_id>/collect", collecting.collect, name="invoice_collect"),
    path("customers/<uuid:customer_id>/cards/<uuid:method_id>/remove", collecting.remove_card, name="remove_card"),
    path("payments/", lists.index, name="payments"),
    path("payments/new", records.new, name="payment_new"),
    path("payments/new/share", records.share, name="payment_share"),
    path("payments/<uuid:payment_id>", records.payment, name="payment"),
    path("payments/<uuid:payment_id>/allocate", records.allocate, name="payment_allocate"),
    path("payments/<uuid:payment_id>/receipt", records.receipt, name="payment_receipt"),
    path("payments/<uuid:payment_id>/receipt/send", records.send_receipt, name="payment_receipt_send"),
    path("payments/<uuid:payment_id>/refund", refunds.refund, name="payment_refund"),
    path("payments/<uuid:payment_id>/refund/preview", refunds.preview, name="payment_refund_preview"),
    path("payments/allocations/<uuid:allocation_id>/undo", records.undo_allocation, name="allocation_undo"),
    path("payments/allocations/<uuid:allocation_id>/redo", records.redo_allocation, name="allocation_redo"),
]
