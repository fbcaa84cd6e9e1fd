"""What billing runs carry to the next invoice, because it is below the minimum amount."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import fields as fields_of
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from conto.apps.audit import actions as audit
from conto.apps.invoicing.entries import LineEntry
from conto.apps.invoicing.models import Draft, DraftLine, MinimumAmount
from conto.apps.invoicing.queries.guarding import minimum_amounts
from conto.domain import facts
from conto.domain.errors import RuleBroken
from conto.domain.facts import Actor
from conto.domain.money import minor_digits, to_major

LARGEST_MINOR = 10**9
MINIMUMS = UUID(int=2)
_WRITTEN = (
    "intro", "notes", "buyer_reference", "order_reference", "contract_reference", "contact_id", "series_id",
    "template_id",
)  # fmt: skip
_OF_LINE = tuple(each.name for each in fields_of(LineEntry))


@dataclass(frozen=True, slots=True)
class Carried:
    """What was carried: the draft that it stood on, with its lines, and since when."""

    id: UUID
    since: datetime
    lines: tuple[LineEntry, ...]
    fields: Mapping[str, Any]  # what somebody has written on it meanwhile


def carried(draft: Draft) -> facts.DocumentCarried:
    """Give the fact that a draft goes onto the next invoice."""
    return facts.DocumentCarried(
        subject_id=draft.id,
        customer_id=draft.customer_id,
        currency=draft.currency,
        total_minor=draft.shown_total_minor,
    )


def take_carried(*, ids: Mapping[UUID, object]) -> dict[UUID, Carried]:
    """Take carried drafts away, to be written anew with more lines under the same ids, in the same transaction.

    What somebody has issued meanwhile is not among them.

    Source: SB-12.
    """
    drafts = list(Draft.objects.select_for_update().filter(id__in=ids, carried_at__isnull=False).order_by("id"))
    lines: dict[UUID, list[LineEntry]] = defaultdict(list)
    for line in DraftLine.objects.filter(draft__in=drafts).order_by("draft_id", "position"):
        lines[line.draft_id].append(LineEntry(**{name: getattr(line, name) for name in _OF_LINE}))
    taken = {
        draft.id: Carried(
            draft.id,
            draft.carried_at,
            tuple(lines[draft.id]),
            {name: getattr(draft, name) for name in _WRITTEN if getattr(draft, name)},
        )
        for draft in drafts
        if draft.carried_at
    }
    Draft.objects.filter(id__in=taken).delete()
    return taken


@transaction.atomic
def set_minimums(*, minimums: Mapping[str, int], actor: Actor, at: datetime) -> None:
    """Say below which amount to pay billing runs issue no invoice, by currency; 0, or not named: whatever it comes to.

    What is carried already stays so until the next run.

    Raises: RuleBroken `minimum.bad_amount`, `money.unknown_currency`.
    Source: SB-12.
    """
    for currency, amount_minor in minimums.items():
        minor_digits(currency)  # refuses an unknown one
        if not 0 <= amount_minor <= LARGEST_MINOR:
            raise RuleBroken("minimum.bad_amount", "This amount cannot be a minimum.")
    list(MinimumAmount.objects.select_for_update())
    before = minimum_amounts()
    wanted = {currency: amount_minor for currency, amount_minor in minimums.items() if amount_minor}
    changes = facts.changes_between(
        {each: _written(before, each) for each in before | wanted},
        {each: _written(wanted, each) for each in before | wanted},
    )
    if not changes:
        return
    MinimumAmount.objects.exclude(currency__in=wanted).delete()
    for currency, amount_minor in wanted.items():
        MinimumAmount.objects.update_or_create(
            currency=currency, defaults={"amount_minor": amount_minor, "changed_at": at}
        )
    audit.record(
        facts.SettingsChanged(subject_id=MINIMUMS, area="minimum amounts", changes=changes), actor=actor, at=at
    )


def _written(minimums: Mapping[str, int], currency: str) -> str | None:
    return str(to_major(minimums[currency], currency)) if currency in minimums else None
