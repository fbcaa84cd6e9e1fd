"""Which lines of a quote count, and what they come to."""

from collections.abc import Collection, Iterable, Sequence

from conto.domain.errors import RuleBroken
from conto.domain.invoice import Adjustment, ComputedDocument, DocumentInput, LineInput, compute
from conto.domain.quote.kinds import ChoiceKind
from conto.domain.quote.model import QuoteContent, QuoteLine


def default_choice(lines: Sequence[QuoteLine]) -> frozenset[int]:
    """Give the positions that stand chosen before the customer touches anything: one of each group.

    Source: Q-3.
    """
    taken = {line.position for line in lines if line.kind is ChoiceKind.OPTIONAL and line.is_chosen}
    for members in _groups(lines).values():
        taken.add(next((line.position for line in members if line.is_chosen), members[0].position))
    return frozenset(taken)


def asked_choice(lines: Sequence[QuoteLine], wanted: Iterable[int]) -> frozenset[int]:
    """Read what a page sends: the positions that are wanted, without those that always count."""
    free = {line.position for line in lines if line.kind is not ChoiceKind.FIXED}
    return frozenset(wanted) & free


def check_choice(lines: Sequence[QuoteLine], chosen: Collection[int]) -> None:
    """Refuse a choice that takes what is not offered, or not exactly one of each group.

    Raises: RuleBroken `quote.not_offered`, `quote.choose_one`.
    Source: Q-3.
    """
    free = {line.position for line in lines if line.kind is not ChoiceKind.FIXED}
    if set(chosen) - free:
        raise RuleBroken("quote.not_offered", "This quote does not offer what was chosen.")
    for name, members in _groups(lines).items():
        if sum(line.position in chosen for line in members) != 1:
            raise RuleBroken("quote.choose_one", "Please choose one of “%(group)s”.", group=name)


def counting(lines: Sequence[QuoteLine], chosen: Collection[int]) -> tuple[QuoteLine, ...]:
    """Give the lines that count: the fixed ones and the chosen ones.

    Source: Q-3.
    """
    return tuple(line for line in lines if line.kind is ChoiceKind.FIXED or line.position in chosen)


def compute_quote(content: QuoteContent, chosen: Collection[int] | None = None) -> ComputedDocument:
    """Compute a quote with a choice (none: the default one) exactly as an invoice is computed.

    Rounds: as `compute` does.
    Source: Q-4, I-1.
    """
    wanted = default_choice(content.lines) if chosen is None else chosen
    return compute_lines(content, counting(content.lines, wanted))


def compute_lines(content: QuoteContent, lines: Sequence[QuoteLine]) -> ComputedDocument:
    """Compute some lines of a quote with its discount on the whole.

    Source: Q-4.
    """
    off = Adjustment(percent=content.discount_percent, reason=content.discount_reason)
    return compute(
        DocumentInput(
            content.currency,
            content.price_mode,
            tuple(
                LineInput(
                    line.position,
                    line.name,
                    line.quantity,
                    line.unit_price,
                    line.tax,
                    allowance_percent=line.allowance_percent,
                )
                for line in lines
            ),
            (off,) if content.discount_percent else (),
        )
    )


def _groups(lines: Sequence[QuoteLine]) -> dict[str, list[QuoteLine]]:
    groups: dict[str, list[QuoteLine]] = {}
    for line in lines:
        if line.kind is ChoiceKind.CHOICE:
            groups.setdefault(line.choice_group, []).append(line)
    return groups
