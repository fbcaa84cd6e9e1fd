"""The business: its legal entities, bank accounts, number series, templates and tax rates."""

from dataclasses import asdict, dataclass
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

from django.http import HttpRequest
from ninja import Query
from pydantic import BaseModel, Field

from conto.api.door import caller_of
from conto.api.fields import Count, Currency, Entry, Flag, Id, Instant, Language, Line, Name, Short
from conto.api.operations import Match, noun, reads, writes
from conto.api.reading import found, given, lock
from conto.apps.accounts import actions, queries
from conto.apps.catalog import queries as catalog
from conto.apps.invoicing import actions as invoicing
from conto.apps.invoicing import queries as documents
from conto.domain.permissions import Permission
from conto.domain.preset import HomePart, home_of, presets
from conto.flows.apply_preset import apply_preset
from conto.flows.set_up_book import Numbers, equip_legal_entity

router = noun("Business")
_VIEW, _EDIT = Permission.SETTINGS_VIEW, Permission.SETTINGS_EDIT
Zone = Annotated[str, Field(max_length=50, examples=["Europe/Berlin"])]
CountryGiven = Annotated[str, Field(pattern="^[A-Z]{2}$", examples=["DE"])]


@dataclass(frozen=True, slots=True)
class Business:
    """The one business of this book."""

    name: Annotated[str, Field(examples=["Nordlicht Studio"])]
    country: CountryGiven
    currency: Currency
    zone: Zone
    language: Annotated[str, Field(examples=["de"])]
    is_sandbox: bool
    time: Annotated[Instant, Field(description="What the clock of the book shows.")]
    changed_at: Instant
    preset: Annotated[str, Field(description="With which the book began.", examples=["freelancer"])]
    home: Annotated[list[HomePart], Field(description="What the first page shows, in its order.")]


@dataclass(frozen=True, slots=True)
class Preset:
    """What a preset brings, in the language of the business."""

    key: Annotated[str, Field(examples=["freelancer"])]
    name: str
    lead: str
    pipeline: str
    stages: list[str]
    lost_reasons: list[str]
    items: list[str]
    letters: list[str]
    home: list[HomePart]


class HomeEntry(Entry):
    """What the first page shows."""

    parts: Annotated[list[HomePart], Field(min_length=1, max_length=20, examples=[["money", "queue"]])]


class PresetChoice(Entry):
    """Which preset to apply."""

    preset: Annotated[Literal["freelancer", "agency", "saas", "shop", "contractor"], Field(examples=["freelancer"])]
    with_items: Annotated[Flag, Field(description="Bring its items, without prices.", examples=[True])] = True


@dataclass(frozen=True, slots=True)
class SellerAccount:
    """A bank account that the seller prints on documents."""

    id: Id
    name: str
    holder: str
    iban: Annotated[str, Field(examples=["DE89370400440532013000"])]
    bic: str
    account_number: str
    routing_number: str
    bank_name: str
    currency: Currency
    is_default: bool


@dataclass(frozen=True, slots=True)
class LegalEntity:
    """A seller: the party that issues documents."""

    id: Id
    name: Annotated[str, Field(examples=["Nordlicht Studio"])]
    legal_name: str
    country: CountryGiven
    currency: Currency
    zone: Zone
    language: Annotated[str, Field(examples=["de"])]
    line1: str
    line2: str
    postcode: str
    city: str
    region: str
    email: str
    phone: str
    website: str
    vat_number: str
    tax_number: str
    company_number: str
    is_tax_registered: bool
    is_small_business: bool
    electronic_address_scheme: str
    electronic_address: str
    terms_days: Annotated[int, Field(examples=[14])]
    accent_color: Annotated[str, Field(examples=["#1f5c46"])]
    is_default: bool
    bank_accounts: list[SellerAccount]
    changed_at: Instant


@dataclass(frozen=True, slots=True)
class Series:
    """A number series."""

    id: Id
    legal_entity_id: Id
    kind: Annotated[str, Field(examples=["invoice"])]
    prefix: Annotated[str, Field(examples=["INV"])]
    width: Annotated[int, Field(examples=[5])]
    is_yearly: bool
    start_ordinal: Annotated[int, Field(examples=[1])]
    is_default: bool


