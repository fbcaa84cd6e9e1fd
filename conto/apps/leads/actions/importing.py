"""Take over leads from elsewhere, a set at a time."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from conto.apps.accounts import queries as accounts
from conto.apps.accounts.models import Member
from conto.apps.audit import actions as audit
from conto.apps.fields import actions as fields
from conto.apps.leads.actions import _write
from conto.apps.leads.actions.routing import owners_by_rules
from conto.apps.leads.entry import LEAD_FIELDS, NewLead, checked_lead
from conto.apps.leads.models import Lead
from conto.apps.leads.own import record_of
from conto.domain import facts
from conto.domain.errors import RuleBroken, check_all
from conto.domain.facts import SYSTEM, Actor, Fact
from conto.domain.fields import Subject
from conto.domain.ids import new_id
from conto.domain.lead_routing import LeadKind


def checked_new(new: NewLead, *, actor: Actor) -> dict[str, Any]:
    """Return the details of a lead that is to be taken over as they are kept; its own fields are checked too.

    Raises: EntryRefused with every field that cannot stand.
    """
    business = accounts.business()
    given = {name: getattr(new, name) for name in LEAD_FIELDS}
    given["language"] = given["language"] or (business.language if business else "en")
    kept, _own = check_all(
        lambda: checked_lead(given, home_country=business.country if business else ""),
        lambda: fields.check_new(Subject.LEAD, new.own, business.currency if business else "", actor=actor),
    )
    return dict(kept)


@transaction.atomic
def import_leads(*, rows: Sequence[NewLead], actor: Actor, at: datetime) -> list[Lead]:
    """Add leads that are not here yet; those without an owner go to whom the rules name.

    Every row names where it comes from; whether it is here already was asked before. Nothing is told by mail here.

    Raises: EntryRefused for the first row that cannot stand.
    """
    kept = [checked_new(row, actor=actor) for row in rows]
    orphans = [place for place, row in enumerate(rows) if row.owner_id is None]
    kinds = [_kind(kept[place]) for place in orphans]
    routed = dict(zip(orphans, owners_by_rules(kinds) if kinds else [], strict=True))
    made: list[Lead] = []
    told: list[tuple[Fact, datetime]] = []
    by_rule: list[tuple[Fact, datetime]] = []
    for place, (row, each) in enumerate(zip(rows, kept, strict=True)):
        found = routed.get(place)
        lead = _lead(row, each, found[0] if found else _write.active_member(row.owner_id), at)
        made.append(lead)
        told += _facts(lead)
        if found:
            by_rule.append((_routed(lead, *found), at))
    Lead.objects.bulk_create(made, batch_size=500)
    audit.record_many(told, actor=actor)
    audit.record_many(by_rule, actor=SYSTEM)
    business = accounts.business()
    currency = business.currency if business else ""
    own = [(record_of(lead.id, currency), row.own) for lead, row in zip(made, rows, strict=True) if row.own is not None]
    fields.set_many_values(rows=own, actor=actor, at=at)
    return made


def _kind(kept: dict[str, Any]) -> LeadKind:
    text = f"{kept['name']} {kept['company']} {kept['message']}"
    return LeadKind(source=kept["source"], country=kept["country"], language=kept["language"], text=text)


def _lead(row: NewLead, kept: dict[str, Any], owner: Member | None, at: datetime) -> Lead:
    if not row.external_ref:
        raise RuleBroken("import.no_lead_origin", "An imported lead needs its reference where it comes from.")
    begun = row.created_at or at
    return Lead(
        id=new_id(), owner=owner, external_ref=row.external_ref, consent_text=row.consent_text,
        consent_at=(row.consent_at or begun) if row.has_consent and row.consent_text else None,
        measuring_text=row.measuring_text,
        measuring_at=(row.measuring_at or begun) if row.has_measuring and row.measuring_text else None,
        created_at=begun, changed_at=at, **kept, **_write.keys_of(kept),
    )  # fmt: skip


def _facts(lead: Lead) -> list[tuple[Fact, datetime]]:
    told: list[tuple[Fact, datetime]] = [
        (facts.LeadAdded(subject_id=lead.id, name=lead.name, source=lead.source), lead.created_at)
    ]
    if lead.consent_at:
        agreed = facts.LeadConsentGiven(subject_id=lead.id, name=lead.name, text=lead.consent_text)
        told.append((agreed, lead.consent_at))
    if lead.measuring_at:
        told.append((_write.measuring_given(lead), lead.measuring_at))
    return told


def _routed(lead: Lead, owner: Member, rule: str) -> facts.LeadRouted:
    return facts.LeadRouted(
        subject_id=lead.id, name=lead.name, rule=rule, owner_id=owner.id, owner_name=owner.name
    )  # fmt: skip
