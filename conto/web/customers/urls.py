"""Addresses of customers."""

from django.urls import path

from conto.web.customers import agreeing, beside, editing, importing, lists, notes, pages

urlpatterns = [
    path("", lists.index, name="customers"),
    path("totals", lists.totals, name="customers_totals"),
    path("export.csv", lists.export, name="customers_export"),
    path("import", importing.page, name="customers_import"),
    path("bulk", lists.bulk, name="customers_bulk"),
    path("unarchive", lists.unarchive, name="customers_unarchive"),
    path("new", editing.new, name="customer_new"),
    path("check", editing.check, name="customer_check"),
    path("alike", editing.alike, name="customer_alike"),
    path("<uuid:customer_id>/", pages.folio_page, name="customer"),
    path("<uuid:customer_id>/documents", pages.documents_page, name="customer_documents"),
    path("<uuid:customer_id>/people", pages.people_page, name="customer_people"),
    path("<uuid:customer_id>/files", pages.files_page, name="customer_files"),
    path("<uuid:customer_id>/offers", pages.offers_card, name="customer_offers"),
    path("<uuid:customer_id>/beside", beside.panel, name="customer_beside"),
    path("<uuid:customer_id>/statement", pages.statement_page, name="customer_statement"),
    path("<uuid:customer_id>/cards/<slug:name>", editing.card, name="customer_card"),
    path("<uuid:customer_id>/own", editing.own, name="customer_own"),
    path("<uuid:customer_id>/people/new", editing.person, name="customer_person_new"),
    path("<uuid:customer_id>/people/<uuid:contact_id>", editing.person, name="customer_person"),
    path("<uuid:customer_id>/people/<uuid:contact_id>/remove", editing.remove_person, name="customer_person_remove"),
    path("<uuid:customer_id>/people/<uuid:contact_id>/back", editing.bring_person_back, name="customer_person_back"),
    path("<uuid:customer_id>/people/<uuid:contact_id>/consents/<slug:purpose>", agreeing.note, name="customer_consent"),
    path("<uuid:customer_id>/numbers/<uuid:number_id>/confirm", editing.confirm_number, name="customer_number_confirm"),
    path("<uuid:customer_id>/tags", editing.tag, name="customer_tag"),
    path("<uuid:customer_id>/bank", editing.bank, name="customer_bank"),
    path("<uuid:customer_id>/notes", notes.write, name="customer_note_new"),
    path("<uuid:customer_id>/calls", notes.call, name="customer_call_new"),
    path("<uuid:customer_id>/notes/<uuid:note_id>", notes.change, name="customer_note"),
    path("<uuid:customer_id>/archive", editing.archive, name="customer_archive"),
    path("<uuid:customer_id>/restore", editing.restore, name="customer_restore"),
    path("<uuid:customer_id>/undo/<uuid:fact_id>", editing.undo, name="customer_undo"),
]
