"""What the bench of the crowd asks: the board, the list in every order and filter, search letter by letter, a story."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from bench.asking import in_turns, plus
from bench.crowd_book import Crowd

BOARD, LIST, TOTALS, SEARCH, STORY = 150, 60, 150, 50, 150  # goals in milliseconds
NO_WORDS = ("zzyzx", "qqq", "xyloph", "wvwvwvw", "brtzk", "jjj", "unauffindbar", "ypsilanti")


@dataclass(frozen=True, slots=True)
class Question:
    """A page, and the addresses under which it is asked in turns."""

    name: str
    addresses: list[str]
    goal_ms: int
    is_part: bool = False  # asked by a script of the page, as typing does


def questions(crowd: Crowd, most: int) -> Iterator[Question]:
    """Give every page that is measured, for one who asks."""
    yield from _board(most)
    yield from _list(crowd, most)
    yield from _search(most)
    yield from _story(crowd, most)


def _board(most: int) -> Iterator[Question]:
    from conto.apps.deals.models import Deal  # noqa: PLC0415 -- Django is up now

    yield Question("board", in_turns(["/deals/"], most), BOARD)
    words = ["/deals/?q=roof", "/deals/?q=huber", "/deals/?slips=no_step", "/deals/?owner=me", "/deals/?slips=silent"]
    yield Question("board, filtered", in_turns(words, most), BOARD)
    deals = list(Deal.objects.filter(state="open").order_by("id").values_list("stage_id", "rank", "id")[: most // 2])
    more = [f"/deals/stages/{stage}/more?after={rank}_{id_}" for stage, rank, id_ in deals]
    yield Question("board, more of a column", in_turns(more, most), BOARD, is_part=True)
    yield Question("deals, list", in_turns([f"/deals/list?sort={sort}" for sort in _SORTS], most), BOARD)


_SORTS = ("newest", "value", "close", "name", "next")


def _list(crowd: Crowd, most: int) -> Iterator[Question]:
    yield Question("list, first page", in_turns(["/customers/"], most), LIST)
    yield Question("list, newest", in_turns(["/customers/?order=newest"], most), LIST)
    yield Question("list, deep by name", _deep("name", most), LIST)
    yield Question("list, deep by age", _deep("newest", most), LIST)
    yield Question("list, backwards", _deep("name", most, way="before"), LIST)
    filters = {
        "common tag": ["?tag=wholesale", "?tag=retail"],
        "rare tag": ["?tag=beirat", "?tag=pays+late"],
        "country": ["?country=DE", "?country=NL", "?country=FI"],
        "kind": ["?kind=company", "?kind=person"],
        "owner": [f"?owner={crowd.rare_seller.id}", f"?owner={crowd.seller.id}"],
        "owing": ["?view=owing", "?view=late"],
        "mine, archived": ["?view=mine", "?view=archived"],
        "typed, common": ["?q=m", "?q=mu", "?q=schm", "?q=gmbh", "?q=schmidt", "?q=example"],
        "typed, rare": [f"?q={plus(name)}" for name in _names(most // 2)],
        "typed, nobody": [f"?q={plus(word)}" for word in NO_WORDS],
        "two filters": ["?tag=beirat&q=m", "?country=NL&q=schm", "?tag=wholesale&view=owing", "?kind=person&q=gmbh"],
    }
    for name, some in filters.items():
        yield Question(f"list, {name}", in_turns([f"/customers/{each}" for each in some], most), LIST)
    totals = ["", "?view=owing", "?tag=wholesale", "?q=m", "?country=DE", "?view=mine"]
    yield Question(
        "list, totals", in_turns([f"/customers/totals{each}" for each in totals], most), TOTALS, is_part=True
    )


def _deep(order: str, most: int, way: str = "after") -> list[str]:
    from conto.apps.crm.models import Customer  # noqa: PLC0415
    from conto.apps.crm.queries import Cursor  # noqa: PLC0415
    from conto.web.customers.lists import _written  # noqa: PLC0415

    some = Customer.objects.filter(id__in=_some_ids(most)).order_by("email")
    keys = [(each.sort_key if order == "name" else each.created_at.isoformat(), each.id) for each in some]
    cursors = [_written(Cursor(key=key, id=id_)) for key, id_ in keys]
    return in_turns([f"/customers/?order={order}&{way}={cursor}" for cursor in cursors], most)


def _some_ids(most: int) -> list[Any]:
    from conto.apps.crm.models import Customer  # noqa: PLC0415

    dice, count = random.Random(13), Customer.objects.count()
    refs = [f"K{dice.randrange(count):07d}" for _ in range(most)]
    return list(Customer.objects.filter(source="crowd", external_ref__in=refs).values_list("id", flat=True))


def _names(most: int) -> list[str]:
    from conto.apps.crm.models import Customer  # noqa: PLC0415

    found = Customer.objects.filter(id__in=_some_ids(most)).order_by("email").values_list("name", flat=True)
    return list(found)


def _search(most: int) -> Iterator[Question]:
    from conto.apps.crm.models import Customer  # noqa: PLC0415

    words = [word for name in _names(most) for word in name.split() if len(word) > 2]
    for letters in range(1, 8):
        typed = sorted({word[:letters] for word in words if len(word) >= letters}, key=_shuffled)
        yield _typed(f"search, {letters} letters", typed, most)
    yield _typed("search, nobody", list(NO_WORDS), most)
    yield _typed("search, two words", ["anna s", "gm be", "schmidt gm", "a b", "müller metall", "leon zzz"], most)
    people = list(Customer.objects.filter(id__in=_some_ids(most)).exclude(phone="").order_by("email"))
    yield _typed("search, mails", [each.email[: 4 + n % 12] for n, each in enumerate(people)], most)
    digits = [each.phone[: 5 + n % 8] if n % 2 else each.phone[-4 - n % 5 :] for n, each in enumerate(people)]
    yield _typed("search, digits", [*digits, "4", "49", "491", "INV-2026", "1250"], most)


def _typed(name: str, texts: list[str], most: int) -> Question:
    return Question(name, in_turns([f"/search?q={plus(text)}" for text in texts], most), SEARCH, is_part=True)


def _shuffled(text: str) -> float:
    return random.Random(text).random()


def _story(crowd: Crowd, most: int) -> Iterator[Question]:
    from conto.apps.audit.models import Fact  # noqa: PLC0415

    page = f"/customers/{crowd.long_story_id}"
    facts = Fact.objects.filter(customer_id=crowd.long_story_id).order_by("-at", "-id")
    deep = [
        f"{page}/?after={plus(each.at.isoformat())}_{each.id}" for each in facts[100 :: max(1, facts.count() // 20)]
    ]
    yield Question("story, first page", in_turns([f"{page}/"], most), STORY)
    yield Question("story, deep", in_turns(deep, most), STORY)
    some = [f"{page}/?show=money", f"{page}/?show=talk", f"{page}/?until=2024-03-01", f"{page}/?by=Conto"]
    yield Question("story, filtered", in_turns(some, most), STORY)
    yield Question("story, documents", in_turns([f"{page}/documents"], most), STORY)
    yield Question("story, people, files, offers", in_turns([f"{page}/{x}" for x in ("people", "offers")], most), STORY)
