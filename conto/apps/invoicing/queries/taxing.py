"""The tax of a draft's lines: decided from seller, buyer and supply, or as set by hand."""

from decimal import Decimal

from conto.apps.catalog.taxing import decided_treatment, in_language
from conto.apps.invoicing.models import DraftLine
from conto.apps.invoicing.queries.loading import LoadedDraft
from conto.domain.tax import TaxCategory, TaxTreatment
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
    return decided_treatment(
        draft.legal_entity,
        loaded.profile,
        supply=line.supply,
        rate_class=line.rate_class,
        rates=loaded.rates,
        on=loaded.on,
        language=draft.language,
    )


def _by_hand(line: DraftLine, language: str) -> TaxTreatment:
    category = TaxCategory(line.tax_category)
    code, reason = _BY_HAND.get(category, (None, ""))
    return TaxTreatment(category, line.tax_rate or ZERO, code, in_language(reason, language) if reason else None)
