"""Compare the engine with the model: `python -m tests.model_check.check --lives 20000 [--seed N] [--of 2 --part 0]`."""

from __future__ import annotations

import argparse
import sys
from collections import defaultdict
from datetime import date, datetime, timedelta
from fractions import Fraction
from random import Random
from zoneinfo import ZoneInfo

from conto.domain.price import unscaled
from conto.domain.subscription import Bill, Event, bill
from tests.model_check import lives
from tests.model_check.model import half_away, totals


def differences(seed: int) -> list[str]:
    """Live one subscription in both, and tell where they differ."""
    chance = Random(seed)
    agreed = lives.definition(chance)
    until = agreed.starts_on + timedelta(days=chance.randrange(260))
    changes = lives.changes(chance, agreed, until=until)
    events = lives.events(chance, agreed, until=until)
    zone = agreed.zone
    known = [each for each in changes if _day(each.at, zone) <= until]
    made = bill(agreed, changes, events, until=until)
    # What comes late is booked with the next invoice, so what counts is what was known on the last day of one.
    settled = date.fromordinal(made.billed.settled_on) if made.billed.settled_on else until
    expected, not_due = totals(agreed, known, [each for each in events if _known(each, zone) <= settled], until)
    found = {
        (charge.item, date.fromordinal(charge.first_day), charge.version, unscaled(charge.quantity)): account
        for charge, account in made.billed.accounts.items()
    }
    wrong = _uneven(made)
    for charge in {*expected, *found} - not_due:
        gross = found[charge].gross_minor if charge in found else 0
        if gross != expected.get(charge, 0):
            wrong.append(f"{charge}: engine {gross}, model {expected.get(charge, 0)}")
        percent = sum((Fraction(each.percent) for each in agreed.coupons), Fraction(0))
        if charge in found and found[charge].discount_minor != half_away(gross * percent / 100):
            wrong.append(f"{charge}: discount {found[charge].discount_minor} of {gross}")
    return wrong


def _uneven(made: Bill) -> list[str]:
    """Tell where the lines of a charge do not make what its account says, or a credit is above what it takes back."""
    sums: dict[object, int] = defaultdict(int)
    for invoice in made.invoices:
        for line in invoice.lines:
            sums[line.charge] += line.net_minor
            if line.is_credit and sum(part for _number, part in line.credits) != -line.net_minor:
                sums[line.charge] -= 10**9
    return [
        f"{charge}: lines {sums[charge]}, account {account.net_minor}"
        for charge, account in made.billed.accounts.items()
        if sums[charge] != account.net_minor
    ]


def _day(at: datetime, zone: str) -> date:
    return at.astimezone(ZoneInfo(zone)).date()


def _known(event: Event, zone: str) -> date:
    return _day(max(event.at, event.known_at or event.at), zone)


def main() -> int:
    asked = argparse.ArgumentParser()
    asked.add_argument("--lives", type=int, default=20_000)
    asked.add_argument("--seed", type=int, default=1)
    asked.add_argument("--of", type=int, default=1)
    asked.add_argument("--part", type=int, default=0)
    given = asked.parse_args()
    bad = checked = 0
    for seed in range(given.seed + given.part, given.seed + given.lives, given.of):
        checked += 1
        try:
            wrong = differences(seed)
        except Exception as error:  # noqa: BLE001 -- named with its seed, and the others go on
            wrong = [repr(error)]
        if wrong:
            bad += 1
            sys.stdout.write(f"seed {seed}: {wrong[:3]}\n")
    sys.stdout.write(f"{checked} subscriptions, {bad} differ\n")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
