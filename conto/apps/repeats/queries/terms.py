"""What is agreed of repeating invoices, in the words of the rules and of invoices."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from dataclasses import fields as fields_of
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from conto.apps.accounts.models import LegalEntity
from conto.apps.crm import queries as crm
from conto.apps.crm.models import Customer
from conto.apps.invoicing.entries import AllowanceEntry, LineEntry
from conto.apps.repeats.entries import HEAD, Agreed
from conto.apps.repeats.models import Repeat, RepeatLine, RepeatVersion
from conto.apps.repeats.words import filled_head, filled_line, values_of
from conto.domain.ids import new_id
from conto.domain.period import Interval
from conto.domain.repeat import Covers, Does, Schedule, anchor_of

OF_LINE = tuple(each.name for each in fields_of(LineEntry) if not each.name.startswith("period_"))

_DEFAULTS: dict[str, Any] = {
    "price_mode": "net", "early_discount_percent": None, "early_discount_days": None, "order_reference": "",
    "contract_reference": "", "intro": "", "notes": "",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Paper:
    """The invoice of one day of a schedule, as it will be drafted."""

    due_on: date
    ordinal: int
    lines: tuple[LineEntry, ...]
    head: dict[str, Any]  # fields of a draft


@dataclass(frozen=True, slots=True)
class Terms:
    """What is agreed, at hand."""

    row: RepeatVersion
    schedule: Schedule
    lines: tuple[LineEntry, ...]
    allowances: tuple[AllowanceEntry, ...]

    @property
    def head(self) -> dict[str, Any]:
        """What invoices say beside their lines, with its words in braces."""
        return {name: getattr(self.row, name) for name in HEAD}

    def paper(self, due_on: date, ordinal: int) -> Paper:
        """Give the invoice of a day.

        Source: RI-4, RI-5.
        """
        covered = self.schedule.covered(due_on)
        values = values_of(due_on, covered, ordinal, self.row.language)
        head = filled_head(self.head, values)
        head |= {"period_start_on": covered.start, "period_end_on": covered.last_day}
        return Paper(due_on, ordinal, tuple(filled_line(line, values) for line in self.lines), head)


def schedule_of(row: RepeatVersion) -> Schedule:
    """Return the schedule of a version."""
    return Schedule(
        row.anchor_on, Interval(row.interval), row.every, row.ends_on, row.most_invoices, Covers(row.covers)
    )


def current(rows: Collection[Repeat]) -> dict[UUID, Terms]:
    """Return what is agreed now, by the id of the repeating invoice, with two queries."""
    wanted = {row.id: row.version for row in rows}
    found = [each for each in RepeatVersion.objects.filter(repeat__in=wanted) if each.version == wanted[each.repeat_id]]
    lines: dict[UUID, list[LineEntry]] = {each.id: [] for each in found}
    for line in RepeatLine.objects.filter(version__in=lines).order_by("position"):
        lines[line.version_id].append(LineEntry(**{name: getattr(line, name) for name in OF_LINE}))
    return {each.repeat_id: terms_of(each, lines[each.id]) for each in found}


def terms_of(row: RepeatVersion, lines: Collection[LineEntry]) -> Terms:
    """Return a version with its lines."""
    return Terms(row, schedule_of(row), tuple(lines), tuple(_allowance(each) for each in row.allowances))


def _allowance(kept: dict[str, Any]) -> AllowanceEntry:
    percent = kept.get("percent")
    return AllowanceEntry(
        kept["reason"], Decimal(percent) if percent else None, kept["amount_minor"], kept["is_charge"]
    )


def agreed_of(repeat: Repeat, terms: Terms) -> Agreed:
    """Return what is agreed now as it would be typed anew."""
    row = terms.row
    day = repeat.next_on or row.anchor_on
    return Agreed(
        title=row.title,
        lines=terms.lines,
        next_on=day,
        interval=terms.schedule.interval,
        every=row.every,
        ends_on=row.ends_on,
        most_invoices=row.most_invoices,
        covers=terms.schedule.covers,
        does=Does(row.does),
        head=terms.head,
        allowances=terms.allowances,
    )


def with_head(agreed: Agreed, customer: Customer, entity: LegalEntity) -> Agreed:
    """Fill in what was left out from the customer's record and the seller."""
    profile = crm.billing_profile(customer)
    known = {
        **_DEFAULTS,
        "currency": profile.currency or entity.currency,
        "language": profile.language or entity.language,
        "terms_days": entity.terms_days if profile.terms_days is None else profile.terms_days,
        "early_discount_percent": profile.early_discount_percent,
        "early_discount_days": profile.early_discount_days,
        "buyer_reference": profile.buyer_reference,
    }
    return replace(agreed, head={**known, **agreed.head})


def schedule_for(agreed: Agreed, before: tuple[Repeat, Terms] | None = None) -> Schedule:
    """Return the schedule, on the anchor of before where rhythm and next day are those of before.

    Source: RI-1, RI-7.
    """
    anchor_on = None
    if before is not None:
        row, terms = before
        same = (terms.schedule.interval, terms.schedule.every) == (agreed.interval, agreed.every)
        if same and agreed.next_on == row.next_on and not agreed.is_month_end:
            anchor_on = terms.schedule.anchor_on
    if anchor_on is None:
        anchor_on = anchor_of(agreed.next_on, agreed.interval, agreed.every, is_month_end=agreed.is_month_end)
    return Schedule(anchor_on, agreed.interval, agreed.every, agreed.ends_on, agreed.most_invoices, agreed.covers)


def foreseen(agreed: Agreed, before: tuple[Repeat, Terms] | None = None) -> Terms:
    """Return what is typed as if it were agreed already; nothing is stored.

    Source: RI-8.
    """
    schedule = schedule_for(agreed, before)
    row = RepeatVersion(
        id=new_id(), title=agreed.title, interval=schedule.interval.value, every=schedule.every,
        anchor_on=schedule.anchor_on, ends_on=schedule.ends_on, most_invoices=schedule.most_invoices,
        covers=schedule.covers.value, does=agreed.does.value, **{name: agreed.head[name] for name in HEAD},
    )  # fmt: skip
    return Terms(row, schedule, tuple(agreed.lines), tuple(agreed.allowances))