@dataclass(frozen=True, slots=True)
class Template:
    """How documents look."""

    id: Id
    legal_entity_id: Id
    name: str
    accent_color: Annotated[str, Field(examples=["#1f5c46"])]
    paper: Annotated[str, Field(examples=["a4"])]
    is_default: bool


@dataclass(frozen=True, slots=True)
class TaxRate:
    """A tax rate of a country or region, and the days it holds."""

    country: CountryGiven
    region: str
    rate_class: Annotated[str, Field(examples=["standard"])]
    percent: Annotated[Decimal, Field(examples=["19"])]
    valid_from: date | None
    valid_until: date | None


class BusinessChange(Entry):
    """What changes of the business; what is left out stays."""

    name: Name = "-"
    zone: Zone = "UTC"
    language: Language = "en"


class SellerFields(Entry):
    """The fields of a legal entity."""

    legal_name: Line = ""
    language: Language = "en"
    line1: Line = ""
    line2: Line = ""
    postcode: Annotated[str, Field(max_length=20, examples=["20457"])] = ""
    city: Short = ""
    region: Short = ""
    email: Annotated[str, Field(max_length=254, examples=["kontakt@nordlicht.example"])] = ""
    phone: Annotated[str, Field(max_length=40, examples=["+494012345678"])] = ""
    website: Annotated[str, Field(max_length=200, examples=["https://nordlicht.example"])] = ""
    vat_number: Annotated[str, Field(max_length=30, examples=["DE136695976"])] = ""
    tax_number: Annotated[str, Field(max_length=40, examples=[""])] = ""
    company_number: Annotated[str, Field(max_length=60, examples=["HRB 12345"])] = ""
    is_tax_registered: Flag = True
    is_small_business: Annotated[Flag, Field(examples=[False])] = False
    electronic_address_scheme: Annotated[str, Field(max_length=10, examples=[""])] = ""
    electronic_address: Annotated[str, Field(max_length=100, examples=[""])] = ""
    terms_days: Annotated[Count, Field(le=3650)] = 14
    accent_color: Annotated[str, Field(pattern="^#[0-9a-fA-F]{6}$", examples=["#1f5c46"])] = "#1f5c46"


class SellerEntry(SellerFields):
    """A new legal entity."""

    name: Name
    country: CountryGiven
    currency: Currency
    zone: Zone


class SellerChange(SellerFields):
    """What changes of a legal entity; what is left out stays."""

    name: Name = "-"
    country: CountryGiven = "DE"
    currency: Currency = "EUR"
    zone: Zone = "UTC"


class SellerAccountEntry(Entry):
    """A bank account of a seller."""

    holder: Name
    currency: Currency
    name: Short = ""
    iban: Annotated[str, Field(max_length=42, examples=["DE89370400440532013000"])] = ""
    bic: Annotated[str, Field(max_length=11, examples=[""])] = ""
    account_number: Annotated[str, Field(max_length=40, examples=[""])] = ""
    routing_number: Annotated[str, Field(max_length=40, examples=[""])] = ""
    bank_name: Short = ""
    is_default: Flag = False


class SeriesEntry(Entry):
    """A number series. Its pattern stays once it has given a number."""

    kind: Literal["invoice", "credit_note", "deposit"]
    prefix: Annotated[str, Field(min_length=1, max_length=20, examples=["INV"])]
    width: Annotated[int, Field(ge=1, le=12, strict=True, examples=[5])] = 5
    is_yearly: Flag = True
    start_ordinal: Annotated[int, Field(ge=1, le=1_000_000_000, strict=True, examples=[1])] = 1
    is_default: Flag = True


class RateFilters(BaseModel):
    """Which tax rates are read."""

    country: Annotated[str, Field(pattern="^([A-Z]{2})?$", description="Empty: that of the business.")] = ""
    on: date | None = None


@reads(router, "/business", needs=_VIEW, gives=Business, is_record=True)
def get_business(request: HttpRequest) -> Any:
    """Get the business of this book."""
    return _business(request)


