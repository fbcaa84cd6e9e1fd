"""Take over deals from a file: new ones are added, those that are here get the values of their own fields.

All of it or nothing: every row that cannot stand is named, and nothing is written then. The same file a second time
changes nothing, because a row is known by its source and reference, or by what it says when it has none.
"""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db import IntegrityError, transaction

from conto.apps.audit import actions as audit
from conto.apps.crm import queries as crm
from conto.apps.deals import actions as deals
from conto.apps.deals import queries
from conto.apps.deals.entry import NewDeal
from conto.apps.deals.own import record_of
from conto.apps.fields import actions as fields
from conto.domain import facts
from conto.domain.contact import fold
from conto.domain.errors import Conflict, EntryRefused, RuleBroken, check_all, noted
from conto.domain.facts import Actor
from conto.domain.ids import new_id
from conto.domain.money import minor_digits, to_major, to_minor

if TYPE_CHECKING:
    from conto.apps.accounts.models import Member
    from conto.apps.crm.models import Customer
    from conto.apps.deals.models import Deal, Stage

SOURCE = "deals.csv"
_TOO_LARGE = Decimal(10) ** 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A row of the file: a new deal as the file names things, or with an id the own values of one that is here."""

    line: int
    new: NewDeal  # without stage and value, which stand beside it
    customer: str = ""  # by id, reference, mail or name
    pipeline: str = ""  # by name; none: the first one that has such a stage
    stage: str = ""  # by name; none: the first
    value: Decimal | None = None  # in the deal's currency
    reference: str = ""
    id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """A new deal with what its row names found."""

    line: int
    customer: "Customer"
    new: NewDeal


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """What taking a file over would do."""

    fresh: list[Ready] = field(default_factory=list)
    known: int = 0  # here already, by this file or by their reference
    changing: list[Row] = field(default_factory=list)  # named by their id
    refused: Mapping[str, RuleBroken] = field(default_factory=dict)  # by line and field: `3.customer`


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did."""

    added: int
    changed: int
    unchanged: int


def look(rows: Sequence[Row], *, member: "Member", actor: Actor) -> Looked:
    """Return what taking over the rows would do, and what of it cannot stand. Source: S-7."""
    refused: dict[str, RuleBroken] = {}
    new = [row for row in rows if row.id is None]
    finder = _Finder(member, [row.customer for row in new])
    ready = [made for row in new if (made := noted(refused, row.line, partial(_ready, row, finder, actor)))]
    seen = set(queries.imported([key_of(row) for row in new]))
    fresh: list[Ready] = []
    for each in ready:
        if each.new.imported_sha256 not in seen:
            seen.add(each.new.imported_sha256)
            fresh.append(each)
    changing = [row for row in rows if row.id is not None]
    return Looked(fresh=fresh, known=len(ready) - len(fresh), changing=changing, refused=refused)


def key_of(row: Row) -> bytes:
    """Return by what a row is known again: its source and reference."""
    return hashlib.sha256(f"{row.new.source}\n{row.reference}".encode()).digest()


@transaction.atomic
def import_deals(rows: Sequence[Row], *, member: "Member", actor: Actor, at: datetime) -> Imported:
    """Take over the rows.

    Raises: EntryRefused with everything that cannot stand, by line and field: `3.own.sector`; Conflict when somebody
        else takes the same file over at this moment.
    Source: S-7.
    """
    looked = look(rows, member=member, actor=actor)
    refused = dict(looked.refused)
    changed = 0
    for row in looked.changing:
        changed += bool(noted(refused, row.line, partial(_change, row, member, actor, at)))
    if refused:
        raise EntryRefused(refused)
    try:
        with transaction.atomic():
            deals.import_deals(rows=[(each.customer, each.new) for each in looked.fresh], actor=actor, at=at)
    except IntegrityError as error:
        raise Conflict("import.at_once", "Somebody takes this file over at this moment. Look again.") from error
    unchanged = looked.known + len(looked.changing) - changed
    if looked.fresh or changed:
        fact = facts.ImportFinished(
            subject_id=new_id(), source=SOURCE, added=len(looked.fresh), skipped=unchanged, refused=0
        )
        audit.record(fact, actor=actor, at=at)
    return Imported(len(looked.fresh), changed, unchanged)


