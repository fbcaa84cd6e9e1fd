"""A sample invoice in the look that somebody is choosing, drawn while they choose."""

from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Literal, cast

from conto.apps.accounts.queries import BankAccountDetails, SellerDetails
from conto.apps.catalog import queries as catalog
from conto.domain.document import (
    DocumentLine,
    IssuedDocument,
    Party,
    PaymentInstructions,
    PostalAddress,
    TaxTotal,
    TemplateLook,
    Totals,
    TypeCode,
)
from conto.domain.errors import RuleBroken
from conto.domain.money import minor_digits
from conto.domain.tax import RateClass, rate_for
from conto.flows.set_up_book import known_rates
from conto.gateways.documents import render

_WORDS = {
    "en": ("Meridian Cycles Ltd", "Design of a brochure", "Print, 16 pages", "Photographs"),
    "de": ("Meridian Räder GmbH", "Gestaltung einer Broschüre", "Druck, 16 Seiten", "Fotografien"),
    "fr": ("Cycles Méridien SARL", "Création d’une brochure", "Impression, 16 pages", "Photographies"),
}
_STREETS = {"en": "Harbour Street 7", "de": "Hafenstraße 7", "fr": "7, rue du Port"}


@dataclass(frozen=True, slots=True)
class Look:
    """What can be chosen of the look of a document."""

    accent_color: str
    paper: str = "a4"
    columns: tuple[str, ...] = ()
    texts: dict[str, str] = field(default_factory=dict)
    logo: bytes = b""
    language: str = "en"


def sample_page(
    *, seller: SellerDetails, account: BankAccountDetails | None, look: Look, number: str, on: date
) -> bytes:
    """Return the first page of a sample invoice as PNG.

    Raises: RuleBroken when it cannot be drawn.
    """
    document = sample_document(seller=seller, account=account, look=look, number=number, on=on)
    return render.preview(document, "png", ppi=96)[0]


def sample_document(
    *, seller: SellerDetails, account: BankAccountDetails | None, look: Look, number: str, on: date
) -> IssuedDocument:
    """Return an invoice of three lines to a customer that does not exist."""
    buyer, *names = _WORDS.get(look.language, _WORDS["en"])
    unit = 10 ** minor_digits(seller.currency)
    quantities = (Decimal(12), Decimal(500), Decimal(1))
    prices = (Decimal(95), Decimal("1.80"), Decimal(350))
    taxed = seller.is_tax_registered and not seller.is_small_business
    rate = _standard_rate(seller.country, seller.region, on) if taxed else Decimal(0)
    category = "S" if rate else "E"
    nets = [int(quantity * price * unit) for quantity, price in zip(quantities, prices, strict=True)]
    net = sum(nets)
    tax = int(net * rate / 100)
    return IssuedDocument(
        number=number,
        type_code=TypeCode.INVOICE,
        issued_on=on,
        due_on=on + timedelta(days=seller.terms_days),
        delivery_on=on,
        currency=seller.currency,
        minor_digits=minor_digits(seller.currency),
        language=look.language,
        seller=_party(seller),
        buyer=_buyer(buyer, seller.country, look.language),
        lines=tuple(
            DocumentLine(
                line_id=str(at),
                name=name,
                quantity=quantity,
                unit_price=price,
                net_minor=line_net,
                tax_category=category,
                tax_rate=rate,
            )
            for at, (name, quantity, price, line_net) in enumerate(
                zip(names, quantities, prices, nets, strict=True), start=1
            )
        ),
        tax_totals=(TaxTotal(category=category, rate=rate, taxable_minor=net, tax_minor=tax),),
        totals=Totals(
            lines_net_minor=net,
            allowances_minor=0,
            charges_minor=0,
            net_minor=net,
            tax_minor=tax,
            gross_minor=net + tax,
            prepaid_minor=0,
            rounding_minor=0,
            payable_minor=net + tax,
        ),
        payment=_payment(account, number),
        look=_template(look),
    )


def _standard_rate(country: str, region: str, on: date) -> Decimal:
    """Return the rate a customer next door would be billed with: a foreign one would look like a mistake."""
    rates = catalog.rates_for([country], on) or known_rates(country)  # a book that is being set up has none yet
    try:
        return rate_for(rates, country, region, RateClass.STANDARD, on)
    except RuleBroken:  # no rate is known of the country: a sample needs none
        return Decimal(0)


def _buyer(name: str, country: str, language: str) -> Party:
    street = _STREETS.get(language, _STREETS["en"])
    return Party(name=name, address=PostalAddress(country=country, street=street, postcode="10115", city="Berlin"))


def _party(seller: SellerDetails) -> Party:
    return Party(
        name=seller.name,
        legal_name=seller.legal_name,
        address=PostalAddress(
            country=seller.country,
            street=seller.line1,
            street2=seller.line2,
            postcode=seller.postcode,
            city=seller.city,
            region=seller.region,
        ),
        vat_number=seller.vat_number,
        tax_number=seller.tax_number,
        company_id=seller.company_number,
        website=seller.website,
    )


def _payment(account: BankAccountDetails | None, number: str) -> PaymentInstructions:
    if account is None:
        return PaymentInstructions()
    return PaymentInstructions(
        iban=account.iban, bic=account.bic, account_name=account.holder, bank_name=account.bank_name, reference=number
    )


def _template(look: Look) -> TemplateLook:
    template = TemplateLook(
        logo=look.logo,
        accent=look.accent_color,
        paper=cast("Literal['a4', 'letter']", look.paper),
        intro=look.texts.get("intro", ""),
        closing=look.texts.get("terms", ""),
        footer=look.texts.get("footer", ""),
    )
    return replace(template, columns=look.columns) if look.columns else template
