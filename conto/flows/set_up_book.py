"""Set up a book: the business, its numbers, accounts, tax rates and look, in one transaction."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db import transaction

from conto.apps.accounts import actions as accounts
from conto.apps.accounts.queries import BankAccountDetails, SellerDetails
from conto.apps.catalog import actions as catalog
from conto.apps.correspondence import actions as correspondence
from conto.apps.deals import actions as deals
from conto.apps.invoicing import actions as invoicing
from conto.apps.ledger import actions as ledger
from conto.domain.facts import Actor
from conto.domain.preset import standard_letters
from conto.domain.tax import Rate
from conto.flows.apply_preset import apply_preset
from conto.gateways import vat

if TYPE_CHECKING:
    from conto.apps.accounts.models import LegalEntity

RATES_SOURCE = "packages"


@dataclass(frozen=True, slots=True)
class Numbers:
    """How the documents of a new book are numbered; the start is for the invoices of the first year."""

    prefix: str = "INV"
    width: int = 5
    is_yearly: bool = True
    start_ordinal: int = 1
    credit_note_prefix: str = "CN"
    deposit_prefix: str = "DEP"


@dataclass(frozen=True, slots=True)
class Beginning:
    """What a new book begins with beside what every book has."""

    preset: str
    with_items: bool = True


@transaction.atomic
def set_up_book(  # noqa: PLR0913 -- a new book has these parts
    *,
    seller: SellerDetails,
    bank_account: BankAccountDetails | None,
    numbers: Numbers,
    actor: Actor,
    at: datetime,
    logo: bytes | None = None,
    is_sandbox: bool = False,
    clock_ahead: timedelta = timedelta(0),
    beginning: Beginning | None = None,
) -> "LegalEntity":
    """Create everything that a first invoice needs, and what a preset brings where one is chosen.

    Raises: RuleBroken, with nothing kept.
    """
    entity = accounts.set_up_business(
        seller=seller,
        bank_account=bank_account,
        actor=actor,
        at=at,
        is_sandbox=is_sandbox,
        clock_ahead=clock_ahead,
    )
    if logo:
        entity = accounts.set_logo(legal_entity_id=entity.id, content=logo, actor=actor, at=at)
    load_tax_rates(entity.country)
    ledger.open_accounts(legal_entity=entity, currency=entity.currency)
    equip_legal_entity(entity=entity, numbers=numbers, actor=actor, at=at)
    correspondence.begin_templates(letters=standard_letters(), actor=actor, at=at)
    if beginning is not None:
        apply_preset(key=beginning.preset, with_items=beginning.with_items, actor=actor, at=at)
    deals.open_first_pipeline(language=entity.language, actor=actor, at=at)
    accounts.finish_set_up(actor=actor, at=at)
    return entity


@transaction.atomic
def equip_legal_entity(*, entity: "LegalEntity", numbers: Numbers, actor: Actor, at: datetime) -> None:
    """Give a legal entity its number series and a first template."""
    series = [
        ("invoice", numbers.prefix, numbers.start_ordinal),
        ("credit_note", numbers.credit_note_prefix, 1),
        ("deposit", numbers.deposit_prefix, 1),
    ]
    for kind, prefix, start_ordinal in series:
        invoicing.save_series(
            legal_entity=entity,
            kind=kind,
            prefix=prefix,
            width=numbers.width,
            is_yearly=numbers.is_yearly,
            start_ordinal=start_ordinal,
            actor=actor,
            at=at,
        )
    paper = "letter" if entity.country in {"US", "CA", "MX", "PH", "CL", "CO"} else "a4"
    invoicing.save_template(
        legal_entity=entity,
        name=entity.name,
        accent_color=entity.accent_color,
        paper=paper,
        is_default=True,
        actor=actor,
        at=at,
    )


def load_tax_rates(country: str) -> int:
    """Take over the rates that the packages know: of all Europe, and of the seller's own country."""
    return catalog.load_tax_rates(rates=known_rates(country), source=RATES_SOURCE)


def known_rates(country: str) -> list[Rate]:
    """Return the rates that the packages know: of all Europe, and of the seller's own country."""
    rates = list(vat.european_rates())
    if country not in {rate.country for rate in rates}:
        rates += vat.rates_of(country)
    return rates
