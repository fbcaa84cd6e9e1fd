"""A seller with everything set up and a few customers, made by the real actions."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from conto.apps.accounts import actions as accounts
from conto.apps.accounts.models import LegalEntity, Member
from conto.apps.accounts.queries import BankAccountDetails, SellerDetails
from conto.apps.catalog import actions as catalog
from conto.apps.crm import actions as crm
from conto.apps.crm.entry import NewCustomer, PostalAddress
from conto.apps.crm.models import Customer
from conto.apps.invoicing import actions as invoicing
from conto.apps.invoicing import queries
from conto.apps.invoicing.actions import LineEntry
from conto.apps.invoicing.models import Document, Draft
from conto.domain.facts import SYSTEM
from conto.domain.tax import Rate, RateClass

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
TODAY = date(2026, 11, 22)
RATES = [
    Rate(country, "", rate_class, Decimal(percent), date(2020, 1, 1))
    for country, rate_class, percent in (
        ("DE", RateClass.STANDARD, "19"),
        ("DE", RateClass.REDUCED, "7"),
        ("FR", RateClass.STANDARD, "20"),
        ("AT", RateClass.STANDARD, "20"),
    )
]


@dataclass
class Scene:
    """Who plays."""

    owner: Member
    seller: LegalEntity
    customer: Customer
    person: Customer

    def draft(self, *lines: LineEntry, customer: Customer | None = None, **fields: Any) -> Draft:
        """Begin a draft with lines."""
        return invoicing.create_draft(
            customer=customer or self.customer, lines=lines or [line()], actor=SYSTEM, at=NOW, **fields
        )

    def issued(self, *lines: LineEntry, customer: Customer | None = None, **fields: Any) -> Document:
        """Issue an invoice with lines."""
        return issue(self.draft(*lines, customer=customer, **fields))


def line(price: str = "100", quantity: str = "1", name: str = "Consulting", **rest: Any) -> LineEntry:
    """Write a line."""
    return LineEntry(name, Decimal(quantity), Decimal(price), **rest)


def issue(draft: Draft, **more: Any) -> Document:
    """Issue a draft whatever its warnings say."""
    warnings = [finding.code for finding in queries.findings(draft, TODAY) if finding.severity == "warn"]
    return invoicing.issue_draft(
        draft=draft, actor=SYSTEM, at=NOW, overrides=dict.fromkeys(warnings, "as agreed"), **more
    )


def set_scene() -> Scene:
    """Set up the seller, series, rates and two customers."""
    owner = accounts.add_first_owner(
        email="ada@example.com", name="Ada Lovelace", password="a long pass phrase 42", at=NOW
    )
    details = SellerDetails(
        name="Nordlicht Studio",
        legal_name="Nordlicht Studio GmbH",
        country="DE",
        currency="EUR",
        zone="Europe/Berlin",
        language="de",
        line1="Hafenstraße 1",
        postcode="20457",
        city="Hamburg",
        email="kontakt@nordlicht.example",
        vat_number="DE136695976",
    )
    seller = accounts.add_legal_entity(seller=details, actor=SYSTEM, at=NOW)
    accounts.set_bank_account(
        legal_entity_id=seller.id,
        details=BankAccountDetails(holder="Nordlicht Studio GmbH", currency="EUR", iban="DE89370400440532013000"),
        actor=SYSTEM,
        at=NOW,
    )
    for kind, prefix in (("invoice", "INV"), ("credit_note", "CN"), ("deposit", "DEP")):
        invoicing.save_series(legal_entity=seller, kind=kind, prefix=prefix, actor=SYSTEM, at=NOW)
    catalog.load_tax_rates(rates=RATES, source="test")
    customer = crm.add_customer(
        new=NewCustomer(
            name="Müller & Söhne",
            email="einkauf@mueller.example",
            currency="EUR",
            language="de",
            billing=PostalAddress(country="DE", line1="Lange Gasse 7", postcode="86152", city="Augsburg"),
        ),
        actor=SYSTEM,
        at=NOW,
    )
    person = crm.add_customer(
        new=NewCustomer(
            name="Anna Sommer",
            kind="person",
            currency="EUR",
            language="de",
            billing=PostalAddress(country="DE", line1="Weg 2", postcode="10115", city="Berlin"),
        ),
        actor=SYSTEM,
        at=NOW,
    )
    return Scene(owner, seller, customer, person)
