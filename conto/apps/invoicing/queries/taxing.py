"""The tax of a draft's lines: decided from seller, buyer and supply, or as set by hand."""

from decimal import Decimal
from functools import cache

from django.utils import translation
from django.utils.translation import gettext

from conto.apps.accounts.models import LegalEntity
from conto.apps.crm.queries import BillingProfile
from conto.apps.invoicing.models import DraftLine
from conto.apps.invoicing.queries.loading import LoadedDraft
from conto.domain.tax import BuyerTax, RateClass, SellerTax, SupplyKind, TaxCategory, TaxTreatment, decide
from conto.domain.tax.decision import EXEMPT_REASON, EXPORT, INTRA_COMMUNITY, OUTSIDE_SCOPE, REVERSE_CHARGE

ZERO = Decimal(0)
_BY_HAND: dict[TaxCategory, tuple[str | None, str]] = {
    TaxCategory.AE: REVERSE_CHARGE,
    TaxCategory.K: INTRA_COMMUNITY,
    TaxCategory.G: EXPORT,
    TaxCategory.O: OUTSIDE_SCOPE,
    TaxCategory.E: (None, EXEMPT_REASON),
}


def treatment(loaded: LoadedDraft, line: DraftLine) -> TaxTreatment:
    """Decide the tax of one line on the day for which the draft was loaded, its reason in the draft's language.

    Raises: RuleBroken when the place has no rate.
    """
    draft = loaded.draft
    if line.tax_category:
        return _by_hand(line, draft.language)
    decided = decide(
        seller_tax(draft.legal_entity),
        buyer_tax(loaded.profile, draft.legal_entity, is_goods=line.supply == "goods"),
        SupplyKind(line.supply),
        RateClass(line.rate_class),
        loaded.rates,
        loaded.on,
    )
    if decided.reason is None:
        return decided
    return TaxTreatment(
        decided.category,
        decided.rate,
        decided.exemption_code,
        in_language(decided.reason, draft.language),
        decided.country,
        decided.rule,
    )


def _by_hand(line: DraftLine, language: str) -> TaxTreatment:
    category = TaxCategory(line.tax_category)
    code, reason = _BY_HAND.get(category, (None, ""))
    return TaxTreatment(category, line.tax_rate or ZERO, code, in_language(reason, language) if reason else None)


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
