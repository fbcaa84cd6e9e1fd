"""Universal Business Language 2.1, invoice and credit note: the syntax that is sent on its own."""

from lxml.etree import _Element as Element

from conto.domain.document import (
    DayRange,
    DocumentAdjustment,
    DocumentLine,
    IssuedDocument,
    LineAdjustment,
    Party,
    PostalAddress,
    TaxTotal,
)
from conto.gateways.documents.einvoice import reading
from conto.gateways.documents.einvoice.wording import (
    GUIDELINE,
    amount,
    means_code,
    number,
    refuse_unwritable,
    scheme_rate,
    shown_price,
)
from conto.gateways.documents.einvoice.writing import Pen, iso_day, xml_bytes

_UBL = "urn:oasis:names:specification:ubl:schema:xsd:"
_COMMON = {"cac": f"{_UBL}CommonAggregateComponents-2", "cbc": f"{_UBL}CommonBasicComponents-2"}
_invoice_pen = Pen({"doc": f"{_UBL}Invoice-2", **_COMMON})
_credit_pen = Pen({"doc": f"{_UBL}CreditNote-2", **_COMMON})
_group, _text, _path = _invoice_pen.group, _invoice_pen.text, _invoice_pen.path
_PROJECT_DOCUMENT = "50"  # UNTDID 1001: how a credit note refers to a project (BT-11)


def ubl_xml(document: IssuedDocument) -> bytes:
    """Write a document as UBL Invoice or CreditNote.

    Raises: RuleBroken for currencies with three decimals.
    Source: EN 16931-3-2.
    """
    refuse_unwritable(document)
    credit = document.is_credit_note
    root = _credit_pen.root("doc:CreditNote", "doc") if credit else _invoice_pen.root("doc:Invoice", "doc")
    _write_head(root, document)
    _write_references(root, document)
    _write_party(_group(root, "cac:AccountingSupplierParty"), reading.seller(document), is_seller=True)
    _write_party(_group(root, "cac:AccountingCustomerParty"), reading.buyer(document), is_seller=False)
    _write_delivery(root, document)
    _write_payment(root, document)
    for adjustment in document.adjustments:
        _write_adjustment(root, adjustment, document)
    _write_tax(root, document)
    _write_totals(root, document)
    for line in document.lines:
        _write_line(root, line, document)
    return xml_bytes(root)


def _write_head(root: Element, document: IssuedDocument) -> None:
    credit = document.is_credit_note
    _text(root, "cbc:CustomizationID", GUIDELINE)
    _text(root, "cbc:ID", document.number)
    _text(root, "cbc:IssueDate", iso_day(document.issued_on))
    if credit:
        _text(root, "cbc:TaxPointDate", iso_day(document.tax_point_on))
        _text(root, "cbc:CreditNoteTypeCode", document.type_code)
    else:
        _text(root, "cbc:DueDate", iso_day(reading.due_on(document)))
        _text(root, "cbc:InvoiceTypeCode", document.type_code)
    for note in reading.notes(document):
        _text(root, "cbc:Note", note)
    if not credit:
        _text(root, "cbc:TaxPointDate", iso_day(document.tax_point_on))
    _text(root, "cbc:DocumentCurrencyCode", document.currency)
    if document.tax_in_tax_currency_minor is not None:
        _text(root, "cbc:TaxCurrencyCode", document.tax_currency)
    _text(root, "cbc:BuyerReference", document.buyer_reference)
    _write_period(root, document.period)


def _write_references(root: Element, document: IssuedDocument) -> None:
    if document.order_reference or document.sales_order_reference:
        order = _group(root, "cac:OrderReference")
        # UBL wants an order number beside a sales order number; NA is what the Peppol guide writes there.
        _text(order, "cbc:ID", document.order_reference or "NA")
        _text(order, "cbc:SalesOrderID", document.sales_order_reference)
    for preceding in reading.preceding(document):
        reference = _group(_group(root, "cac:BillingReference"), "cac:InvoiceDocumentReference")
        _text(reference, "cbc:ID", preceding.number)
        _text(reference, "cbc:IssueDate", iso_day(preceding.issued_on))
    _path(root, "cac:ContractDocumentReference/cbc:ID", document.contract_reference)
    if document.project_reference and document.is_credit_note:
        project = _group(root, "cac:AdditionalDocumentReference")
        _text(project, "cbc:ID", document.project_reference)
        _text(project, "cbc:DocumentTypeCode", _PROJECT_DOCUMENT)
    elif document.project_reference:
        _path(root, "cac:ProjectReference/cbc:ID", document.project_reference)


