"""Who the demo company is, whom it works for and what it sells. All of it is made up."""

from dataclasses import dataclass
from decimal import Decimal

from conto.apps.accounts.queries import BankAccountDetails, SellerDetails
from conto.apps.catalog.entry import NewItem
from conto.apps.crm.entry import NewContact, NewCustomer, PostalAddress

SELLER = SellerDetails(
    name="Kestrel & Finch Studio",
    legal_name="Kestrel & Finch Studio GmbH",
    country="DE",
    currency="EUR",
    zone="Europe/Berlin",
    language="de",
    line1="Linienstraße 40",
    postcode="10119",
    city="Berlin",
    email="hello@kestrel-finch.example",
    phone="+49 30 901820",
    website="kestrel-finch.example",
    vat_number="DE136695976",
    tax_number="37/205/50123",
    company_number="HRB 204417 B",
    electronic_address_scheme="EM",
    electronic_address="hello@kestrel-finch.example",
    accent_color="#1f5c46",
)
ACCOUNTS = (
    BankAccountDetails(
        holder="Kestrel & Finch Studio GmbH",
        currency="EUR",
        iban="DE89370400440532013000",
        bic="COBADEFFXXX",
        bank_name="Commerzbank",
        is_default=True,
    ),
    BankAccountDetails(
        holder="Kestrel & Finch Studio GmbH",
        currency="CHF",
        iban="CH9300762011623852957",
        bank_name="PostFinance",
        is_default=True,
    ),
)


@dataclass(frozen=True, slots=True)
class Buyer:
    """A customer of the demo with its habits."""

    key: str
    new: NewCustomer
    joined_days_ago: int
    pays_after_days: int  # from the day of issue; beyond the terms is late
    monthly: str = ""  # the item of a monthly retainer
    projects: int = 0  # how many other invoices over the months
    note: str = ""


def _company(name: str, address: PostalAddress, **more: object) -> NewCustomer:
    return NewCustomer(name=name, billing=address, **more)  # type: ignore[arg-type]


def _at(country: str, line1: str, postcode: str, city: str) -> PostalAddress:
    return PostalAddress(country=country, line1=line1, postcode=postcode, city=city)


def _person(name: str, job: str, email: str) -> tuple[NewContact, ...]:
    return (NewContact(name=name, job_title=job, email=email, receives_invoices=True),)


