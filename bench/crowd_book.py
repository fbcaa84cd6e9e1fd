"""A book with a crowd of customers: made up, seeded, laid by COPY, so that two runs lay the same.

Customers come in the way an import brings them (every check, every word of the search, every fact), deals and tags by
COPY beside them, invoices by issuing them. One customer has a long story, and one seller has very few customers.
"""

from __future__ import annotations

import random
import secrets
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from itertools import accumulate, islice
from typing import Any
from uuid import UUID

SOURCE = "crowd"
SELLERS = 40  # in teams of five
DEALS = 10_000
LONG_STORY = 4_000  # invoices of one customer, each with its payment: 12,000 facts beside as many papers
NOTES = 400
ONE_IN = 20  # customers have an invoice
OPEN = 0.3  # of them are not paid yet
NOBODYS = 0.002
RARE = 40  # customers of the seller who has few
CHUNK = 5_000
NOON = time(12)
TODAY = date(2026, 11, 22)


def _words(text: str) -> list[str]:
    return text.split()


FIRST = _words(
    "Anna Ben Clara David Elif Finn Greta Hannes Ida Jonas Katharina Leon Mia Noah Olivia Paul Quirin Rosa Samuel "
    "Tilda Ulrich Vera Wolfgang Xaver Yasemin Zoe Andreas Birgit Christian Dorothea Emil Franziska Georg Heike "
    "Ingo Jürgen Karin Lukas Marlene Norbert Oskar Petra Ralf Sabine Thomas Ursula Viktor Waltraud André Björn "
    "Céline Frédéric"
)
LAST = _words(
    "Müller Schmidt Schneider Fischer Weber Meyer Wagner Becker Schulz Hoffmann Schäfer Koch Bauer Richter Klein "
    "Wolf Schröder Neumann Schwarz Zimmermann Braun Krüger Hofmann Hartmann Lange Schmitt Werner Krause Meier "
    "Lehmann Schmid Schulze Maier Köhler Herrmann König Walter Mayer Huber Kaiser Fuchs Peters Lang Scholz Möller "
    "Weiß Jung Hahn Schubert Vogel Friedrich Keller Günther Frank Berger Winkler Roth Beck Lorenz Baumann Franke "
    "Albrecht Schuster Simon Ludwig Böhm Winter Kraus Martin Schumacher Krämer Vogt Stein Jäger Otto Sommer Groß "
    "Seidel Heinrich Brandt Haas Schreiber Graf Schulte Dietrich Ziegler Kuhn Kühn Pohl Engel Horn Busch Bergmann "
    "Thomas Voigt Sauer Arnold Wolff Pfeiffer O'Connor Le-Goff Nowak Kowalski Yılmaz Øster Đorđević Novák Rossi "
    "García Silva Janssen"
)
STEMS = _words("bach berg burg dorf feld hain heim hof kamp loh mann mark rode stein tal wald weg werth wiese zeit")
TRADES = _words(
    "Metallbau Elektro Logistik Software Consulting Gartenbau Dental Optik Catering Architektur Bäckerei Druck "
    "Energie Fahrzeugbau Gebäudetechnik Handel Immobilien Kältetechnik Labor Maschinenbau Textil Verlag "
    "Weinkontor Zweirad"
)
FORMS = ("GmbH", "AG", "KG", "e.K.", "GbR", "UG", "GmbH & Co. KG", "eG")
CITIES = (
    ("Berlin", "10"), ("Hamburg", "20"), ("München", "80"), ("Köln", "50"), ("Frankfurt am Main", "60"),
    ("Stuttgart", "70"), ("Düsseldorf", "40"), ("Leipzig", "04"), ("Dortmund", "44"), ("Essen", "45"),
    ("Bremen", "28"), ("Dresden", "01"), ("Hannover", "30"), ("Nürnberg", "90"), ("Duisburg", "47"),
    ("Bochum", "44"), ("Wuppertal", "42"), ("Bielefeld", "33"), ("Bonn", "53"), ("Münster", "48"),
)  # fmt: skip
STREETS = ("Hauptstraße", "Bahnhofstraße", "Gartenweg", "Schulstraße", "Lindenallee", "Am Markt", "Bergstraße")
MAILS = ("example.com", "example.org", "example.net", "post.example", "mail.example")
TAGS = ("wholesale", "retail", "newsletter", "key account", "fair 2026", "do not call", "pays late", "Beirat")
THINGS = ("Kitchen", "Roof", "Website", "Maintenance", "Fleet", "Audit", "Campaign", "Server room", "Training", "Lease")