def _write_party(parent: Element, party: Party, *, is_seller: bool) -> None:
    node = _group(parent, "cac:Party")
    if party.electronic_address:
        _text(node, "cbc:EndpointID", party.electronic_address, schemeID=party.electronic_scheme or "EM")
    _path(node, "cac:PartyIdentification/cbc:ID", party.party_id)
    if party.legal_name and party.legal_name != party.name:
        _path(node, "cac:PartyName/cbc:Name", party.name)
    _write_address(node, "cac:PostalAddress", party.address)
    if party.vat_number:
        _write_tax_scheme(node, party.vat_number, "VAT")
    if party.tax_number and is_seller:
        _write_tax_scheme(node, party.tax_number, "TAX")
    legal = _group(node, "cac:PartyLegalEntity")
    _text(legal, "cbc:RegistrationName", party.legal_name or party.name)
    scheme = {"schemeID": party.company_id_scheme} if party.company_id_scheme else {}
    _text(legal, "cbc:CompanyID", party.company_id, **scheme)
    if is_seller:
        _text(legal, "cbc:CompanyLegalForm", party.legal_info)
    contact = party.contact
    if contact and (contact.name or contact.phone or contact.email):
        about = _group(node, "cac:Contact")
        _text(about, "cbc:Name", contact.name)
        _text(about, "cbc:Telephone", contact.phone)
        _text(about, "cbc:ElectronicMail", contact.email)


def _write_tax_scheme(party: Element, identifier: str, scheme: str) -> None:
    node = _group(party, "cac:PartyTaxScheme")
    _text(node, "cbc:CompanyID", identifier)
    _path(node, "cac:TaxScheme/cbc:ID", scheme)


def _write_address(parent: Element, name: str, address: PostalAddress) -> None:
    node = _group(parent, name)
    _text(node, "cbc:StreetName", address.street)
    _text(node, "cbc:AdditionalStreetName", address.street2)
    _text(node, "cbc:CityName", address.city)
    _text(node, "cbc:PostalZone", address.postcode)
    _text(node, "cbc:CountrySubentity", address.region)
    _path(node, "cac:AddressLine/cbc:Line", address.street3)
    _path(node, "cac:Country/cbc:IdentificationCode", address.country)


def _write_delivery(root: Element, document: IssuedDocument) -> None:
    place = reading.place_of_delivery(document)
    if not document.delivery_on and not place:
        return
    node = _group(root, "cac:Delivery")
    _text(node, "cbc:ActualDeliveryDate", iso_day(document.delivery_on))
    if place and place.address:
        _write_address(_group(node, "cac:DeliveryLocation"), "cac:Address", place.address)
        _path(node, "cac:DeliveryParty/cac:PartyName/cbc:Name", place.name)


def _write_payment(root: Element, document: IssuedDocument) -> None:
    payment = document.payment
    if payment.iban or not document.is_credit_note:
        node = _group(root, "cac:PaymentMeans")
        _text(node, "cbc:PaymentMeansCode", means_code(payment, document.currency))
        if document.is_credit_note:
            _text(node, "cbc:PaymentDueDate", iso_day(reading.due_on(document)))
        _text(node, "cbc:PaymentID", payment.reference)
        if payment.mandate_reference:
            mandate = _group(node, "cac:PaymentMandate")
            _text(mandate, "cbc:ID", payment.mandate_reference)
            _path(mandate, "cac:PayerFinancialAccount/cbc:ID", payment.debited_iban)
        elif payment.iban:
            account = _group(node, "cac:PayeeFinancialAccount")
            _text(account, "cbc:ID", payment.iban.replace(" ", ""))
            _text(account, "cbc:Name", payment.account_name)
            _path(account, "cac:FinancialInstitutionBranch/cbc:ID", payment.bic)
    terms = document.payment_terms
    due_on = reading.due_on(document)
    if not terms and document.is_credit_note and due_on and not payment.iban:
        terms = iso_day(due_on)  # a credit note has no due date of its own in UBL; BR-CO-25 wants one of the two
    _path(root, "cac:PaymentTerms/cbc:Note", terms)


def _write_adjustment(
    parent: Element, adjustment: LineAdjustment | DocumentAdjustment, document: IssuedDocument
) -> None:
    digits, currency = document.minor_digits, document.currency
    node = _group(parent, "cac:AllowanceCharge")
    _text(node, "cbc:ChargeIndicator", "true" if adjustment.is_charge else "false")
    _text(node, "cbc:AllowanceChargeReasonCode", adjustment.reason_code)
    _text(node, "cbc:AllowanceChargeReason", reading.adjustment_reason(adjustment))
    has_percent = adjustment.percent is not None and adjustment.base_minor is not None
    if has_percent and adjustment.percent is not None:
        _text(node, "cbc:MultiplierFactorNumeric", number(adjustment.percent))
    _text(node, "cbc:Amount", amount(adjustment.amount_minor, digits), currencyID=currency)
    if has_percent and adjustment.base_minor is not None:
        _text(node, "cbc:BaseAmount", amount(adjustment.base_minor, digits), currencyID=currency)
    if isinstance(adjustment, DocumentAdjustment):
        tax = _group(node, "cac:TaxCategory")
        _text(tax, "cbc:ID", adjustment.tax_category)
        _text(tax, "cbc:Percent", scheme_rate(adjustment.tax_category, adjustment.tax_rate))
        _path(tax, "cac:TaxScheme/cbc:ID", "VAT")