BUYERS = (
    Buyer(
        "meridian",
        _company(
            "Meridian Räder GmbH", _at("DE", "Sonnenallee 180", "12059", "Berlin"), language="de", terms_days=14,
            vat_number="DE218739444", phone="030 5557130", email="buchhaltung@meridian.example",
            contacts=_person("Jana Okafor", "Einkauf", "jana@meridian.example"), tags=("retainer", "design"),
        ),
        208, 12, "retainer_m", 4, "Möchte jede Rechnung vor dem 5. des Monats.",
    ),
    Buyer(
        "orchard",
        _company(
            "Orchard Dental Ltd", _at("GB", "12 Headingley Lane", "LS6 1BL", "Leeds"), language="en", terms_days=14,
            currency="GBP", vat_number="GB980780684", email="accounts@orcharddental.example",
            contacts=_person("Tom Whitfield", "Practice manager", "tom@orcharddental.example"), tags=("retainer",),
        ),
        205, 31, "retainer_s", 2, "Pays late, but always pays. Call rather than write.",
    ),
    Buyer(
        "atelier",
        _company(
            "Atelier Lumière SARL", _at("FR", "8 rue des Martyrs", "75009", "Paris"), language="fr", terms_days=30,
            vat_number="FR40303265045", email="compta@lumiere.example", delivery_method="einvoice",
            contacts=_person("Camille Roy", "Directrice", "camille@lumiere.example"), tags=("design",),
        ),
        190, 27, "", 5,
    ),
    Buyer(
        "alpenrot",
        _company(
            "Alpenrot AG", _at("CH", "Limmatquai 3", "8001", "Zürich"), language="de", terms_days=30, currency="CHF",
            vat_number="CHE107787577MWST", email="finanzen@alpenrot.example",
            contacts=_person("Reto Bühler", "Finanzen", "reto@alpenrot.example"), tags=("web",),
        ),
        182, 30, "retainer_m", 2,
    ),
    Buyer(
        "hafen",
        _company(
            "Hafenkontor Hamburg KG", _at("DE", "Am Sandtorkai 27", "20457", "Hamburg"), language="de", terms_days=14,
            vat_number="DE812073529", email="rechnung@hafenkontor.example", early_discount_percent=Decimal(2),
            early_discount_days=7, contacts=_person("Malte Petersen", "Prokurist", "malte@hafenkontor.example"),
        ),
        176, 6, "retainer_s", 3, "Zieht Skonto, wenn er darf.",
    ),
    Buyer(
        "stadt",
        _company(
            "Stadt Norderau, Kulturamt", _at("DE", "Rathausplatz 1", "24937", "Flensburg"), language="de",
            terms_days=30, buyer_reference="04011000-1234512345-06", email="kultur@norderau.example",
            delivery_method="einvoice", contacts=_person("Birgit Thomsen", "Kulturamt", "birgit@norderau.example"),
            tags=("public",),
        ),
        160, 75, "", 3, "Öffentlicher Auftraggeber: E-Rechnung mit Leitweg-ID.",
    ),
    Buyer(
        "brouwer",
        _company(
            "Brouwer & Zonen B.V.", _at("NL", "Herengracht 448", "1017 CA", "Amsterdam"), language="en", terms_days=14,
            vat_number="NL004495445B01", email="admin@brouwer.example",
            contacts=_person("Sanne Brouwer", "Owner", "sanne@brouwer.example"), tags=("packaging",),
        ),
        150, 15, "", 4,
    ),
    Buyer(
        "donau",
        _company(
            "Donauwerk GmbH", _at("AT", "Praterstraße 66", "1020", "Wien"), language="de", terms_days=14,
            vat_number="ATU13585627", email="office@donauwerk.example",
            contacts=_person("Lukas Gruber", "Geschäftsführer", "lukas@donauwerk.example"),
        ),
        131, 38, "", 3,
    ),
    Buyer(
        "nordlicht",
        _company(
            "Nordlicht Verlag eG", _at("DE", "Eppendorfer Weg 9", "20259", "Hamburg"), language="de", terms_days=14,
            vat_number="DE304567184", email="verlag@nordlicht.example", tags=("design", "print"),
        ),
        118, 11, "", 4,
    ),
    Buyer(
        "fenwick",
        _company(
            "Fenwick & Shaw LLP", _at("GB", "4 Castle Street", "EH2 3AT", "Edinburgh"), language="en", terms_days=30,
            currency="GBP", email="billing@fenwickshaw.example",
            contacts=_person("Ailsa Shaw", "Partner", "ailsa@fenwickshaw.example"),
        ),
        96, 400, "", 2, "Two invoices open; promised a payment plan.",
    ),
    Buyer(
        "yilmaz",
        NewCustomer(
            name="Deniz Yılmaz", kind="person", billing=_at("DE", "Oranienstraße 12", "10999", "Berlin"),
            language="de", email="deniz@yilmaz.example", phone="0171 5550142",
        ),
        80, 9, "", 2,
    ),
    Buyer(
        "weber",
        NewCustomer(
            name="Klara Weber", kind="person", billing=_at("DE", "Kaiserstraße 5", "76133", "Karlsruhe"),
            language="de", email="klara.weber@post.example",
        ),
        62, 3, "", 1,
    ),
    Buyer(
        "solaris",
        _company(
            "Solaris Dach GmbH", _at("DE", "Industriestraße 14", "70565", "Stuttgart"), language="de", terms_days=14,
            vat_number="DE265409139", email="einkauf@solaris.example",
            contacts=_person("Emre Aydin", "Marketing", "emre@solaris.example"), tags=("web",),
        ),
        45, 13, "", 2,
    ),
    Buyer(
        "kupfer",
        _company(
            "Kupferblau Café GmbH", _at("DE", "Bergmannstraße 71", "10961", "Berlin"), language="de", terms_days=14,
            email="team@kupferblau.example",
        ),
        12, 14, "", 1,
    ),
)  # fmt: skip

# key: item, price in EUR, other prices, words in German, words in French
ITEMS: dict[str, tuple[NewItem, Decimal, dict[str, Decimal], str, str]] = {
    "retainer_s": (
        NewItem(name="Design retainer, small", code="RET-S", unit_code="MON", description="Up to 8 hours a month."),
        Decimal(640), {"GBP": Decimal(560)}, "Betreuung Gestaltung, klein", "Forfait création, petit",
    ),
    "retainer_m": (
        NewItem(name="Design retainer, medium", code="RET-M", unit_code="MON", description="Up to 16 hours a month."),
        Decimal(1250), {"CHF": Decimal(1350)}, "Betreuung Gestaltung, mittel", "Forfait création, moyen",
    ),
    "day": (
        NewItem(name="Design day", code="DAY", unit_code="DAY", cost=Decimal(420)),
        Decimal(780), {"GBP": Decimal(690), "CHF": Decimal(890)}, "Tagessatz Gestaltung", "Journée de création",
    ),
    "hour": (
        NewItem(name="Web development", code="WEB-H", unit_code="HUR", cost=Decimal(55)),
        Decimal(105), {"GBP": Decimal(92), "CHF": Decimal(120)}, "Webentwicklung", "Développement web",
    ),
    "brochure": (
        NewItem(name="Brochure, printed", code="PRT-16", kind="product", unit_code="C62", supply="goods",
                cost=Decimal("1.10"), description="16 pages, recycled paper."),
        Decimal("2.35"), {"GBP": Decimal("2.10"), "CHF": Decimal("2.80")}, "Broschüre, gedruckt", "Brochure imprimée",
    ),
    "book": (
        NewItem(name="Book “Letters of Berlin”", code="BOOK-1", kind="product", unit_code="C62", supply="goods",
                rate_class="reduced", cost=Decimal(14)),
        Decimal(34), {"GBP": Decimal(30), "CHF": Decimal(38)}, "Buch „Berliner Lettern“", "Livre « Lettres de Berlin »",
    ),
    "shoot": (
        NewItem(name="Photo shoot", code="PHOTO", unit_code="C62", cost=Decimal(380)),
        Decimal(920), {"GBP": Decimal(810), "CHF": Decimal(1050)}, "Fotoaufnahmen", "Prise de vues",
    ),
}  # fmt: skip