@dataclass(frozen=True, slots=True)
class Crowd:
    """What was laid, as the bench asks for it."""

    owner: Any
    rare_seller: Any
    seller: Any
    helper: Any
    long_story_id: UUID

    def askers(self) -> dict[str, Any]:
        """Return who asks: an owner, a seller who sees very few customers, one who sees those of the team."""
        return {"owner": self.owner, "own": self.rare_seller, "team": self.helper}


class Chance:
    """Seeded chance in which a few names are common and most are rare, as they are in the world."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        stems = [f"{word}{stem}" for word in LAST for stem in STEMS]
        self.last = [*LAST, *stems]
        self.weights = list(accumulate(1 / (n + 3) for n in range(len(self.last))))

    def last_name(self) -> str:
        """Return a family name."""
        return self.random.choices(self.last, cum_weights=self.weights)[0]

    def phone(self) -> str:
        """Return a German number of a land line or of a mobile."""
        start = self.random.choice(("+49151", "+49170", "+49171", "+4930", "+4940", "+4989"))
        return f"{start}{self.random.randrange(10_000_000, 99_999_999)}"


def seeded_customers(count: int, sellers: Sequence[UUID]) -> Iterator[Any]:
    """Give the customers as an import hands them over; the first has the long story."""
    from conto.apps.crm.entry import NewContact, NewCustomer, PostalAddress  # noqa: PLC0415 -- Django is up now
    from conto.domain.contact import fold  # noqa: PLC0415

    chance = Chance(7)
    dice = chance.random
    rare, others = sellers[0], sellers[1:]
    every = count // RARE
    for n in range(count):
        first, last, is_company = dice.choice(FIRST), chance.last_name(), dice.random() < 0.55
        person = f"{first} {last}"
        name = f"{last} {dice.choice(TRADES)} {dice.choice(FORMS)}" if is_company else person
        city, start = dice.choice(CITIES)
        word = "".join(c for c in fold(last) if c.isalnum())
        mail = f"{word}{n}@{dice.choice(MAILS)}" if is_company else f"{fold(first)}.{word}{n}@{dice.choice(MAILS)}"
        country = "DE" if dice.random() < 0.9 else dice.choice(("AT", "CH", "FR", "NL"))
        owner = rare if n % every == every - 1 else dice.choice(others)
        people = (NewContact(name=person, email=f"{fold(first)}@{word}{n}.example", job_title="Einkauf"),)
        yield NewCustomer(
            name=name,
            kind="company" if is_company else "person",
            email=mail,
            phone=chance.phone() if dice.random() < 0.8 else "",
            owner_id=None if dice.random() < NOBODYS or n == 0 else owner,  # everybody sees the long story
            billing=PostalAddress(
                country=country,
                line1=f"{dice.choice(STREETS)} {dice.randrange(1, 200)}",
                postcode=f"{start}{dice.randrange(100, 999)}" if country == "DE" else "",
                city=city,
            ),
            contacts=people if is_company and dice.random() < 0.5 else (),
            source=SOURCE,
            external_ref=f"K{n:07d}",
            created_at=datetime(2019, 1, 1, tzinfo=UTC) + timedelta(minutes=dice.randrange(4_000_000)),
        )


def lay(count: int, say: Callable[[str], None]) -> None:
    """Fill an empty book: members, customers, tags, deals, invoices and the long story."""
    from conto.apps.bulk import mass_run, refresh_statistics  # noqa: PLC0415
    from conto.apps.crm import actions as crm  # noqa: PLC0415
    from conto.jobs.commands import IMPORT  # noqa: PLC0415

    at = datetime.combine(TODAY, NOON, tzinfo=UTC)
    sellers = _lay_members(at)
    ids: list[UUID] = []
    rows = seeded_customers(count, sellers)
    with mass_run():
        while some := list(islice(rows, CHUNK)):
            made = crm.import_customers(rows=some, actor=IMPORT, at=at)
            ids.extend(made[SOURCE, str(row.external_ref)] for row in some)
            say(f"{len(ids):,} of {count:,} customers")
    refresh_statistics()
    dice = random.Random(11)
    _lay_tags(ids, dice)
    _lay_deals(ids, sellers, dice, at)
    _lay_invoices(ids, dice, say)
    for n in range(NOTES):
        crm.write_note(
            customer=_customer(ids[0]), body=f"Note {n} of a long story", actor=IMPORT, at=at - timedelta(days=n % 900)
        )
    refresh_statistics()


def _customer(customer_id: UUID) -> Any:
    from conto.apps.crm.models import Customer  # noqa: PLC0415

    return Customer.objects.get(id=customer_id)


def _lay_members(at: datetime) -> list[UUID]:
    """Add sellers in teams, and one who helps the first team; return the sellers, the one with few customers first."""
    from conto.apps.accounts import actions as accounts  # noqa: PLC0415
    from conto.apps.accounts.models import Member  # noqa: PLC0415
    from conto.domain.facts import SYSTEM  # noqa: PLC0415
    from conto.domain.permissions import Role  # noqa: PLC0415
    from conto.domain.sight import Area, Reach  # noqa: PLC0415

    teams = [accounts.add_team(name=f"Team {n + 1}", actor=SYSTEM, at=at) for n in range(SELLERS // 5)]
    people = [("helper", "Helga Haas", Role.SUPPORT, teams[0])]
    people += [(f"seller{n}", f"{FIRST[n]} {LAST[n]}", Role.SALES, teams[n // 5]) for n in range(SELLERS)]
    made = []
    for mail, name, role, team in people:
        password = secrets.token_hex(12)  # nobody signs in by it
        member = accounts.add_member(
            email=f"{mail}@conto.example", name=name, role=role, password=password, actor=SYSTEM, at=at
        )
        Member.objects.filter(id=member.id).update(team=team)
        made.append(member.id)
    wanted = {(Role.SALES, area): Reach.OWN for area in Area} | {(Role.SUPPORT, area): Reach.TEAM for area in Area}
    accounts.set_reaches(wanted=wanted, actor=SYSTEM, at=at)
    return made[1:]


def _lay_tags(ids: Sequence[UUID], dice: random.Random) -> None:
    from conto.apps.bulk import copy_rows  # noqa: PLC0415
    from conto.apps.crm.models import Tag  # noqa: PLC0415
    from conto.domain.contact import fold  # noqa: PLC0415
    from conto.domain.ids import new_id  # noqa: PLC0415

    tags = Tag.objects.bulk_create(Tag(id=new_id(), name=name, folded=fold(name)) for name in TAGS)
    shares = (0.2, 0.1, 0.05, 0.02, 0.01, 0.005, 0.002, 0.0005)
    some = ((each, tag.id) for each in ids for tag, share in zip(tags, shares, strict=True) if dice.random() < share)
    copy_rows(Tag.customers.through, ["customer", "tag"], some)


def _lay_deals(ids: Sequence[UUID], sellers: Sequence[UUID], dice: random.Random, at: datetime) -> None:
    from conto.apps.bulk import copy_rows  # noqa: PLC0415
    from conto.apps.deals.models import Activity, Deal, Stage, StageVisit  # noqa: PLC0415
    from conto.domain.contact import fold  # noqa: PLC0415
    from conto.domain.ids import new_id  # noqa: PLC0415

    stages = list(Stage.objects.filter(is_archived=False).order_by("pipeline__position", "position"))
    deals, visits, steps = [], [], []
    for n in range(DEALS):
        stage, deal_id, name = dice.choice(stages), new_id(), f"{dice.choice(THINGS)} {n}"
        customer, owner = dice.choice(ids), dice.choice(sellers)
        since = at - timedelta(days=dice.randrange(1, 120), minutes=n % 1440)
        due = at + timedelta(days=dice.randrange(-5, 30)) if dice.random() < 0.7 else None
        currency = "EUR" if dice.random() < 0.9 else "USD"
        deals.append(
            (deal_id, customer, stage.pipeline_id, stage.id, name, fold(name), dice.randrange(5_000_000), currency,
             owner, TODAY + timedelta(days=dice.randrange(1, 200)), "", "open", n << 20, since, since, due, since,
             since, "", 1)
        )  # fmt: skip
        visits.append((new_id(), deal_id, stage.id, since))
        if due:
            steps.append((new_id(), deal_id, customer, "call", "Call back", "", due, owner, "", 1, since, since))
    heads = (
        "id customer pipeline stage name search_key value_minor currency owner expected_close_on source state rank"
        " entered_stage_at last_activity_at next_step_at created_at changed_at lost_note version"
    )
    copy_rows(Deal, heads.split(), deals)
    copy_rows(StageVisit, ["id", "deal", "stage", "entered_at"], visits)
    heads = "id deal customer kind title text due_at owner outcome version created_at changed_at"
    copy_rows(Activity, heads.split(), steps)


def _lay_invoices(ids: Sequence[UUID], dice: random.Random, say: Callable[[str], None]) -> None:
    """Issue the invoices: the long story and what is paid as a shop's orders, what is open after them."""
    from conto.apps.accounts import queries as accounts  # noqa: PLC0415
    from conto.apps.bulk import mass_run, refresh_statistics  # noqa: PLC0415
    from conto.apps.invoicing import queries as documents  # noqa: PLC0415
    from conto.apps.invoicing.actions.issue_computed import issue_computed  # noqa: PLC0415
    from conto.domain.orders import Order  # noqa: PLC0415
    from conto.flows.import_orders import import_orders  # noqa: PLC0415
    from conto.jobs.commands import IMPORT  # noqa: PLC0415

    entity = accounts.legal_entities().first()
    assert entity is not None
    series = documents.default_series(entity, "invoice")
    assert series is not None
    billed = dice.sample(range(1, len(ids)), len(ids) // ONE_IN)
    late = int(len(billed) * OPEN)
    payers = [0] * LONG_STORY + billed[late:]
    since = date(2023, 1, 1)
    orders = [
        Order(f"o{n}", f"K{who:07d}", since + timedelta(days=dice.randrange(1300)), 1, dice.randrange(1, 10**5))
        for n, who in enumerate(payers)
    ]
    orders.sort(key=lambda order: order.ordered_on)
    at = datetime.combine(TODAY, NOON, tzinfo=UTC)
    import_orders(orders, legal_entity=entity, series=series, source=SOURCE, actor=IMPORT, at=at, say=say)
    with mass_run():
        for start in range(0, late, 500):
            day = TODAY - timedelta(days=60 - 60 * start // late)
            some = [_unpaid(entity, series.id, ids[who], day, dice) for who in billed[start : min(start + 500, late)]]
            issue_computed(some, actor=IMPORT)
    refresh_statistics()


def _unpaid(entity: Any, series_id: UUID, customer_id: UUID, day: date, dice: random.Random) -> Any:
    from conto.apps.crm.parties import seller_party  # noqa: PLC0415
    from conto.apps.invoicing.new_documents import NewDocument, snapshot_of  # noqa: PLC0415
    from conto.domain.document import Party, PostalAddress  # noqa: PLC0415
    from conto.domain.ids import new_id  # noqa: PLC0415
    from conto.domain.invoice import DocumentInput, LineInput, PriceMode, compute  # noqa: PLC0415
    from conto.domain.tax import TaxCategory, TaxTreatment  # noqa: PLC0415

    tax = TaxTreatment(TaxCategory.S, Decimal(19), None, None, "DE")
    line = LineInput(1, "Work", Decimal(1), Decimal(dice.randrange(1, 10**4)), tax)
    buyer = Party(name="A customer", address=PostalAddress(country="DE"))
    return NewDocument(
        id=new_id(),
        legal_entity_id=entity.id,
        customer_id=customer_id,
        series_id=series_id,
        issued_on=day,
        issued_at=datetime.combine(day, NOON, tzinfo=UTC),
        due_on=day + timedelta(days=30),
        language="de",
        seller=snapshot_of(seller_party(entity)),
        buyer=snapshot_of(buyer),
        computed=compute(DocumentInput(currency=entity.currency, lines=(line,), price_mode=PriceMode.NET)),
    )


def found_crowd() -> Crowd:
    """Return what was laid, found again in the book."""
    from conto.apps.accounts import queries as accounts  # noqa: PLC0415
    from conto.apps.crm.models import Customer  # noqa: PLC0415

    members = accounts.members()
    named = ("owner", "seller0", "seller1", "helper")
    owner, rare, seller, helper = (members.get(email=f"{name}@conto.example") for name in named)
    long_story = Customer.objects.get(source=SOURCE, external_ref=f"K{0:07d}")
    return Crowd(owner, rare, seller, helper, long_story.id)