def _write_tax(root: Element, document: IssuedDocument) -> None:
    digits, currency = document.minor_digits, document.currency
    node = _group(root, "cac:TaxTotal")
    _text(node, "cbc:TaxAmount", amount(document.totals.tax_minor, digits), currencyID=currency)
    for group in document.tax_totals:
        subtotal = _group(node, "cac:TaxSubtotal")
        _text(subtotal, "cbc:TaxableAmount", amount(group.taxable_minor, digits), currencyID=currency)
        _text(subtotal, "cbc:TaxAmount", amount(group.tax_minor, digits), currencyID=currency)
        _write_tax_category(subtotal, group, document)
    if document.tax_in_tax_currency_minor is not None:
        tax = amount(document.tax_in_tax_currency_minor, document.tax_currency_digits)
        _path(root, "cac:TaxTotal/cbc:TaxAmount", tax, currencyID=document.tax_currency)


def _write_tax_category(subtotal: Element, group: TaxTotal, document: IssuedDocument) -> None:
    category = _group(subtotal, "cac:TaxCategory")
    _text(category, "cbc:ID", group.category)
    _text(category, "cbc:Percent", scheme_rate(group.category, group.rate))
    reason, code = reading.exemption(document, group)
    _text(category, "cbc:TaxExemptionReasonCode", code)
    _text(category, "cbc:TaxExemptionReason", reason)
    _path(category, "cac:TaxScheme/cbc:ID", "VAT")


def _write_totals(root: Element, document: IssuedDocument) -> None:
    digits, totals = document.minor_digits, document.totals
    node = _group(root, "cac:LegalMonetaryTotal")
    written = (
        ("cbc:LineExtensionAmount", totals.lines_net_minor, True),
        ("cbc:TaxExclusiveAmount", totals.net_minor, True),
        ("cbc:TaxInclusiveAmount", totals.gross_minor, True),
        ("cbc:AllowanceTotalAmount", totals.allowances_minor, False),
        ("cbc:ChargeTotalAmount", totals.charges_minor, False),
        ("cbc:PrepaidAmount", totals.prepaid_minor, False),
        ("cbc:PayableRoundingAmount", totals.rounding_minor, False),
        ("cbc:PayableAmount", totals.payable_minor, True),
    )
    for name, minor, always in written:
        if minor or always:
            _text(node, name, amount(minor, digits), currencyID=document.currency)


def _write_line(root: Element, line: DocumentLine, document: IssuedDocument) -> None:
    digits, currency = document.minor_digits, document.currency
    price, quantity = shown_price(line)
    credit = document.is_credit_note
    node = _group(root, "cac:CreditNoteLine" if credit else "cac:InvoiceLine")
    _text(node, "cbc:ID", line.line_id)
    _text(node, "cbc:Note", line.note)
    counted = "cbc:CreditedQuantity" if credit else "cbc:InvoicedQuantity"
    _text(node, counted, number(quantity), unitCode=line.unit_code)
    _text(node, "cbc:LineExtensionAmount", amount(line.net_minor, digits), currencyID=currency)
    _write_period(node, line.period)
    _path(node, "cac:OrderLineReference/cbc:LineID", line.order_line)
    for adjustment in line.adjustments:
        _write_adjustment(node, adjustment, document)
    item = _group(node, "cac:Item")
    _text(item, "cbc:Description", line.description)
    _text(item, "cbc:Name", line.name)
    _path(item, "cac:SellersItemIdentification/cbc:ID", line.item_code)
    tax = _group(item, "cac:ClassifiedTaxCategory")
    _text(tax, "cbc:ID", line.tax_category)
    _text(tax, "cbc:Percent", scheme_rate(line.tax_category, line.tax_rate))
    _path(tax, "cac:TaxScheme/cbc:ID", "VAT")
    net_price = _group(node, "cac:Price")
    _text(net_price, "cbc:PriceAmount", number(price), currencyID=currency)
    if line.base_quantity != 1:
        _text(net_price, "cbc:BaseQuantity", number(line.base_quantity), unitCode=line.unit_code)


def _write_period(parent: Element, period: DayRange | None) -> None:
    if period:
        node = _group(parent, "cac:InvoicePeriod")
        _text(node, "cbc:StartDate", iso_day(period.first_on))
        _text(node, "cbc:EndDate", iso_day(period.last_on))
