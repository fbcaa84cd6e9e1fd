"""The decision table of tax (T-1): from seller, buyer, kind of supply, place and date to one treatment."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from conto.domain.tax.model import (
    CANARY_ISLANDS,
    CEUTA_AND_MELILLA,
    EU_COUNTRIES,
    NORTHERN_IRELAND,
    TAXED_AS,
    ZERO,
    BuyerTax,
    Exemption,
    Rate,
    RateClass,
    SellerTax,
    SupplyKind,
    TaxCategory,
    TaxTreatment,
)
from conto.domain.tax.rates import combined, rate_for

# What paper prints; translated by the entrances. The codes are the VATEX list of the European Commission.
REVERSE_CHARGE = ("VATEX-EU-AE", "Reverse charge")
INTRA_COMMUNITY = ("VATEX-EU-IC", "Intra-Community supply")
EXPORT = ("VATEX-EU-G", "Export outside the EU")
OUTSIDE_SCOPE = ("VATEX-EU-O", "Not subject to VAT")
EXEMPT_REASON = "Exempt from VAT"
# In the words of the national law, which wants them so; countries without an entry get the English sentence.
SMALL_BUSINESS_REASONS: dict[str, tuple[str | None, str]] = {
    "DE": (None, "Steuerfreier Umsatz für Kleinunternehmer gemäß § 19 UStG"),
    "AT": (None, "Umsatzsteuerfrei aufgrund der Kleinunternehmerregelung (§ 6 Abs. 1 Z 27 UStG)"),
    "FR": ("VATEX-FR-FRANCHISE", "TVA non applicable, art. 293 B du CGI"),
    "BE": (None, "Petite entreprise soumise au régime de la franchise de taxe – TVA non applicable"),
    "LU": (None, "TVA non applicable, art. 57 de la loi TVA"),
    "NL": (None, "Factuur vrijgesteld van omzetbelasting op grond van artikel 25 Wet op de omzetbelasting 1968"),
    "IT": (None, "Operazione effettuata ai sensi dell'art. 1, commi da 54 a 89, legge n. 190/2014"),
}
SMALL_BUSINESS_REASON = "Exempt under the scheme for small businesses"


def reason_texts() -> tuple[str, ...]:
    """List the English reasons that the entrances translate."""
    return (
        *(reason for _, reason in (REVERSE_CHARGE, INTRA_COMMUNITY, EXPORT, OUTSIDE_SCOPE)),
        EXEMPT_REASON,
        SMALL_BUSINESS_REASON,
        *_REASONS_ABROAD,
    )


_ZERO_RATED_EXPORT = "Zero-rated export"
_NO_NEXUS = "No sales tax is collected in this state"
_CERTIFICATE = "Exempt under the buyer's certificate"
_REASONS_ABROAD = (_ZERO_RATED_EXPORT, _NO_NEXUS, _CERTIFICATE)


@dataclass(frozen=True, slots=True)
class _Case:
    """One supply to be decided."""

    seller: SellerTax
    buyer: BuyerTax
    supply: SupplyKind
    rate_class: RateClass
    rates: tuple[Rate, ...]
    on: date
    exemption: Exemption | None
    from_country: str
    to_country: str


def decide(
    seller: SellerTax,
    buyer: BuyerTax,
    supply: SupplyKind,
    rate_class: RateClass,
    rates: Iterable[Rate],
    on: date,
    *,
    exemption: Exemption | None = None,
    is_reverse_charged: bool = False,
) -> TaxTreatment:
    """Decide which tax a supply bears on a day, and say by which row of the table.

    `is_reverse_charged` marks supplies for which a domestic business buyer owes the tax (construction, scrap, …).

    Raises: RuleBroken `tax.no_rate` when the place has no rate of that class on that day.
    Source: T-1.
    """
    case = _Case(
        seller,
        buyer,
        supply,
        rate_class,
        tuple(rates),
        on,
        exemption,
        TAXED_AS.get(seller.country, seller.country),
        TAXED_AS.get(buyer.country, buyer.country),
    )
    if case.from_country == "US":
        return _from_us(case)
    special = _special_seller_or_item(case)
    if special is not None:
        return special
    if not _is_domestic(case):
        return _within_eu(case) if _within_union(case) else _abroad(case)
    if is_reverse_charged and buyer.is_business:
        return _free(case, TaxCategory.AE, *REVERSE_CHARGE, rule="T-1.5")
    return _taxed(case, case.from_country, seller.region, "T-1.4")


def _special_seller_or_item(case: _Case) -> TaxTreatment | None:
    if case.seller.is_small_business:
        return _from_small_business(case)
    if not case.seller.is_registered:
        return _free(case, TaxCategory.O, *OUTSIDE_SCOPE, rule="T-1.1")
    return _exempt(case) if case.rate_class is RateClass.EXEMPT else None


def _is_domestic(case: _Case) -> bool:
    if case.from_country != case.to_country:
        return False
    special = {CANARY_ISLANDS, CEUTA_AND_MELILLA}
    here, there = case.seller.region, case.buyer.region
    return here == there or not special & {here, there}


def _within_union(case: _Case) -> bool:
    """Tell whether both places follow the EU's rules (for goods Northern Ireland too)."""
    goods = case.supply is SupplyKind.GOODS
    return _follows_eu(case.from_country, case.seller.region, goods=goods) and _follows_eu(
        case.to_country, case.buyer.region, goods=goods
    )


