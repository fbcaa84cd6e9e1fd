"""Who the demo company is, whom it works for and what it sells. All of it is made up."""

from decimal import Decimal

from conto.apps.accounts.queries import BankAccountDetails, SellerDetails
from conto.apps.catalog.entry import NewItem
from conto.apps.crm.entry import NewContact, NewCustomer, PostalAddress
from conto.domain.demo import DEMO_PASSWORD
from conto.domain.permissions import Role
from conto.jobs.simulation.cast import Buyer, Cast, Goods, Habits, Login, Pitched

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


PASSWORD = DEMO_PASSWORD
SELLER_EMAIL = "seller@demo.example"  # sees only what is hers
LOGINS = (
    Login("owner@demo.example", "Nadia Finch", Role.OWNER),
    Login("sales@demo.example", "Jonas Kestrel", Role.SALES),
    Login(SELLER_EMAIL, "Tara Vogel", Role.SALES),
    Login("finance@demo.example", "Mira Sommer", Role.FINANCE),
    Login("auditor@demo.example", "Paul Adler", Role.AUDITOR),
)


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
        3, Habits(retainer="retainer_m", pays_after_days=12, deals_a_year=2, projects_a_year=3),
        "Möchte jede Rechnung vor dem 5. des Monats.",
    ),
    Buyer(
        "orchard",
        _company(
            "Orchard Dental Ltd", _at("GB", "12 Headingley Lane", "LS6 1BL", "Leeds"), language="en", terms_days=14,
            currency="GBP", vat_number="GB980780684", email="accounts@orcharddental.example",
            contacts=_person("Tom Whitfield", "Practice manager", "tom@orcharddental.example"), tags=("retainer",),
        ),
        8, Habits(retainer="retainer_s", pays_after_days=31, deals_a_year=1, projects_a_year=2, card_percent=40),
        "Pays late, but always pays. Call rather than write.",
    ),
    Buyer(
        "atelier",
        _company(
            "Atelier Lumière SARL", _at("FR", "8 rue des Martyrs", "75009", "Paris"), language="fr", terms_days=30,
            vat_number="FR40303265045", email="compta@lumiere.example", delivery_method="einvoice",
            contacts=_person("Camille Roy", "Directrice", "camille@lumiere.example"), tags=("design",),
        ),
        34, Habits(pays_after_days=27, deals_a_year=2, projects_a_year=4),
    ),
    Buyer(
        "alpenrot",
        _company(
            "Alpenrot AG", _at("CH", "Limmatquai 3", "8001", "Zürich"), language="de", terms_days=30, currency="CHF",
            vat_number="CHE107787577MWST", email="finanzen@alpenrot.example",
            contacts=_person("Reto Bühler", "Finanzen", "reto@alpenrot.example"), tags=("web",),
        ),
        48, Habits(retainer="retainer_m", pays_after_days=30, deals_a_year=2, projects_a_year=2),
    ),
    Buyer(
        "hafen",
        _company(
            "Hafenkontor Hamburg KG", _at("DE", "Am Sandtorkai 27", "20457", "Hamburg"), language="de", terms_days=14,
            vat_number="DE812073529", email="rechnung@hafenkontor.example", early_discount_percent=Decimal(2),
            early_discount_days=7, contacts=_person("Malte Petersen", "Prokurist", "malte@hafenkontor.example"),
        ),
        59, Habits(retainer="retainer_s", pays_after_days=6, deals_a_year=2, projects_a_year=4),
        "Zieht Skonto, wenn er darf.",
    ),
    Buyer(
        "stadt",
        _company(
            "Stadt Norderau, Kulturamt", _at("DE", "Rathausplatz 1", "24937", "Flensburg"), language="de",
            terms_days=30, buyer_reference="04011000-1234512345-06", email="kultur@norderau.example",
            delivery_method="einvoice", contacts=_person("Birgit Thomsen", "Kulturamt", "birgit@norderau.example"),
            tags=("public",),
        ),
        86, Habits(pays_after_days=75, deals_a_year=2, projects_a_year=4),
        "Öffentlicher Auftraggeber: E-Rechnung mit Leitweg-ID.",
    ),
    Buyer(
        "brouwer",
        _company(
            "Brouwer & Zonen B.V.", _at("NL", "Herengracht 448", "1017 CA", "Amsterdam"), language="en", terms_days=14,
            vat_number="NL004495445B01", email="admin@brouwer.example",
            contacts=_person("Sanne Brouwer", "Owner", "sanne@brouwer.example"), tags=("packaging",),
        ),
        104, Habits(pays_after_days=15, deals_a_year=2, projects_a_year=4, deposits_a_year=3),
    ),
    Buyer(
        "donau",
        _company(
            "Donauwerk GmbH", _at("AT", "Praterstraße 66", "1020", "Wien"), language="de", terms_days=14,
            vat_number="ATU13585627", email="office@donauwerk.example",
            contacts=_person("Lukas Gruber", "Geschäftsführer", "lukas@donauwerk.example"),
        ),
        137, Habits(pays_after_days=38, deals_a_year=2, projects_a_year=4),
    ),
    Buyer(
        "nordlicht",
        _company(
            "Nordlicht Verlag eG", _at("DE", "Eppendorfer Weg 9", "20259", "Hamburg"), language="de", terms_days=14,
            vat_number="DE304567184", email="verlag@nordlicht.example", tags=("design", "print"),
        ),
        159, Habits(
            pays_after_days=11, deals_a_year=2, projects_a_year=5, moves_on_day=320,
            moves_to=_at("DE", "Lange Reihe 64", "20099", "Hamburg"),
        ),
    ),
    Buyer(
        "fenwick",
        _company(
            "Fenwick & Shaw LLP", _at("GB", "4 Castle Street", "EH2 3AT", "Edinburgh"), language="en", terms_days=30,
            currency="GBP", email="billing@fenwickshaw.example",
            contacts=_person("Ailsa Shaw", "Partner", "ailsa@fenwickshaw.example"),
        ),
        198, Habits(pays_after_days=400, projects_a_year=4, credit_percent=0),
        "Two invoices open; promised a payment plan.",
    ),
    Buyer(
        "yilmaz",
        NewCustomer(
            name="Deniz Yılmaz", kind="person", billing=_at("DE", "Oranienstraße 12", "10999", "Berlin"),
            language="de", email="deniz@yilmaz.example", phone="0171 5550142",
        ),
        225, Habits(pays_after_days=9, deals_a_year=1, projects_a_year=5, card_percent=50),
    ),
    Buyer(
        "weber",
        NewCustomer(
            name="Klara Weber", kind="person", billing=_at("DE", "Kaiserstraße 5", "76133", "Karlsruhe"),
            language="de", email="klara.weber@post.example",
        ),
        257, Habits(pays_after_days=3, projects_a_year=3, card_percent=60),
    ),
    Buyer(
        "solaris",
        _company(
            "Solaris Dach GmbH", _at("DE", "Industriestraße 14", "70565", "Stuttgart"), language="de", terms_days=14,
            vat_number="DE265409139", email="einkauf@solaris.example",
            contacts=_person("Emre Aydin", "Marketing", "emre@solaris.example"), tags=("web",),
        ),
        286, Habits(pays_after_days=13, deals_a_year=3, projects_a_year=6),
    ),
    Buyer(
        "kupfer",
        _company(
            "Kupferblau Café GmbH", _at("DE", "Bergmannstraße 71", "10961", "Berlin"), language="de", terms_days=14,
            email="team@kupferblau.example",
        ),
        344, Habits(pays_after_days=14, deals_a_year=3, projects_a_year=4),
    ),
    Buyer(
        "lindgren",
        _company(
            "Lindgren Möbel AB", _at("SE", "Drottninggatan 71", "111 36", "Stockholm"), language="en", terms_days=30,
            vat_number="SE556012579001", email="ekonomi@lindgren.example",
            contacts=_person("Elsa Lindgren", "Ägare", "elsa@lindgren.example"),
        ),
        20, Habits(pays_after_days=24, deals_a_year=2, projects_a_year=4, leaves_on_day=250,
                   archive_reason="Works with a house in Malmö"),
    ),
    Buyer(
        "tapas",
        _company(
            "Tapas & Mar S.L.", _at("ES", "Carrer de Blai 20", "08004", "Barcelona"), language="en", terms_days=14,
            email="hola@tapasymar.example",
        ),
        30, Habits(pays_after_days=400, projects_a_year=5, write_off_percent=100, leaves_on_day=200,
                   archive_reason="Insolvent"),
    ),
)  # fmt: skip