def _business(request: HttpRequest) -> Business:
    row = found(queries.business())
    at = caller_of(request).at.replace(microsecond=0, second=0)
    return Business(
        row.name, row.country, row.currency, row.zone, row.language, row.is_sandbox, at, row.changed_at,
        row.preset, list(home_of(row.home)),
    )  # fmt: skip


@writes(router, "/business", method="PATCH", needs=_EDIT, gives=Business)
def change_business(request: HttpRequest, changes: BusinessChange) -> Any:
    """Change how the business is called and which zone and language it thinks in."""
    caller = caller_of(request)
    row = caller.business
    known = {"name": row.name, "zone": row.zone, "language": row.language, **given(changes)}
    actions.change_business(**known, actor=caller.actor, at=caller.at)
    return _business(request)


@writes(router, "/business/home", method="PUT", needs=_EDIT, gives=Business)
def set_home(request: HttpRequest, home: HomeEntry) -> Any:
    """Say which parts the first page shows, in which order."""
    caller = caller_of(request)
    actions.set_home(home=home.parts, actor=caller.actor, at=caller.at)
    return _business(request)


@reads(router, "/presets", needs=_VIEW, gives=list[Preset])
def list_presets(request: HttpRequest) -> Any:
    """List the presets and what each brings."""
    return [
        Preset(
            key=each.key,
            name=each.name,
            lead=each.lead,
            pipeline=each.pipeline,
            stages=[stage.name for stage in each.stages],
            lost_reasons=list(each.lost_reasons),
            items=[item.names.get(caller_of(request).business.language, item.names["en"]) for item in each.items],
            letters=list(dict.fromkeys(letter.name for letter in each.letters)),
            home=list(each.home),
        )
        for each in presets(caller_of(request).business.language)
    ]


@writes(router, "/business/preset", needs=_EDIT, gives=Business)
def take_preset(request: HttpRequest, choice: PresetChoice) -> Any:
    """Apply a preset to a book that has taken none: pipeline, items, letters, words, first page; once."""
    caller = caller_of(request)
    apply_preset(key=choice.preset, with_items=choice.with_items, actor=caller.actor, at=caller.at)
    return _business(request)


@reads(router, "/legal-entities", needs=_VIEW, gives=list[LegalEntity])
def list_legal_entities(request: HttpRequest) -> Any:
    """List the sellers of this book, the default one first."""
    del request
    accounts = list(queries.bank_accounts())
    return [_entity(row, accounts) for row in queries.legal_entities().defer("logo")]


def _entity(row: Any, accounts: list[Any]) -> LegalEntity:
    own = [account_shape(each) for each in accounts if each.legal_entity_id == row.id]
    details = asdict(queries.seller_details(row))
    return LegalEntity(id=row.id, is_default=row.is_default, changed_at=row.changed_at, bank_accounts=own, **details)


def account_shape(row: Any) -> SellerAccount:
    """Return a bank account of a seller as the API gives it."""
    return SellerAccount(id=row.id, **asdict(queries.bank_account_details(row)))


@reads(router, "/legal-entities/{uuid:entity_id}", needs=_VIEW, gives=LegalEntity, is_record=True)
def get_legal_entity(request: HttpRequest, entity_id: UUID) -> Any:
    """Get a seller with its bank accounts."""
    return shape_of(request, entity_id)


def shape_of(request: HttpRequest, entity_id: UUID) -> LegalEntity:
    """Return a seller as the API gives it."""
    del request
    return _entity(seller(entity_id), list(queries.bank_accounts().filter(legal_entity_id=entity_id)))


def seller(entity_id: UUID) -> Any:
    """Return the seller that an operation is about."""
    return found(queries.legal_entities().filter(id=entity_id).first())


def _hold(request: HttpRequest, entity_id: UUID) -> None:
    del request
    lock(queries.legal_entities(), entity_id)


