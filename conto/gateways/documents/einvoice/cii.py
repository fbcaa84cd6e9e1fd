"""Cross Industry Invoice: the syntax that travels inside a Factur-X PDF."""

from lxml.etree import _Element as Element

from conto.domain.document import (
    DayRange,
    DocumentAdjustment,
    DocumentLine,
    IssuedDocument,
    LineAdjustment,
    Party,
    PostalAddress,
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
from conto.gateways.documents.einvoice.writing import Pen, compact_day, xml_bytes

_CII = "urn:un:unece:uncefact:data:standard:"
_pen = Pen(
    {
        "rsm": f"{_CII}CrossIndustryInvoice:100",
        "ram": f"{_CII}ReusableAggregateBusinessInformationEntity:100",
        "udt": f"{_CII}UnqualifiedDataType:100",
        "qdt": f"{_CII}QualifiedDataType:100",
    }
)
_group, _text, _path = _pen.group, _pen.text, _pen.path


def cii_xml(document: IssuedDocument) -> bytes:
    """Write a document as CII of profile EN 16931.

    Raises: RuleBroken for currencies with three decimals.
    Source: EN 16931-3-3.
    """
    refuse_unwritable(document)
    root = _pen.root("rsm:CrossIndustryInvoice")
    context = _group(root, "rsm:ExchangedDocumentContext")
    _path(context, "ram:GuidelineSpecifiedDocumentContextParameter/ram:ID", GUIDELINE)
    head = _group(root, "rsm:ExchangedDocument")
    _text(head, "ram:ID", document.number)
    _text(head, "ram:TypeCode", document.type_code)
    _path(head, "ram:IssueDateTime/udt:DateTimeString", compact_day(document.issued_on), format="102")
    for note in reading.notes(document):
        _path(head, "ram:IncludedNote/ram:Content", note)
    trade = _group(root, "rsm:SupplyChainTradeTransaction")
    for line in document.lines:
        _write_line(trade, line, document)
    _write_agreement(trade, document)
    _write_delivery(trade, document)
    _write_settlement(trade, document)
    return xml_bytes(root)


def _write_line(trade: Element, line: DocumentLine, document: IssuedDocument) -> None:
    digits = document.minor_digits
    price, quantity = shown_price(line)
    item = _group(trade, "ram:IncludedSupplyChainTradeLineItem")
    about = _group(item, "ram:AssociatedDocumentLineDocument")
    _text(about, "ram:LineID", line.line_id)
    _path(about, "ram:IncludedNote/ram:Content", line.note)
    product = _group(item, "ram:SpecifiedTradeProduct")
    _text(product, "ram:SellerAssignedID", line.item_code)
    _text(product, "ram:Name", line.name)
    _text(product, "ram:Description", line.description)
    agreement = _group(item, "ram:SpecifiedLineTradeAgreement")
    _path(agreement, "ram:BuyerOrderReferencedDocument/ram:LineID", line.order_line)
    net_price = _group(agreement, "ram:NetPriceProductTradePrice")
    _text(net_price, "ram:ChargeAmount", number(price))
    if line.base_quantity != 1:
        _text(net_price, "ram:BasisQuantity", number(line.base_quantity), unitCode=line.unit_code)
    _path(item, "ram:SpecifiedLineTradeDelivery/ram:BilledQuantity", number(quantity), unitCode=line.unit_code)
    settlement = _group(item, "ram:SpecifiedLineTradeSettlement")
    tax = _group(settlement, "ram:ApplicableTradeTax")
    _text(tax, "ram:TypeCode", "VAT")
    _text(tax, "ram:CategoryCode", line.tax_category)
    _text(tax, "ram:RateApplicablePercent", scheme_rate(line.tax_category, line.tax_rate))
    _write_period(settlement, line.period)
    for adjustment in line.adjustments:
        _write_adjustment(settlement, adjustment, digits)
    summation = _group(settlement, "ram:SpecifiedTradeSettlementLineMonetarySummation")
    _text(summation, "ram:LineTotalAmount", amount(line.net_minor, digits))


def _write_adjustment(parent: Element, adjustment: LineAdjustment | DocumentAdjustment, digits: int) -> None:
    node = _group(parent, "ram:SpecifiedTradeAllowanceCharge")
    _path(node, "ram:ChargeIndicator/udt:Indicator", "true" if adjustment.is_charge else "false")
    if adjustment.percent is not None and adjustment.base_minor is not None:
        _text(node, "ram:CalculationPercent", number(adjustment.percent))
        _text(node, "ram:BasisAmount", amount(adjustment.base_minor, digits))
    _text(node, "ram:ActualAmount", amount(adjustment.amount_minor, digits))
    _text(node, "ram:ReasonCode", adjustment.reason_code)
    _text(node, "ram:Reason", reading.adjustment_reason(adjustment))
    if isinstance(adjustment, DocumentAdjustment):
        tax = _group(node, "ram:CategoryTradeTax")
        _text(tax, "ram:TypeCode", "VAT")
        _text(tax, "ram:CategoryCode", adjustment.tax_category)
        _text(tax, "ram:RateApplicablePercent", scheme_rate(adjustment.tax_category, adjustment.tax_rate))


def _write_period(parent: Element, period: DayRange | None) -> None:
    if period:
        node = _group(parent, "ram:BillingSpecifiedPeriod")
        _path(node, "ram:StartDateTime/udt:DateTimeString", compact_day(period.first_on), format="102")
        _path(node, "ram:EndDateTime/udt:DateTimeString", compact_day(period.last_on), format="102")


def _write_agreement(trade: Element, document: IssuedDocument) -> None:
    node = _group(trade, "ram:ApplicableHeaderTradeAgreement")
    _text(node, "ram:BuyerReference", document.buyer_reference)
    _write_party(node, "ram:SellerTradeParty", reading.seller(document))
    _write_party(node, "ram:BuyerTradeParty", reading.buyer(document))
    _path(node, "ram:SellerOrderReferencedDocument/ram:IssuerAssignedID", document.sales_order_reference)
    _path(node, "ram:BuyerOrderReferencedDocument/ram:IssuerAssignedID", document.order_reference)
    _path(node, "ram:ContractReferencedDocument/ram:IssuerAssignedID", document.contract_reference)
    if document.project_reference:
        project = _group(node, "ram:SpecifiedProcuringProject")
        _text(project, "ram:ID", document.project_reference)
        _text(project, "ram:Name", document.project_reference)


def _write_party(parent: Element, name: str, party: Party) -> None:
    node = _group(parent, name)
    _text(node, "ram:ID", party.party_id)
    _text(node, "ram:Name", party.legal_name or party.name)
    _text(node, "ram:Description", party.legal_info if name == "ram:SellerTradeParty" else "")
    trading = party.name if party.legal_name and party.name != party.legal_name else ""
    if party.company_id or trading:
        organization = _group(node, "ram:SpecifiedLegalOrganization")
        scheme = {"schemeID": party.company_id_scheme} if party.company_id_scheme else {}
        _text(organization, "ram:ID", party.company_id, **scheme)
        _text(organization, "ram:TradingBusinessName", trading)
    contact = party.contact
    if contact and (contact.name or contact.phone or contact.email):
        about = _group(node, "ram:DefinedTradeContact")
        _text(about, "ram:PersonName", contact.name)
        _path(about, "ram:TelephoneUniversalCommunication/ram:CompleteNumber", contact.phone)
        _path(about, "ram:EmailURIUniversalCommunication/ram:URIID", contact.email)
    _write_address(node, party.address)
    if party.electronic_address:
        address, scheme_id = party.electronic_address, party.electronic_scheme or "EM"
        _path(node, "ram:URIUniversalCommunication/ram:URIID", address, schemeID=scheme_id)
    _path(node, "ram:SpecifiedTaxRegistration/ram:ID", party.vat_number, schemeID="VA")
    if name == "ram:SellerTradeParty":
        _path(node, "ram:SpecifiedTaxRegistration/ram:ID", party.tax_number, schemeID="FC")


def _write_address(parent: Element, address: PostalAddress) -> None:
    node = _group(parent, "ram:PostalTradeAddress")
    _text(node, "ram:PostcodeCode", address.postcode)
    _text(node, "ram:LineOne", address.street)
    _text(node, "ram:LineTwo", address.street2)
    _text(node, "ram:LineThree", address.street3)
    _text(node, "ram:CityName", address.city)
    _text(node, "ram:CountryID", address.country)
    _text(node, "ram:CountrySubDivisionName", address.region)


def _write_delivery(trade: Element, document: IssuedDocument) -> None:
    node = _group(trade, "ram:ApplicableHeaderTradeDelivery")
    place = reading.place_of_delivery(document)
    if place and place.address:
        ship_to = _group(node, "ram:ShipToTradeParty")
        _text(ship_to, "ram:Name", place.name)
        _write_address(ship_to, place.address)
    day = compact_day(document.delivery_on)
    _path(node, "ram:ActualDeliverySupplyChainEvent/ram:OccurrenceDateTime/udt:DateTimeString", day, format="102")


def _write_settlement(trade: Element, document: IssuedDocument) -> None:
    digits = document.minor_digits
    payment = document.payment
    node = _group(trade, "ram:ApplicableHeaderTradeSettlement")
    _text(node, "ram:CreditorReferenceID", payment.creditor_id if payment.mandate_reference else "")
    _text(node, "ram:PaymentReference", payment.reference)
    if document.tax_in_tax_currency_minor is not None:
        _text(node, "ram:TaxCurrencyCode", document.tax_currency)
    _text(node, "ram:InvoiceCurrencyCode", document.currency)
    _write_means(node, document)
    for group in document.tax_totals:
        tax = _group(node, "ram:ApplicableTradeTax")
        _text(tax, "ram:CalculatedAmount", amount(group.tax_minor, digits))
        _text(tax, "ram:TypeCode", "VAT")
        reason, code = reading.exemption(document, group)
        _text(tax, "ram:ExemptionReason", reason)
        _text(tax, "ram:BasisAmount", amount(group.taxable_minor, digits))
        _text(tax, "ram:CategoryCode", group.category)
        _text(tax, "ram:ExemptionReasonCode", code)
        _path(tax, "ram:TaxPointDate/udt:DateString", compact_day(document.tax_point_on), format="102")
        _text(tax, "ram:RateApplicablePercent", scheme_rate(group.category, group.rate))
    _write_period(node, document.period)
    for adjustment in document.adjustments:
        _write_adjustment(node, adjustment, digits)
    _write_terms(node, document)
    _write_totals(node, document)
    for preceding in reading.preceding(document):
        reference = _group(node, "ram:InvoiceReferencedDocument")
        _text(reference, "ram:IssuerAssignedID", preceding.number)
        day = compact_day(preceding.issued_on)
        _path(reference, "ram:FormattedIssueDateTime/qdt:DateTimeString", day, format="102")


def _write_means(settlement: Element, document: IssuedDocument) -> None:
    payment = document.payment
    if document.is_credit_note and not payment.iban:
        return
    node = _group(settlement, "ram:SpecifiedTradeSettlementPaymentMeans")
    _text(node, "ram:TypeCode", means_code(payment, document.currency))
    if payment.mandate_reference:
        _path(node, "ram:PayerPartyDebtorFinancialAccount/ram:IBANID", payment.debited_iban)
    elif payment.iban:
        account = _group(node, "ram:PayeePartyCreditorFinancialAccount")
        _text(account, "ram:IBANID", payment.iban.replace(" ", ""))
        _text(account, "ram:AccountName", payment.account_name)
        _path(node, "ram:PayeeSpecifiedCreditorFinancialInstitution/ram:BICID", payment.bic)


def _write_terms(settlement: Element, document: IssuedDocument) -> None:
    due_on = reading.due_on(document)
    mandate = document.payment.mandate_reference
    if document.payment_terms or due_on or mandate:
        node = _group(settlement, "ram:SpecifiedTradePaymentTerms")
        _text(node, "ram:Description", document.payment_terms)
        _path(node, "ram:DueDateDateTime/udt:DateTimeString", compact_day(due_on), format="102")
        _text(node, "ram:DirectDebitMandateID", mandate)


def _write_totals(settlement: Element, document: IssuedDocument) -> None:
    digits, totals = document.minor_digits, document.totals
    node = _group(settlement, "ram:SpecifiedTradeSettlementHeaderMonetarySummation")
    _text(node, "ram:LineTotalAmount", amount(totals.lines_net_minor, digits))
    if totals.charges_minor:
        _text(node, "ram:ChargeTotalAmount", amount(totals.charges_minor, digits))
    if totals.allowances_minor:
        _text(node, "ram:AllowanceTotalAmount", amount(totals.allowances_minor, digits))
    _text(node, "ram:TaxBasisTotalAmount", amount(totals.net_minor, digits))
    _text(node, "ram:TaxTotalAmount", amount(totals.tax_minor, digits), currencyID=document.currency)
    if document.tax_in_tax_currency_minor is not None:
        tax = amount(document.tax_in_tax_currency_minor, document.tax_currency_digits)
        _text(node, "ram:TaxTotalAmount", tax, currencyID=document.tax_currency)
    if totals.rounding_minor:
        _text(node, "ram:RoundingAmount", amount(totals.rounding_minor, digits))
    _text(node, "ram:GrandTotalAmount", amount(totals.gross_minor, digits))
    if totals.prepaid_minor:
        _text(node, "ram:TotalPrepaidAmount", amount(totals.prepaid_minor, digits))
    _text(node, "ram:DuePayableAmount", amount(totals.payable_minor, digits))
