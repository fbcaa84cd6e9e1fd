"""Which of what recurs counts: parts and items that are offered for choice, and what the counting ones come to.

A part is named by its position (`2`), an item of it by the position and its key (`2.mailboxes`).
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace

from conto.domain.errors import RuleBroken
from conto.domain.period import Interval
from conto.domain.quote.kinds import ChoiceKind
from conto.domain.quote.recurring import Amount, Recurrence, RecurringItem, RecurringPart


def part_name(part: RecurringPart) -> str:
    """Give the name of a part in a choice."""
    return str(part.position)


def item_name(part: RecurringPart, item: RecurringItem) -> str:
    """Give the name of an item in a choice."""
    return f"{part.position}.{item.key}"


def default_recurring(parts: Sequence[RecurringPart]) -> frozenset[str]:
    """Give what stands chosen before the customer touches anything: one part of each group.

    Source: Q-13.
    """
    taken = [part for part in parts if part.kind is ChoiceKind.OPTIONAL and part.is_chosen]
    taken += [next((part for part in members if part.is_chosen), members[0]) for members in _groups(parts).values()]
    names = {part_name(part) for part in taken}
    items = {item_name(part, item) for part in parts if _counts(part, names) for item in part.items
             if item.is_optional and item.is_chosen}  # fmt: skip
    return frozenset(names | items)


def asked_recurring(parts: Sequence[RecurringPart], wanted: Iterable[str]) -> frozenset[str]:
    """Read what a page sends: what is wanted and offered for choice, without items of parts that do not count.

    Source: Q-13.
    """
    asked = set(wanted)
    names = {part_name(part) for part in parts if part.kind is not ChoiceKind.FIXED} & asked
    return frozenset(names | (_free_items(parts, names) & asked))


def check_recurring(parts: Sequence[RecurringPart], chosen: Collection[str]) -> None:
    """Refuse a choice that takes what is not offered, or not exactly one part of each group.

    Raises: RuleBroken `quote.not_offered`, `quote.choose_one`.
    Source: Q-13.
    """
    free = {part_name(part) for part in parts if part.kind is not ChoiceKind.FIXED} | _free_items(parts, chosen)
    if set(chosen) - free:
        raise RuleBroken("quote.not_offered", "This quote does not offer what was chosen.")
    for name, members in _groups(parts).items():
        if sum(part_name(part) in chosen for part in members) != 1:
            raise RuleBroken("quote.choose_one", "Please choose one of “%(group)s”.", group=name)


def counting_parts(parts: Sequence[RecurringPart], chosen: Collection[str]) -> tuple[RecurringPart, ...]:
    """Give the parts that count, each with the items that count.

    Source: Q-13.
    """
    return tuple(with_items(part, chosen) for part in parts if _counts(part, chosen))


def with_items(part: RecurringPart, chosen: Collection[str]) -> RecurringPart:
    """Give a part with its fixed items and those chosen; of one that does not count, those chosen beforehand.

    Source: Q-13.
    """
    if not any(item.is_optional for item in part.items):
        return part
    counts = _counts(part, chosen)

    def is_taken(item: RecurringItem) -> bool:
        return not item.is_optional or (item_name(part, item) in chosen if counts else item.is_chosen)

    return replace(part, items=tuple(item for item in part.items if is_taken(item)))


def is_free(parts: Sequence[RecurringPart]) -> bool:
    """Tell whether there is anything to choose."""
    return any(part.kind is not ChoiceKind.FIXED or any(item.is_optional for item in part.items) for part in parts)


def check_parts(parts: Sequence[RecurringPart]) -> None:
    """Refuse parts of which two would begin the same plan, or of which one might begin with nothing.

    Raises: RuleBroken `quote.same_plan`, `quote.all_optional`.
    Source: Q-12, Q-13.
    """
    seen: dict[str, RecurringPart] = {}
    for part in parts:
        other = seen.setdefault(part.plan_version, part)
        are_rivals = part.kind is other.kind is ChoiceKind.CHOICE and part.choice_group == other.choice_group
        if other is not part and not are_rivals:
            raise RuleBroken("quote.same_plan", "A quote offers a plan once. Change its quantities instead.")
        if all(item.is_optional for item in part.items):
            raise RuleBroken("quote.all_optional", "Something of %(plan)s has to count always.", plan=part.plan)


@dataclass(frozen=True, slots=True)
class RecurringSum:
    """What the counting parts of one rhythm usually come to, together."""

    interval: Interval
    count: int
    currency: str
    amount: Amount


def recurring_sums(counting: Iterable[tuple[RecurringPart, Recurrence]]) -> tuple[RecurringSum, ...]:
    """Add what usual invoices of the parts that count come to, for each rhythm; nothing of what is billed by use alone.

    Source: Q-13.
    """
    found: dict[tuple[Interval, int, str], Amount] = {}
    for part, recurrence in counting:
        if recurrence.first is not None:
            key = (part.terms.interval, part.terms.count, part.currency)
            found[key] = found.get(key, Amount()) + recurrence.usual
    return tuple(RecurringSum(*key, amount) for key, amount in found.items())


def _counts(part: RecurringPart, chosen: Collection[str]) -> bool:
    return part.kind is ChoiceKind.FIXED or part_name(part) in chosen


def _free_items(parts: Sequence[RecurringPart], chosen: Collection[str]) -> set[str]:
    return {item_name(part, item) for part in parts if _counts(part, chosen) for item in part.items if item.is_optional}


def _groups(parts: Sequence[RecurringPart]) -> dict[str, list[RecurringPart]]:
    groups: dict[str, list[RecurringPart]] = {}
    for part in parts:
        if part.kind is ChoiceKind.CHOICE:
            groups.setdefault(part.choice_group, []).append(part)
    return groups