class _Finder:
    """What rows name, found at once: customers that the member sees, and stages by pipeline."""

    def __init__(self, member: "Member", customers: Collection[str]) -> None:
        self.meant = crm.meant_by(member, customers)
        self.pipelines = list(queries.pipelines(member))

    def customer(self, text: str) -> "Customer":
        """Return the customer that a text means.

        Raises: EntryRefused for none, for several, and for one that is archived.
        """
        found = self.meant.get(text, [])
        here = [each for each in found if each.archived_at is None]
        if not text:
            raise _at("customer", RuleBroken("entry.missing", "This is needed."))
        if not found:
            raise _at("customer", RuleBroken(
                "import.no_customer", "No customer here has the name, mail, reference or id “%(text)s”.", text=text[:80]
            ))  # fmt: skip
        if not here:
            archived = Conflict("customer.archived", "%(name)s is archived. Restore it first.", name=found[0].name)
            raise _at("customer", archived)
        if len(here) > 1:
            raise _at("customer", RuleBroken(
                "import.several_customers", "%(count)s customers are “%(text)s”. Say the mail, reference or id.",
                count=len(here), text=text[:80],
            ))  # fmt: skip
        return here[0]

    def stage(self, pipeline: str, stage: str) -> "Stage | None":
        """Return the stage of a name; without a pipeline of the first one that has it. None named: none.

        Raises: EntryRefused when there is no such pipeline or stage.
        """
        among = [each for each in self.pipelines if not pipeline or fold(each.name) == fold(pipeline)]
        if not among:
            raise _at("pipeline", RuleBroken(
                "import.no_pipeline", "There is no pipeline “%(text)s”, only: %(names)s.", text=pipeline[:80],
                names=", ".join(each.name for each in self.pipelines) or "–",
            ))  # fmt: skip
        live: list[Stage] = [each for found in among for each in found.live_stages]  # type: ignore[attr-defined]
        if not stage:
            return live[0] if pipeline and live else None
        made = next((each for each in live if fold(each.name) == fold(stage)), None)
        if made is None:
            raise _at("stage", RuleBroken(
                "import.no_stage", "There is no stage “%(text)s”, only: %(names)s.", text=stage[:80],
                names=", ".join(dict.fromkeys(each.name for each in live)) or "–",
            ))  # fmt: skip
        return made


def _at(name: str, broken: RuleBroken) -> EntryRefused:
    return EntryRefused({name: broken})


def _ready(row: Row, finder: _Finder, actor: Actor) -> Ready:
    """Return a row with what it names found and checked.

    Raises: EntryRefused with everything in it that cannot stand.
    """
    customer, stage = check_all(partial(finder.customer, row.customer), partial(finder.stage, row.pipeline, row.stage))
    currency = row.new.currency.upper() or customer.currency
    new = replace(row.new, stage_id=stage.id if stage else None, currency=currency, imported_sha256=key_of(row))
    _checked, value_minor = check_all(
        partial(deals.checked_new, new, currency=currency, actor=actor), partial(_value, row.value, currency)
    )
    return Ready(line=row.line, customer=customer, new=replace(new, value_minor=value_minor))


def _value(value: Decimal | None, currency: str) -> int:
    if value is None:
        return 0
    try:
        digits = minor_digits(currency)
    except RuleBroken:
        return 0  # the currency is refused by itself
    if value < 0:
        raise _at("value", RuleBroken("entry.negative", "This can't be below zero."))
    if value >= _TOO_LARGE:
        raise _at("value", RuleBroken("entry.too_large", "This is too large."))
    minor = to_minor(value, currency)
    if to_major(minor, currency) != value:
        raise _at("value", RuleBroken(
            "import.value_too_fine", "%(currency)s has %(digits)s decimals.", currency=currency, digits=digits
        ))  # fmt: skip
    return minor


def _change(row: Row, member: "Member", actor: Actor, at: datetime) -> bool:
    deal: Deal | None = queries.deal_for(member, row.id) if row.id else None
    if deal is None:
        raise _at("id", RuleBroken("import.no_such_deal", "No deal here has this id."))
    own: Mapping[str, Any] = row.new.own or {}
    return fields.set_values(of=record_of(deal), given=own, actor=actor, at=at) is not None