GOODS = {
    "retainer_s": Goods(
        NewItem(name="Design retainer, small", code="RET-S", unit_code="MON", description="Up to 8 hours a month."),
        {"EUR": Decimal(640), "GBP": Decimal(560)},
        {"de": "Betreuung Gestaltung, klein", "fr": "Forfait création, petit"},
    ),
    "retainer_m": Goods(
        NewItem(name="Design retainer, medium", code="RET-M", unit_code="MON", description="Up to 16 hours a month."),
        {"EUR": Decimal(1250), "CHF": Decimal(1350)},
        {"de": "Betreuung Gestaltung, mittel", "fr": "Forfait création, moyen"},
    ),
    "day": Goods(
        NewItem(name="Design day", code="DAY", unit_code="DAY", cost=Decimal(420)),
        {"EUR": Decimal(780), "GBP": Decimal(690), "CHF": Decimal(890)},
        {"de": "Tagessatz Gestaltung", "fr": "Journée de création"},
    ),
    "hour": Goods(
        NewItem(name="Web development", code="WEB-H", unit_code="HUR", cost=Decimal(55)),
        {"EUR": Decimal(105), "GBP": Decimal(92), "CHF": Decimal(120)},
        {"de": "Webentwicklung", "fr": "Développement web"},
    ),
    "brochure": Goods(
        NewItem(name="Brochure, printed", code="PRT-16", kind="product", unit_code="C62", supply="goods",
                cost=Decimal("1.10"), description="16 pages, recycled paper."),
        {"EUR": Decimal("2.35"), "GBP": Decimal("2.10"), "CHF": Decimal("2.80")},
        {"de": "Broschüre, gedruckt", "fr": "Brochure imprimée"},
    ),
    "book": Goods(
        NewItem(name="Book “Letters of Berlin”", code="BOOK-1", kind="product", unit_code="C62", supply="goods",
                rate_class="reduced", cost=Decimal(14)),
        {"EUR": Decimal(34), "GBP": Decimal(30), "CHF": Decimal(38)},
        {"de": "Buch „Berliner Lettern“", "fr": "Livre « Lettres de Berlin »"},
    ),
    "shoot": Goods(
        NewItem(name="Photo shoot", code="PHOTO", unit_code="C62", cost=Decimal(380)),
        {"EUR": Decimal(920), "GBP": Decimal(810), "CHF": Decimal(1050)},
        {"de": "Fotoaufnahmen", "fr": "Prise de vues"},
    ),
}  # fmt: skip