@writes(router, "/legal-entities", needs=_EDIT, gives=LegalEntity, status=201)
def add_legal_entity(request: HttpRequest, entity: SellerEntry) -> Any:
    """Add a seller with number series and a template of its own."""
    caller = caller_of(request)
    made = actions.add_legal_entity(
        seller=actions.SellerDetails(**entity.model_dump()), actor=caller.actor, at=caller.at
    )
    equip_legal_entity(entity=made, numbers=Numbers(), actor=caller.actor, at=caller.at)
    return shape_of(request, made.id)


@writes(
    router,
    "/legal-entities/{uuid:entity_id}",
    method="PATCH",
    needs=_EDIT,
    gives=LegalEntity,
    match=Match(shape_of, _hold),
)
def change_legal_entity(request: HttpRequest, entity_id: UUID, changes: SellerChange) -> Any:
    """Change a seller; documents issued before keep what they printed."""
    caller = caller_of(request)
    known = asdict(queries.seller_details(seller(entity_id))) | given(changes)
    actions.change_legal_entity(
        legal_entity_id=entity_id, seller=actions.SellerDetails(**known), actor=caller.actor, at=caller.at
    )
    return shape_of(request, entity_id)


@writes(router, "/legal-entities/{uuid:entity_id}/bank-accounts", needs=_EDIT, gives=SellerAccount, status=201)
def add_seller_account(request: HttpRequest, entity_id: UUID, account: SellerAccountEntry) -> Any:
    """Add a bank account of a seller; the first of a currency is its default."""
    caller = caller_of(request)
    details = actions.BankAccountDetails(**account.model_dump())
    made = actions.set_bank_account(
        legal_entity_id=seller(entity_id).id, details=details, actor=caller.actor, at=caller.at
    )
    return account_shape(made)


@writes(
    router,
    "/legal-entities/{uuid:entity_id}/bank-accounts/{uuid:account_id}",
    method="DELETE",
    needs=_EDIT,
)
def remove_seller_account(request: HttpRequest, entity_id: UUID, account_id: UUID) -> Any:
    """Remove a bank account of a seller; documents issued before keep what they printed."""
    caller = caller_of(request)
    row = found(queries.bank_accounts().filter(id=account_id, legal_entity_id=entity_id).first())
    actions.remove_bank_account(legal_entity_id=entity_id, account_id=row.id, actor=caller.actor, at=caller.at)


@reads(router, "/legal-entities/{uuid:entity_id}/series", needs=_VIEW, gives=list[Series])
def list_series(request: HttpRequest, entity_id: UUID) -> Any:
    """List the number series of a seller, the default ones first."""
    del request
    return [series_shape(row) for row in documents.series_of(seller(entity_id))]


def series_shape(row: Any) -> Series:
    """Return a number series as the API gives it."""
    return Series(
        row.id, row.legal_entity_id, row.kind, row.prefix, row.width, row.is_yearly, row.start_ordinal, row.is_default
    )


@writes(router, "/legal-entities/{uuid:entity_id}/series", needs=_EDIT, gives=Series, status=201)
def add_series(request: HttpRequest, entity_id: UUID, series: SeriesEntry) -> Any:
    """Add a number series."""
    caller = caller_of(request)
    made = invoicing.save_series(
        legal_entity=seller(entity_id), **series.model_dump(), actor=caller.actor, at=caller.at
    )
    return series_shape(made)


@reads(router, "/legal-entities/{uuid:entity_id}/templates", needs=_VIEW, gives=list[Template])
def list_templates(request: HttpRequest, entity_id: UUID) -> Any:
    """List the templates of a seller, the default first."""
    del request
    return [
        Template(row.id, row.legal_entity_id, row.name, row.accent_color, row.paper, row.is_default)
        for row in documents.templates_of(seller(entity_id))
    ]


@reads(router, "/tax-rates", needs=_VIEW, gives=list[TaxRate])
def list_tax_rates(request: HttpRequest, filters: Query[RateFilters]) -> Any:
    """List the tax rates of a country on a day."""
    caller = caller_of(request)
    country = filters.country or caller.business.country
    return [
        TaxRate(row.country, row.region, row.rate_class.value, row.percent, row.valid_from, row.valid_until)
        for row in catalog.rates_for([country], filters.on or caller.today)
    ]
