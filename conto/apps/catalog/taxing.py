"""The tax of what is offered or billed: decided from seller, buyer and supply."""

from collections.abc import Collection
from datetime import date
from functools import cache

from django.utils import translation
from django.utils.translation import gettext

from conto.apps.accounts.models import LegalEntity
from conto.apps.crm.queries import BillingProfile
from conto.domain.tax import BuyerTax, Rate, RateClass, SellerTax, SupplyKind, TaxTreatment, decide


def decided_treatment(
    entity: LegalEntity,
    profile: BillingProfile,
    *,
    supply: str,
    rate_class: str,
    rates: Collection[Rate],
    on: date,
    language: str,
) -> TaxTreatment:
    """Decide the tax of one supply on a day, its reason in a document's language.

    Raises: RuleBroken when the place has no rate.
    """
    decided = decide(
        seller_tax(entity),
        buyer_tax(profile, entity, is_goods=supply == "goods"),
        SupplyKind(supply),
        RateClass(rate_class),
        rates,
        on,
    )
    if decided.reason is None:
        return decided
    return TaxTreatment(
        decided.category,
        decided.rate,
        decided.exemption_code,
        in_language(decided.reason, language),
        decided.country,
        decided.rule,
    )


def tax_countries(entity: LegalEntity, profile: BillingProfile) -> set[str]:
    """Name the countries whose rates can matter between a seller and a buyer."""
    return {entity.country} | {place.country for place in (profile.billing, profile.delivery) if place}


@cache
def in_language(text: str, language: str) -> str:
    """Give a fixed English text in the language of a document."""
    with translation.override(language):
        return gettext(text)


def seller_tax(entity: LegalEntity) -> SellerTax:
    """Give what tax asks about a seller."""
    return SellerTax(
        entity.country,
        entity.region if entity.country in {"US", "GB", "ES"} else "",
        is_registered=entity.is_tax_registered,
        is_small_business=entity.is_small_business,
    )


def buyer_tax(profile: BillingProfile, entity: LegalEntity, *, is_goods: bool) -> BuyerTax:
    """Give what tax asks about a buyer; goods count where they are delivered to."""
    place = (profile.delivery if is_goods else None) or profile.billing
    country = place.country if place else profile.vat_country or entity.country
    return BuyerTax(
        country,
        place.region if place and country in {"US", "GB", "ES"} else "",
        is_business=profile.is_business,
        vat_number=profile.vat_number,
        vat_number_is_valid=profile.vat_is_confirmed,
        is_exempt=profile.is_tax_exempt,
    )
