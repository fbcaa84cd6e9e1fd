"""Documents of every kind from a seed, computed by the real rules: what paper and XML have to bear."""

import random
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal

from conto.domain.document import (
    Contact,
    DayRange,
    Delivery,
    DocumentAdjustment,
    DocumentLine,
    EarlyDiscount,
    IssuedDocument,
    LineAdjustment,
    Party,
    PaymentInstructions,
    PostalAddress,
    PrecedingDocument,
    PrepaidDeposit,
    TaxTotal,
    TemplateLook,
    Totals,
    TypeCode,
)
from conto.domain.invoice import (
    Adjustment,
    ComputedAdjustment,
    ComputedDocument,
    ComputedLine,
    DocumentInput,
    LineInput,
    PriceMode,
    compute,
)
from conto.domain.money import minor_digits
from conto.domain.tax import TaxCategory, TaxTreatment

NAMES = (
    "Bakery Miller & Sons",
    "Ünïcödé Großhandel GmbH & Co. KG",
    "Société Générale d’Électricité « Lumière »",
    "北京天工科技有限公司",
    "شركة النور للتجارة العامة",
    "מאפיית השלום בע״מ",
    "株式会社山田製作所",
    "Kaffee ☕ & Raketen 🚀 Ltd",
    "한국전자 주식회사",
    "ООО «Ромашка»",
    '#read("/etc/passwd") $x$ *bold* <b>&amp;</b> \\evil [#panic()]',
    'O\'Neill "Quotes" — 100 % <tags>',
)
ITEMS = (
    "Consulting",
    "Hosting, large, with nightly backups and a telephone that somebody answers",
    "Schraube M4×20, verzinkt (Packung à 100 Stück)",
    "咖啡豆 250克",
    "قهوة عربية ١ كغ",
    "Pâtisserie « Paris-Brest »",
    "Rocket fuel 🚀🔥",
    "שירותי ייעוץ",
    "Thé vert — 緑茶",
    "Design\twith a tab\nand a line break",
)
LONG_TEXT = "A long description that goes on, because somebody pasted a contract into it. " * 12
CURRENCIES = ("EUR", "EUR", "EUR", "EUR", "USD", "CHF", "JPY", "KWD")
LANGUAGES = ("en", "de", "fr", "de-CH", "en-US")


def treatment(category: str, rate: str = "0") -> TaxTreatment:
    """Make a tax treatment with the reason that the law asks for."""
    codes = {"AE": "VATEX-EU-AE", "K": "VATEX-EU-IC", "G": "VATEX-EU-G", "O": "VATEX-EU-O"}
    reason = "Exempt under article 132" if category == "E" else None
    return TaxTreatment(TaxCategory(category), Decimal(rate), codes.get(category), reason)


TAX_MIXES = (
    (treatment("S", "19"),),
    (treatment("S", "19"), treatment("S", "7")),
    (treatment("S", "20"), treatment("S", "5.5"), treatment("S", "2.1")),
    (treatment("S", "25.5"), treatment("Z")),
    (treatment("Z"),),
    (treatment("E"),),
    (treatment("S", "21"), treatment("E")),
    (treatment("AE"),),
    (treatment("AE"), treatment("S", "19")),
    (treatment("K"),),
    (treatment("K"), treatment("S", "19")),
    (treatment("G"),),
    (treatment("O"),),
)


@dataclass(frozen=True)
class Made:
    """A generated document beside what it was computed from."""

    document: IssuedDocument
    computed: ComputedDocument


