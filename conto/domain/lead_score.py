"""How likely a lead becomes a paying customer: learnt from what became of others, with the reasons. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from conto.domain.contact import fold

LEAST_HISTORY = 20  # finished before anything is learnt
LEAST_OF_EACH = 5  # that went well, and that did not
LEAST_ALIKE = 4  # of a trait's value before it counts
MOST_WEIGHT = Decimal("1.5")  # of one trait, in log odds: traits hang together, and none decides alone
LONG_MESSAGE = 80
GOOD_FROM = 50  # what a score from here on says: rather yes
TRAITS = ("source", "country", "company", "mail", "phone", "message")
# Mail services that anybody can use: an address there says nothing of a company.
FREE_MAIL = frozenset({
    "gmail.com", "googlemail.com", "outlook.com", "hotmail.com", "live.com", "yahoo.com", "yahoo.de", "yahoo.fr",
    "icloud.com", "me.com", "gmx.de", "gmx.net", "gmx.at", "gmx.ch", "web.de", "t-online.de", "freenet.de",
    "orange.fr", "free.fr", "laposte.net", "wanadoo.fr", "aol.com", "proton.me", "protonmail.com", "mail.com",
    "posteo.de", "mailbox.org",
})  # fmt: skip

Traits = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Past:
    """What was known of somebody, and whether they became a customer who pays."""

    traits: Traits
    is_good: bool


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a score is what it is: how many points it gives, and of how many alike how many were good."""

    code: str
    value: str
    points: int
    good: int
    all: int


@dataclass(frozen=True, slots=True)
class Score:
    """0 to 100 with its reasons, the weightiest first; not learnt while there is too little history."""

    points: int
    reasons: tuple[Reason, ...]
    is_learnt: bool


@dataclass(frozen=True, slots=True)
class Backtest:
    """How scores would have done, each of the past scored by all the others."""

    high: int
    high_good: int
    low: int
    low_good: int


@dataclass(frozen=True, slots=True)
class Learnt:
    """How many were good and how many were not, as a whole and by each value of each trait."""

    good: int
    bad: int
    counts: Mapping[tuple[str, str], tuple[int, int]]

    @property
    def is_enough(self) -> bool:
        """Tell whether there is enough history to learn from."""
        return self.good + self.bad >= LEAST_HISTORY and min(self.good, self.bad) >= LEAST_OF_EACH


def traits_of(
    *, source: str, country: str, is_company: bool, email: str, phone: str, message: str | None = None
) -> dict[str, str]:
    """Return what is looked at of a lead or customer; what nobody can know is left out.

    Source: L-7.
    """
    domain = email.rpartition("@")[2].lower()
    traits = {
        "company": "yes" if is_company else "no",
        "mail": "none" if not domain else "free" if domain in FREE_MAIL else "own",
        "phone": "yes" if phone else "no",
    }
    if source:
        traits["source"] = fold(source)
    if country:
        traits["country"] = country
    if message is not None:
        traits["message"] = "none" if not message else "long" if len(message) >= LONG_MESSAGE else "short"
    return traits


def learn(history: Iterable[Past]) -> Learnt:
    """Count what became of others.

    Source: L-7.
    """
    counts: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0])
    totals = [0, 0]
    for past in history:
        place = 0 if past.is_good else 1
        totals[place] += 1
        for trait in past.traits.items():
            counts[trait][place] += 1
    return Learnt(totals[0], totals[1], {trait: (good, bad) for trait, (good, bad) in counts.items()})


def score(learnt: Learnt, traits: Traits) -> Score:
    """Return how likely somebody with these traits becomes a customer who pays, with the reasons.

    With enough history it is a naive Bayes estimate, each trait held back to what it can know alone. With too little,
    it says so and counts only how much is known of the lead.
    Source: L-7.
    """
    if not learnt.is_enough:
        return _by_what_is_known(learnt, traits)
    base = (Decimal(learnt.good + 1) / (learnt.bad + 1)).ln()
    weights = {name: _weight(learnt, name, traits[name]) for name in TRAITS if name in traits}
    whole = base + sum(weights.values(), Decimal(0))
    reasons = []
    for name, weight in weights.items():
        points = round(100 * (_chance(whole) - _chance(whole - weight)))
        good, bad = learnt.counts.get((name, traits[name]), (0, 0))
        if points:
            reasons.append(Reason(name, traits[name], points, good, good + bad))
    reasons.sort(key=lambda each: (-abs(each.points), each.code))
    every = learnt.good + learnt.bad
    start = Reason("base", "", round(100 * _chance(base)), learnt.good, every)
    return Score(min(99, max(1, round(100 * _chance(whole)))), (start, *reasons), is_learnt=True)


def _by_what_is_known(learnt: Learnt, traits: Traits) -> Score:
    known = [name for name in TRAITS if traits.get(name, "none") not in {"none", "no"}]
    each = 100 // len(TRAITS)
    reasons = [Reason(name, traits[name], each, 0, 0) for name in known]
    little = Reason("too_little", str(LEAST_HISTORY), 0, learnt.good, learnt.good + learnt.bad)
    return Score(each * len(known), (little, *reasons), is_learnt=False)


def _weight(learnt: Learnt, name: str, value: str) -> Decimal:
    good, bad = learnt.counts.get((name, value), (0, 0))
    if good + bad < LEAST_ALIKE:
        return Decimal(0)
    known = [each for (trait, _value), each in learnt.counts.items() if trait == name]  # of others nobody knows it
    all_good, all_bad = sum(each[0] for each in known), sum(each[1] for each in known)
    odds = (Decimal(good + 1) / (all_good + 2)) / (Decimal(bad + 1) / (all_bad + 2))
    return max(-MOST_WEIGHT, min(MOST_WEIGHT, odds.ln()))


def _chance(log_odds: Decimal) -> Decimal:
    return Decimal(1) / (1 + (-log_odds).exp())


def backtest(history: Sequence[Past]) -> Backtest | None:
    """Return how scores would have done on the past, each scored by all the others; nothing with too little history.

    Source: L-7.
    """
    learnt = learn(history)
    if not learnt.is_enough:
        return None
    found = {True: [0, 0], False: [0, 0]}
    for past in history:
        row = found[score(_without(learnt, past), past.traits).points >= GOOD_FROM]
        row[0] += 1
        row[1] += past.is_good
    return Backtest(*found[True], *found[False])


def _without(learnt: Learnt, past: Past) -> Learnt:
    step = (1, 0) if past.is_good else (0, 1)
    counts = dict(learnt.counts)
    for trait in past.traits.items():
        counts[trait] = (counts[trait][0] - step[0], counts[trait][1] - step[1])
    return Learnt(learnt.good - step[0], learnt.bad - step[1], counts)