def _follows_eu(country: str, region: str, *, goods: bool) -> bool:
    if country == "ES" and region in {CANARY_ISLANDS, CEUTA_AND_MELILLA}:
        return False
    return country in EU_COUNTRIES or (goods and country == "GB" and region == NORTHERN_IRELAND)


def _within_eu(case: _Case) -> TaxTreatment:
    buyer = case.buyer
    if buyer.is_business and buyer.vat_number and buyer.vat_number_is_valid:
        if case.supply is SupplyKind.GOODS:
            return _free(case, TaxCategory.K, *INTRA_COMMUNITY, rule="T-1.6")
        return _free(case, TaxCategory.AE, *REVERSE_CHARGE, rule="T-1.7")
    if case.supply is SupplyKind.SERVICES:
        return _taxed(case, case.from_country, case.seller.region, "T-1.8")
    if case.seller.uses_oss or case.to_country in case.seller.registered_in:
        return _taxed(case, case.to_country, buyer.region, "T-1.9")
    return _taxed(case, case.from_country, case.seller.region, "T-1.10")


def _abroad(case: _Case) -> TaxTreatment:
    eu_law = _follows_eu(case.from_country, case.seller.region, goods=case.supply is SupplyKind.GOODS)
    if case.supply is SupplyKind.GOODS:
        code, reason = EXPORT if eu_law else (None, _ZERO_RATED_EXPORT)
        return _free(case, TaxCategory.G, code, reason, rule="T-1.11")
    if case.buyer.is_business or case.supply is SupplyKind.DIGITAL:
        return _free(case, TaxCategory.O, *OUTSIDE_SCOPE, rule="T-1.12")
    return _taxed(case, case.from_country, case.seller.region, "T-1.13")


def _from_small_business(case: _Case) -> TaxTreatment:
    buyer, is_service = case.buyer, case.supply is not SupplyKind.GOODS
    cross_border = _within_union(case) and not _is_domestic(case)
    if cross_border and is_service and buyer.is_business and buyer.vat_number and buyer.vat_number_is_valid:
        return _free(case, TaxCategory.AE, *REVERSE_CHARGE, rule="T-1.7")
    code, reason = SMALL_BUSINESS_REASONS.get(case.from_country, (None, SMALL_BUSINESS_REASON))
    return _free(case, TaxCategory.E, code, reason, rule="T-1.2")


def _exempt(case: _Case) -> TaxTreatment:
    exemption = case.exemption or Exemption(EXEMPT_REASON)
    return _free(case, TaxCategory.E, exemption.code, exemption.reason, rule="T-1.3")


def _from_us(case: _Case) -> TaxTreatment:
    buyer = case.buyer
    if case.to_country != "US":
        return _free(case, TaxCategory.O, None, _ZERO_RATED_EXPORT, rule="T-1.14")
    if buyer.is_exempt:
        return _free(case, TaxCategory.E, None, buyer.exempt_reason or _CERTIFICATE, rule="T-1.15")
    if case.rate_class is RateClass.EXEMPT:
        return _exempt(case)
    state = buyer.region.split("/", 1)[0]
    has_nexus = f"US-{state}" in case.seller.registered_in or state == case.seller.region.split("/", 1)[0]
    if not (case.seller.is_registered and has_nexus):
        return _free(case, TaxCategory.O, None, _NO_NEXUS, rule="T-1.16")
    percent = combined(case.rates, "US", buyer.region, case.rate_class, case.on)
    category = TaxCategory.S if percent else TaxCategory.Z
    return TaxTreatment(category, percent, country="US", rule="T-1.17")


def _free(case: _Case, category: TaxCategory, code: str | None, reason: str, *, rule: str) -> TaxTreatment:
    country = case.to_country if category in {TaxCategory.AE, TaxCategory.O} else case.from_country
    return TaxTreatment(category, ZERO, code, reason, country, rule)


def _taxed(case: _Case, country: str, region: str, rule: str) -> TaxTreatment:
    """Apply the rate of a place; a rate of 0 is category Z."""
    percent = rate_for(case.rates, country, region, case.rate_class, case.on)
    if not percent:
        return TaxTreatment(TaxCategory.Z, ZERO, country=country, rule=rule)
    category = TaxCategory.S
    if country == "ES" and region in {CANARY_ISLANDS, CEUTA_AND_MELILLA}:
        category = TaxCategory.L if region == CANARY_ISLANDS else TaxCategory.M
    return TaxTreatment(category, percent, country=country, rule=rule)
