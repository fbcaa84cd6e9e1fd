"""Take over leads from a file: new ones are added, those that are here get the values of their own fields.

All of it or nothing: every row that cannot stand is named, and nothing is written then. The same file a second time
changes nothing, because a row is known by its reference, or by what it says when it has none. Who looks like somebody
who is here already is left out, unless whoever takes the file over has looked at the row and wants it.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from conto.apps.accounts import queries as accounts
from conto.apps.audit import actions as audit
from conto.apps.crm import queries as crm
from conto.apps.fields import actions as fields
from conto.apps.fields import queries as own_fields
from conto.apps.leads import actions as leads
from conto.apps.leads import queries
from conto.apps.leads.entry import OPEN_STATES, NewLead
from conto.apps.leads.own import record_of
from conto.apps.leads.queries import Alike, Details
from conto.apps.messaging import actions as messaging
from conto.domain import facts
from conto.domain.consent import Purpose
from conto.domain.contact import fold
from conto.domain.errors import EntryRefused, RuleBroken, noted
from conto.domain.facts import SYSTEM, Actor
from conto.domain.fields import Subject
from conto.domain.ids import new_id
from conto.flows import score_leads

if TYPE_CHECKING:
    from conto.apps.accounts.models import Member
    from conto.apps.leads.models import Lead

SOURCE = "leads.csv"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A row of the file: a new lead with its reference, or with an id the own values of one that is here."""

    line: int
    new: NewLead
    id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """What taking a file over would do."""

    fresh: list[Row] = field(default_factory=list)  # new, and like nobody
    alike: list[tuple[Row, Alike | int]] = field(default_factory=list)  # new, but like somebody, or like another line
    known: int = 0  # here already, by this file or by their reference
    changing: list[Row] = field(default_factory=list)  # named by their id
    taken_back: list[int] = field(default_factory=list)  # lines whose consent is not taken over: the person said no
    refused: Mapping[str, RuleBroken] = field(default_factory=dict)  # by line and field: `3.email`


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did."""

    added: int
    changed: int
    unchanged: int
    left_out: int
    taken_back: int = 0


def look(rows: Sequence[Row], *, member: "Member", actor: Actor) -> Looked:
    """Return what taking over the rows would do, and what of it cannot stand. Source: L-8."""
    refused: dict[str, RuleBroken] = {}
    new, taken_back = _without_what_was_taken_back([row for row in rows if row.id is None])
    changing = [row for row in rows if row.id is not None]
    kept: list[tuple[Row, dict[str, Any]]] = []
    for row in new:
        made = noted(refused, row.line, lambda row=row: leads.checked_new(row.new, actor=actor))  # type: ignore[misc]
        if made is not None:
            kept.append((row, made))
    known = queries.imported_refs([_origin(row) for row in new])
    seen: set[tuple[str, str]] = set(known)
    fresh: list[tuple[Row, Details]] = []
    for row, made in kept:
        if _origin(row) not in seen:
            seen.add(_origin(row))
            details = {name: made[name] for name in ("name", "company", "email", "phone")}
            fresh.append((row, Details(**details)))
    like: dict[int, Alike | int] = dict(queries.alike_many(member, [details for _row, details in fresh]))
    like = _like_each_other(fresh) | like
    return Looked(
        fresh=[row for place, (row, _details) in enumerate(fresh) if place not in like],
        alike=[(fresh[place][0], other) for place, other in sorted(like.items())],
        known=len(kept) - len(fresh), changing=changing, refused=refused,
        taken_back=[row.line for row, _details in fresh if row.line in taken_back],
    )  # fmt: skip


def _without_what_was_taken_back(rows: Sequence[Row]) -> tuple[list[Row], set[int]]:
    """Return the rows without the consent of those who took it back, and the lines that lose some. Source: CO-5."""
    gone = crm.taken_back({row.new.email for row in rows if row.new.has_consent or row.new.has_measuring})
    made, lines = [], set()
    for row in rows:
        less: dict[str, Any] = {}
        if row.new.has_consent and (fold(row.new.email), Purpose.NEWS) in gone:
            less |= {"has_consent": False, "consent_text": "", "consent_at": None}
        if row.new.has_measuring and (fold(row.new.email), Purpose.MEASURING) in gone:
            less |= {"has_measuring": False, "measuring_text": "", "measuring_at": None}
        made.append(replace(row, new=replace(row.new, **less)) if less else row)
        lines |= {row.line} if less else set()
    return made, lines


def _origin(row: Row) -> tuple[str, str]:
    return row.new.source, str(row.new.external_ref)


def _like_each_other(fresh: Sequence[tuple[Row, Details]]) -> dict[int, Alike | int]:
    """Return which rows have the mail or phone of an earlier one, each with its line."""
    first: dict[str, int] = {}
    found: dict[int, Alike | int] = {}
    for place, (row, details) in enumerate(fresh):
        for key in filter(None, (fold(details.email), details.phone)):
            if first.setdefault(key, row.line) != row.line:
                found[place] = first[key]
    return found


@transaction.atomic
def import_leads(
    rows: Sequence[Row], *, also: Collection[int] = (), member: "Member", actor: Actor, at: datetime
) -> Imported:
    """Take over the rows; of those that look like somebody the lines in `also`.

    Who is not the one who takes them over is told by one mail of all that are theirs now.

    Raises: EntryRefused with everything that cannot stand, by line and field: `3.own.sector`.
    Source: L-8.
    """
    looked = look(rows, member=member, actor=actor)
    refused = dict(looked.refused)
    changed = 0
    for row in looked.changing:
        changed += bool(noted(refused, row.line, lambda row=row: _change(row, member, actor, at)))  # type: ignore[misc]
    if refused:
        raise EntryRefused(refused)
    wanted = [row for row, _other in looked.alike if row.line in also]
    chosen = sorted([*looked.fresh, *wanted], key=lambda row: row.line)
    made = leads.import_leads(rows=[row.new for row in chosen], actor=actor, at=at)
    score_leads.score_some(made, at=at)
    for owner_id, count in sorted(Counter(lead.owner_id for lead in made if lead.owner_id).items()):
        if owner_id != actor.member_id:
            _tell(owner_id, count, made[0], at=at)
    left_out = len(looked.alike) - len(wanted)
    unchanged = looked.known + len(looked.changing) - changed
    if made or changed:
        fact = facts.ImportFinished(
            subject_id=new_id(), source=SOURCE, added=len(made), skipped=unchanged + left_out, refused=0
        )
        audit.record(fact, actor=actor, at=at)
    lost = {row.line for row in chosen} & set(looked.taken_back)
    return Imported(len(made), changed, unchanged, left_out, len(lost))


def _change(row: Row, member: "Member", actor: Actor, at: datetime) -> bool:
    lead = queries.lead_for(member, row.id) if row.id else None
    if lead is None:
        raise EntryRefused({"id": RuleBroken("import.no_such_lead", "No lead here has this id.")})
    own: Mapping[str, Any] = row.new.own or {}
    business = accounts.business()
    if lead.state not in OPEN_STATES:
        held = own_fields.values_of(business, Subject.LEAD, [lead.id]).get(lead.id, {})
        if any(held.get(key) != value for key, value in own.items()):
            raise EntryRefused({"id": RuleBroken("import.lead_closed", "It is discarded, or a customer already.")})
        return False
    of = record_of(lead.id, business.currency if business else "")
    return fields.set_values(of=of, given=own, actor=actor, at=at) is not None


def _tell(owner_id: UUID, count: int, first: "Lead", *, at: datetime) -> None:
    owner = accounts.member(owner_id)
    if owner is None or not owner.is_active:
        return
    with translation.override(owner.language):
        known = {"count": count, "page": f"{settings.PUBLIC_URL}/leads/?owner=me"}
        subject = _("New leads of yours: %(count)s") % known
        text = _("%(count)s leads came from a file and are yours now.\n\n%(page)s") % known
    messaging.write_mail(
        customer=None, purpose="lead", subject_id=first.id, to_address=owner.email, subject=subject, text=text,
        language=owner.language, actor=SYSTEM, at=at,
    )  # fmt: skip
