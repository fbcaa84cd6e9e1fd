"""A cast of chance: customers of all countries with bad habits, for lives that nobody would want to lead."""

from dataclasses import replace
from random import Random

from conto.apps.crm.entry import NewCustomer, PostalAddress
from conto.jobs.demo.cast import CAST
from conto.jobs.simulation import Buyer, Cast, Habits

PLACES = (
    ("DE", "20257", "Hamburg", "EUR"),
    ("AT", "1020", "Wien", "EUR"),
    ("FR", "75009", "Paris", "EUR"),
    ("GB", "EH2 3AT", "Edinburgh", "GBP"),
    ("CH", "8001", "Zürich", "CHF"),
)
NAMES = (
    "Ahorn",
    "Birke",
    "Chêne",
    "Douglas",
    "Esche",
    "Fichte",
    "Ginkgo",
    "Hasel",
    "Ilex",
    "Jasmin",
    "Kiefer",
    "Linde",
)


def wild_cast(seed: int, *, buyers: int = 4, days: int = 730) -> Cast:
    """Return a cast of a seed."""
    dice = Random(f"cast {seed}")
    return replace(
        CAST,
        buyers=tuple(_buyer(dice, seed, n, days) for n in range(buyers)),
        arranged={},
        contracts_percent=45,
        sets_targets=True,
    )


def _buyer(dice: Random, seed: int, n: int, days: int) -> Buyer:
    country, postcode, city, currency = dice.choice(PLACES)
    name = f"{NAMES[n % len(NAMES)]} {n}"
    leaves = dice.randrange(days // 2, days) if dice.random() < 0.3 else None
    habits = Habits(
        retainer="",
        projects_a_year=dice.randint(3, 7),
        deals_a_year=Random(f"deals {seed} {n}").randint(4, 9),
        deposits_a_year=dice.choice([0, 0, 3]),
        pays_after_days=dice.choice([2, 6, 12, 30, 70, 400]),
        card_percent=dice.choice([0, 20, 60]),
        part_percent=15,
        over_percent=10,
        views_percent=20,
        asks_percent=10,
        credit_percent=25,
        write_off_percent=50,
        moves_on_day=dice.randrange(30, days),
        moves_to=PostalAddress(country="DE", line1=f"Neue Straße {n + 1}", postcode="20257", city="Hamburg"),
        leaves_on_day=leaves,
        returns_on_day=leaves + dice.randrange(5, 60) if leaves and dice.random() < 0.5 else None,
    )
    new = NewCustomer(
        name=name,
        kind=dice.choice(["company", "company", "person"]),
        email=f"post{n}@wild.example",
        currency=currency,
        language=dice.choice(["de", "en", "fr"]),
        terms_days=dice.choice([0, 14, 30]),
        early_discount_percent=dice.choice([None, None, 2, 3]),  # type: ignore[arg-type]
        billing=PostalAddress(country=country, line1=f"Allee {n + 1}", postcode=postcode, city=city),
    )
    if new.early_discount_percent:
        new = replace(new, early_discount_days=8, terms_days=30)
    return Buyer(f"wild{n}", new, dice.randrange(max(1, days // 4)), habits)