PITCHES = (
    Pitched(
        {"en": "New website", "de": "Neue Website", "fr": "Nouveau site web"},
        (("hour", (40, 60, 80)), ("day", (4, 6))), "shoot",
    ),
    Pitched(
        {"en": "Brand refresh", "de": "Auffrischung der Marke", "fr": "Rafraîchissement de la marque"},
        (("day", (5, 8, 10)),), "shoot",
    ),
    Pitched(
        {"en": "Online shop", "de": "Onlineshop", "fr": "Boutique en ligne"}, (("hour", (60, 90, 120)),), "day",
    ),
    Pitched(
        {"en": "Image campaign", "de": "Imagekampagne", "fr": "Campagne d’image"},
        (("shoot", (2, 3)), ("day", (3, 4))), "hour",
    ),
    Pitched({"en": "Trade fair stand", "de": "Messestand", "fr": "Stand de salon"}, (("day", (6, 9)),), "shoot"),
    Pitched({"en": "Annual report", "de": "Jahresbericht", "fr": "Rapport annuel"}, (("day", (4, 5)), ("hour", (6,)))),
)  # fmt: skip
TALK = {
    "call": "Call and ask what they need",
    "meeting": "Meet and look at examples",
    "offer": "Write the quote",
    "answer": "Ask what they think of the quote",
}
OUTCOMES = ("Friendly, wants examples", "Budget is there", "Decides with a partner", "Starts after the summer", "")
COMMENTS = (
    "They liked what we did for Meridian.",
    "@Mira Sommer can we offer thirty days to pay?",
    "Two others are asked as well, price is not the first thing.",
    "@Nadia Finch please look over it before it goes out.",
)
DECLINES = (
    "Leider über unserem Budget.",
    "We go with a studio nearby, thank you for the work you put in.",
    "Das Projekt ist auf nächstes Jahr verschoben.",
)

QUIET = Habits(pays_after_days=400, views_percent=0, asks_percent=0, credit_percent=0)
ON_THE_DESK = ("Herbstkatalog", "Briefe 2", "Relaunch", "Sprint 12", "Booking form")

CAST = Cast(
    seller=SELLER,
    accounts=ACCOUNTS,
    number_prefix="KF",
    logins=LOGINS,
    password=PASSWORD,
    goods=GOODS,
    buyers=BUYERS,
    projects=(
        (("day", (2, 3, 4, 5, 6)),),
        (("hour", tuple(range(8, 61))),),
        (("brochure", (250, 500, 1000)), ("day", (2,))),
        (("shoot", (1,)), ("hour", (3, 4))),
        (("book", tuple(range(3, 21))),),
    ),
    sales_email="sales@demo.example",
    finance_email="finance@demo.example",
    questions={
        "de": ("Können Sie uns die Stunden noch nach Tagen aufschlüsseln?", "Bitte nennen Sie unsere Bestellnummer."),
        "en": ("Could you split the hours by day, please?", "Is the second proof part of this?"),
        "fr": ("Pourriez-vous détailler les jours de création ?",),
    },
    credit_reasons=("Mit Druckfehler geliefert", "Weniger Stunden als vereinbart", "Bestellung widerrufen"),
    write_off_reason="Insolvenz, keine Quote zu erwarten",
    reopening_reason="Ein Beleg kam nach",
    pitches=PITCHES,
    talk=TALK,
    outcomes=OUTCOMES,
    comments=COMMENTS,
    deal_sources=("Recommendation", "Website", "Trade fair", "Customer", ""),
    declines=DECLINES,
    offer_words={
        "en": ("If you like", "Start", "Handover"),
        "de": ("Auf Wunsch", "Auftakt", "Übergabe"),
        "fr": ("En option", "Démarrage", "Livraison"),
    },
    arranged=dict.fromkeys(ON_THE_DESK, QUIET),
)