def generated(seed: int) -> Made:
    """Make one document from a seed."""
    rng = random.Random(seed)
    taxes = TAX_MIXES[seed % len(TAX_MIXES)]
    currency = CURRENCIES[(seed // len(TAX_MIXES)) % len(CURRENCIES)]
    digits = minor_digits(currency)
    mode = PriceMode.GROSS if rng.random() < 0.3 else PriceMode.NET
    count = rng.choice((1, 1, 2, 3, 5, 8, 13)) if seed % 50 else 60
    lines = tuple(_line_input(rng, n + 1, taxes[n % len(taxes)], digits) for n in range(count))
    entered = DocumentInput(
        currency,
        mode,
        lines,
        allowances=_adjustments(rng, digits, "Loyalty", None),
        charges=_adjustments(rng, digits, "Freight", taxes[0]),
        cash_rounding_minor=5 if currency == "CHF" and rng.random() < 0.5 else 0,
    )
    kind = rng.choice((TypeCode.INVOICE,) * 6 + (TypeCode.CREDIT_NOTE,) * 3 + (TypeCode.DEPOSIT, TypeCode.CORRECTED))
    deposits: tuple[PrepaidDeposit, ...] = ()
    computed = compute(entered)
    if kind is TypeCode.INVOICE and rng.random() < 0.3 and computed.totals.gross_minor > 10:
        paid = computed.totals.gross_minor // rng.choice((2, 3, 4))
        deposits = (PrepaidDeposit(f"DEP-{seed}", date(2026, 1, 5), paid, 0, paid),)
        computed = compute(replace(entered, prepaid_minor=paid))
    return Made(_issued(rng, seed, kind, computed, deposits), computed)


def _line_input(rng: random.Random, position: int, tax: TaxTreatment, digits: int) -> LineInput:
    places = rng.choice((digits, digits, 4))
    price = Decimal(rng.randint(1, 10 ** rng.randint(2, 6))).scaleb(-places)
    quantity = rng.choice((Decimal(1), Decimal(rng.randint(1, 40)), Decimal(rng.randint(1, 9999)).scaleb(-3)))
    return LineInput(
        position,
        rng.choice(ITEMS),
        quantity,
        price,
        tax,
        allowance_percent=Decimal(rng.choice(("0", "0", "0", "10", "33.3"))),
        allowance_minor=rng.choice((0, 0, 0, 5)),
        charge_minor=rng.choice((0, 0, 0, 0, 150)),
        base_quantity=Decimal(rng.choice((1, 1, 1, 1, 100))),
    )


def _adjustments(rng: random.Random, digits: int, reason: str, tax: TaxTreatment | None) -> tuple[Adjustment, ...]:
    if rng.random() < 0.7:
        return ()
    if rng.random() < 0.5:
        return (Adjustment(percent=Decimal(rng.choice(("2", "3", "12.5"))), tax=tax, reason=reason),)
    return (Adjustment(amount_minor=rng.randint(1, 5 * 10**digits), tax=tax, reason=reason),)


def _issued(
    rng: random.Random, seed: int, kind: TypeCode, computed: ComputedDocument, deposits: tuple[PrepaidDeposit, ...]
) -> IssuedDocument:
    issued_on = date(2026, 1, 1) + timedelta(days=seed % 365)
    gross = computed.price_mode is PriceMode.GROSS
    swiss = computed.currency == "CHF"
    return IssuedDocument(
        number=f"INV-2026-{seed:05}",
        type_code=kind,
        issued_on=issued_on,
        currency=computed.currency,
        minor_digits=minor_digits(computed.currency),
        language=LANGUAGES[seed % len(LANGUAGES)],
        seller=SWISS_SELLER if swiss else SELLER,
        buyer=buyer(rng),
        lines=tuple(document_line(rng, line, gross=gross) for line in computed.lines),
        tax_totals=tuple(
            TaxTotal(g.category, g.rate, g.taxable_minor, g.tax_minor, g.exemption_code or "", g.reason or "")
            for g in computed.tax_groups
        ),
        totals=Totals(*(getattr(computed.totals, name) for name in Totals.__dataclass_fields__)),
        due_on=issued_on + timedelta(days=14) if rng.random() < 0.8 else None,
        deliver_to=Delivery("Warehouse 7", ADDRESS) if rng.random() < 0.2 else None,
        delivery_on=issued_on if rng.random() < 0.6 or "K" in {g.category for g in computed.tax_groups} else None,
        period=DayRange(issued_on, issued_on + timedelta(days=30)) if rng.random() < 0.2 else None,
        buyer_reference=rng.choice(("", "04011000-12345-67")),
        order_reference=rng.choice(("", "PO 4711")),
        contract_reference=rng.choice(("", "C-9")),
        project_reference=rng.choice(("", "P-1")),
        preceding=(PrecedingDocument("INV-2025-00001", date(2025, 12, 1)),) if kind == TypeCode.CREDIT_NOTE else (),
        notes=rng.choice(((), ("Thank you.",), ("First note", LONG_TEXT))),
        payment_terms=rng.choice(("", "Payable within 14 days without deduction.")),
        early_discounts=(EarlyDiscount(Decimal(2), issued_on, 5, 100),) if rng.random() < 0.2 else (),
        payment=SWISS_PAYMENT if swiss else PAYMENT if rng.random() < 0.8 else PaymentInstructions(link=LINK),
        adjustments=tuple(document_adjustment(a, gross=gross) for a in computed.adjustments),
        deposits=deposits,
        prices_include_tax=gross,
        look=TemplateLook(paper=rng.choice(("a4", "letter")), accent=rng.choice(("#1f5c4a", "#7a1f3d", "#1d4ed8"))),
    )


def document_line(rng: random.Random, line: ComputedLine, *, gross: bool) -> DocumentLine:
    """Say a computed line in the words of the document."""
    adjustments = []
    if line.allowance_minor:
        adjustments.append(LineAdjustment(False, line.allowance_minor, "Discount"))
    if line.charge_minor:
        adjustments.append(LineAdjustment(True, line.charge_minor, "Small order"))
    return DocumentLine(
        line_id=str(line.position),
        name=line.name,
        quantity=line.quantity,
        unit_price=line.unit_price_net,
        net_minor=line.net_minor,
        tax_category=line.tax.category,
        tax_rate=line.tax.rate,
        description=LONG_TEXT if rng.random() < 0.08 else rng.choice(("", "", "Second line with détails")),
        unit_code=rng.choice(("C62", "HUR", "KGM", "MON")),
        base_quantity=line.base_quantity,
        adjustments=tuple(adjustments),
        item_code=rng.choice(("", "SKU-1")),
        unit_price_with_tax=line.unit_price if gross else None,
        with_tax_minor=line.gross_minor if gross else None,
    )


def document_adjustment(adjustment: ComputedAdjustment, *, gross: bool) -> DocumentAdjustment:
    """Say a computed allowance or charge in the words of the document."""
    return DocumentAdjustment(
        is_charge=adjustment.is_charge,
        amount_minor=adjustment.amount_minor,
        tax_category=adjustment.tax.category,
        tax_rate=adjustment.tax.rate,
        reason=adjustment.reason,
        percent=adjustment.percent or None,
        base_minor=adjustment.base_minor if adjustment.percent else None,
        with_tax_minor=adjustment.gross_minor if gross else None,
    )


ADDRESS = PostalAddress("DE", "Lange Straße 12", "Hinterhaus", "", "10115", "Berlin", "")
SELLER = Party(
    name="Nordlicht Werkstatt",
    legal_name="Nordlicht Werkstatt GmbH",
    address=PostalAddress("DE", "Hafenweg 3", "", "", "20457", "Hamburg"),
    vat_number="DE136695976",
    tax_number="22/815/08155",
    company_id="HRB 12345",
    legal_info="Amtsgericht Hamburg, Geschäftsführerin: Ada Lund",
    electronic_address="invoices@nordlicht.example",
    electronic_scheme="EM",
    contact=Contact("Ada Lund", "+49 40 1234567", "ada@nordlicht.example"),
    website="nordlicht.example",
)
SWISS_SELLER = Party(
    name="Alpenblick AG",
    address=PostalAddress("CH", "Bahnhofstrasse 1", "", "", "8001", "Zürich"),
    vat_number="CHE116281710",
    tax_number="CHE-116.281.710 MWST",
    company_id="CHE116281710",
    contact=Contact("Urs Frei", "+41 44 123 45 67", "urs@alpenblick.example"),
)
LINK = "https://pay.example/i/9f2c4e1a7b"
PAYMENT = PaymentInstructions(
    iban="DE89370400440532013000",
    bic="COBADEFFXXX",
    account_name="Nordlicht Werkstatt GmbH",
    bank_name="Commerzbank",
    reference="RF18539007547034",
    link=LINK,
)
SWISS_PAYMENT = PaymentInstructions(
    iban="CH9300762011623852957", account_name="Alpenblick AG", reference="RF18539007547034", link=LINK
)


def buyer(rng: random.Random) -> Party:
    """Make a buyer somewhere in the world with a name that is hard to print."""
    country, vat = rng.choice((("FR", "FR83404833048"), ("AT", "ATU13585627"), ("DE", "DE129273398"), ("NL", "")))
    return Party(
        name=rng.choice(NAMES),
        address=PostalAddress(country, "Rue de l’Été 5", "", "", "75001", "Paris"),
        vat_number=vat or "NL123456782B90",
        party_id="C-1042",
        electronic_address="buyer@example.com",
        electronic_scheme="EM",
        contact=Contact("Zoë Ångström", "", "zoe@example.com") if rng.random() < 0.5 else None,
    )
