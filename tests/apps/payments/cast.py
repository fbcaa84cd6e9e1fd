"""A seller, a customer and issued invoices to be paid."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from conto.apps.accounts.models import LegalEntity, Member
from conto.apps.crm.models import Customer
from conto.apps.invoicing.actions.issue_computed import issue_computed
from conto.apps.invoicing.models import Document, NumberSeries
from conto.apps.invoicing.new_documents import NewDocument, snapshot_of
from conto.domain.document import Party, PostalAddress
from conto.domain.facts import Actor
from conto.domain.ids import new_id
from conto.domain.invoice import DocumentInput, LineInput, PriceMode, compute
from conto.domain.tax import TaxCategory, TaxTreatment

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
TODAY = NOW.date()
ADA = Actor(None, "member", "Ada")


@dataclass
class Cast:
    """Who takes part."""

    seller: LegalEntity
    customer: Customer
    series: NumberSeries

    def invoice(self, gross_minor: int = 11900, *, days_ago: int = 5, rate: str = "19", **more: Any) -> Document:
        """Issue an invoice over a gross amount."""
        return issue(self, gross_minor, issued_on=TODAY - timedelta(days=days_ago), rate=Decimal(rate), **more)


def make_cast(currency: str = "EUR") -> Cast:
    """Set up a seller with a number series, and one customer."""
    seller = LegalEntity.objects.create(
        id=new_id(),
        name="Kestrel",
        legal_name="Kestrel GmbH",
        country="DE",
        currency=currency,
        zone="Europe/Berlin",
        email="billing@kestrel.example",
        is_default=not LegalEntity.objects.exists(),
        changed_at=NOW,
    )
    series = NumberSeries.objects.create(id=new_id(), legal_entity=seller, kind="invoice", prefix="INV")
    return Cast(seller, make_customer(currency), series)


def make_customer(currency: str = "EUR", name: str = "Nordwind AG", **more: Any) -> Customer:
    """Add a customer."""
    values = {"email": "ap@nordwind.example", **more}
    return Customer.objects.create(
        id=new_id(),
        kind="company",
        name=name,
        sort_key=name.lower(),
        currency=currency,
        created_at=NOW,
        changed_at=NOW,
        **values,
    )


def make_member(role: str = "owner", email: str = "ada@kestrel.example") -> Member:
    """Add a member."""
    return Member.objects.create(id=new_id(), email=email, name="Ada", role=role, joined_at=NOW)


def issue(
    cast: Cast,
    gross_minor: int,
    *,
    issued_on: date,
    rate: Decimal = Decimal(19),
    due_in: int = 14,
    early: tuple[str, int] | None = None,
    customer: Customer | None = None,
    language: str = "en",
) -> Document:
    """Issue an invoice with one line whose price includes tax."""
    tax = TaxTreatment(TaxCategory.S, rate, None, None, "DE")
    line = LineInput(1, "Work", Decimal(1), Decimal(gross_minor) / 100, tax)
    computed = compute(DocumentInput(cast.seller.currency, PriceMode.GROSS, (line,)))
    party = snapshot_of(Party(name="Somebody", address=PostalAddress(country="DE")))
    new = NewDocument(
        id=new_id(),
        legal_entity_id=cast.seller.id,
        customer_id=(customer or cast.customer).id,
        series_id=cast.series.id,
        issued_on=issued_on,
        issued_at=NOW,
        due_on=issued_on + timedelta(days=due_in),
        language=language,
        seller=party,
        buyer=party,
        computed=computed,
        terms_days=due_in,
        early_discount_percent=Decimal(early[0]) if early else None,
        early_discount_days=early[1] if early else None,
        details={"bank": {"iban": "DE89370400440532013000", "bic": "COBADEFFXXX", "holder": "Kestrel GmbH"}},
    )
    issue_computed([new], actor=ADA)
    return Document.objects.get(id=new.id)
