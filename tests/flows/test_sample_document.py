"""The sample invoice that is drawn while a look is chosen."""

from datetime import date
from decimal import Decimal

import pytest

from conto.apps.accounts.queries import SellerDetails
from conto.flows.sample_document import Look, sample_document

pytestmark = pytest.mark.django_db
DAY = date(2026, 11, 23)


@pytest.mark.parametrize(
    ("country", "rate", "tax_minor"), [("DE", "19", 45_410), ("CH", "8.1", 19_359), ("FR", "20", 47_800)]
)
def test_a_sample_is_taxed_as_the_sellers_own_invoices_are(country: str, rate: str, tax_minor: int) -> None:
    seller = SellerDetails(name="Berg", country=country, currency="EUR", zone="Europe/Berlin")
    drawn = sample_document(seller=seller, account=None, look=Look("#1f5c46"), number="INV-0001", on=DAY)
    assert {line.tax_rate for line in drawn.lines} == {Decimal(rate)}
    assert (drawn.totals.net_minor, drawn.totals.tax_minor) == (239_000, tax_minor)


def test_a_sample_of_a_country_whose_rate_nobody_knows_has_no_tax() -> None:
    seller = SellerDetails(name="Berg", country="AQ", currency="USD", zone="UTC")
    drawn = sample_document(seller=seller, account=None, look=Look("#1f5c46"), number="INV-0001", on=DAY)
    assert drawn.totals.payable_minor == drawn.totals.net_minor == 239_000
