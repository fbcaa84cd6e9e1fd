"""Random documents for the property tests."""

from decimal import Decimal

from hypothesis import strategies as st

from conto.domain.invoice import Adjustment, DocumentInput, LineInput, PriceMode, TaxMode
from conto.domain.tax import TaxCategory, TaxTreatment

D = Decimal

S19 = TaxTreatment(TaxCategory.S, D(19), country="DE")
S7 = TaxTreatment(TaxCategory.S, D(7), country="DE")
S255 = TaxTreatment(TaxCategory.S, D("25.5"), country="FI")
S8875 = TaxTreatment(TaxCategory.S, D("8.875"), country="US")
ZERO_RATED = TaxTreatment(TaxCategory.Z, D(0), country="GB")
EXEMPT = TaxTreatment(TaxCategory.E, D(0), "VATEX-EU-132-1C", "Medical care", "DE")
REVERSE = TaxTreatment(TaxCategory.AE, D(0), "VATEX-EU-AE", "Reverse charge", "FR")

treatments = st.sampled_from([S19, S7, S255, S8875, ZERO_RATED, EXEMPT, REVERSE])
quantities = st.one_of(
    st.integers(1, 50).map(Decimal), st.decimals("0.001", "999", places=3, allow_nan=False, allow_infinity=False)
)
prices = st.one_of(
    st.integers(0, 500000).map(lambda cents: Decimal(cents) / 100),
    st.decimals("0", "100", places=6, allow_nan=False, allow_infinity=False),
)
percents = st.sampled_from([D(0), D(0), D(5), D("12.5"), D(33), D(100)])


@st.composite
def documents(draw: st.DrawFn, *, with_adjustments: bool = True, with_returns: bool = False) -> DocumentInput:
    """One document of one to six lines in any mode."""
    count = draw(st.integers(1, 6))
    lines = []
    for position in range(1, count + 1):
        quantity = draw(quantities)
        if with_returns and position > 1 and draw(st.booleans()):
            quantity = -quantity
        lines.append(
            LineInput(
                position,
                f"Item {position}",
                quantity,
                draw(prices),
                draw(treatments),
                allowance_percent=draw(percents),
                allowance_minor=draw(st.sampled_from([0, 0, 1, 250])) if quantity > 0 else 0,
                base_quantity=draw(st.sampled_from([D(1), D(1), D(3), D(1000)])),
            )
        )
    amount = st.integers(1, 5000).map(lambda minor: Adjustment(amount_minor=minor))
    percent = st.sampled_from([D(2), D(10), D("33.33")]).map(lambda p: Adjustment(percent=p))
    extra = st.lists(st.one_of(amount, percent), max_size=2).map(tuple) if with_adjustments else st.just(())
    freight = treatments.map(lambda tax: Adjustment(amount_minor=490, tax=tax))
    charges = st.lists(freight, max_size=2).map(tuple) if with_adjustments else st.just(())
    return DocumentInput(
        currency=draw(st.sampled_from(["EUR", "JPY", "KWD"])),
        price_mode=draw(st.sampled_from(PriceMode)),
        lines=tuple(lines),
        allowances=draw(extra),
        charges=draw(charges),
        prepaid_minor=draw(st.sampled_from([0, 0, 1000])),
        tax_mode=draw(st.sampled_from([TaxMode.DOCUMENT, TaxMode.DOCUMENT, TaxMode.LINE])),
        cash_rounding_minor=draw(st.sampled_from([0, 0, 5])),
    )
