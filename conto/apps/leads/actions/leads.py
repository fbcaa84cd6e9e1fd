"""Add leads, change them, note what was said, discard them and take them up again."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from conto.apps.accounts import queries as accounts
from conto.apps.audit import actions as audit
from conto.apps.crm import actions as crm
from conto.apps.fields import actions as fields
from conto.apps.leads.actions import _write
from conto.apps.leads.entry import LEAD_FIELDS, OPEN_STATES, NewLead, checked_lead, short
from conto.apps.leads.models import Lead, LeadForm
from conto.apps.leads.own import record_of
from conto.domain import facts
from conto.domain.consent import ConsentEntry, Purpose
from conto.domain.errors import Conflict, RuleBroken, check_all
from conto.domain.facts import Actor, changes_between
from conto.domain.fields import Subject
from conto.domain.ids import new_id

LONGEST_NOTE = 20_000
CHANGEABLE = (*(name for name in LEAD_FIELDS if name != "consent_way"), "owner_id", "state")


@transaction.atomic
def add_lead(*, new: NewLead, actor: Actor, at: datetime, lead_id: UUID | None = None) -> Lead:
    """Add a lead.

    What comes through a form for strangers is asked for those own fields that the form asks, and for no others.

    Raises: EntryRefused with every field that cannot stand; RuleBroken for an owner who is not active; Conflict
        when the same one of its source is here already.
    """
    business = accounts.business()
    given = {name: getattr(new, name) for name in LEAD_FIELDS}
    given["language"] = given["language"] or (business.language if business else "en")
    is_strangers = new.form_id is not None
    currency = business.currency if business else ""
    kept, own = check_all(
        lambda: checked_lead(given, home_country=business.country if business else ""),
        lambda: fields.check_new(Subject.LEAD, new.own, currency, actor=actor, asks_needed=not is_strangers),
    )
    _demand_new(kept["source"], new.external_ref)
    form = LeadForm.objects.filter(id=new.form_id).first() if new.form_id else None
    begun = new.created_at or at
    agreed_at = (new.consent_at or begun) if new.has_consent and new.consent_text else None
    measured_at = (new.measuring_at or begun) if new.has_measuring and new.measuring_text else None
    lead = Lead.objects.create(
        id=lead_id or new_id(), form=form, owner=_write.active_member(new.owner_id), sent_sha256=new.sent_sha256,
        external_ref=new.external_ref, consent_text=new.consent_text,
        consent_at=agreed_at, measuring_text=new.measuring_text, measuring_at=measured_at,
        created_at=begun, changed_at=at,
        **kept, **_write.keys_of(kept),
    )  # fmt: skip
    fact = facts.LeadAdded(
        subject_id=lead.id, name=lead.name, source=lead.source, form=form.name if form else ""
    )  # fmt: skip
    audit.record(fact, actor=actor, at=begun)
    if agreed_at:
        agreed = facts.LeadConsentGiven(subject_id=lead.id, name=lead.name, text=lead.consent_text)
        audit.record(agreed, actor=actor, at=agreed_at)
    if measured_at:
        audit.record(_write.measuring_given(lead), actor=actor, at=measured_at)
    if own:
        fields.set_values(of=record_of(lead.id, currency), given=own, is_new=not is_strangers, actor=actor, at=begun)
    return lead


def _demand_new(source: str, reference: str | None) -> None:
    if reference and Lead.objects.filter(source=source, external_ref=reference).exists():
        raise Conflict("lead.already_here", "A lead with this reference of this source is here already.")


@transaction.atomic
def change_lead(
    *,
    lead: Lead,
    changes: Mapping[str, Any],
    actor: Actor,
    at: datetime,
    version: int | None = None,
    own: Mapping[str, Any] | None = None,
    own_seen: Mapping[str, Any] | None = None,
) -> UUID | None:
    """Change details, `own` fields, owner, next step or state of a lead.

    Return the fact that tells of the lead's own details, or nothing when they stay.

    Raises: EntryRefused with every field that cannot stand; RuleBroken for an owner who is not active; Conflict when
        somebody else was faster, or the lead is converted or discarded.
    """
    row = _write.locked(lead, version=version)
    _write.demand_open(row)
    before = {name: getattr(row, name) for name in CHANGEABLE}
    after = checked_lead(
        _with_step(row, {name: changes[name] for name in LEAD_FIELDS if name in changes}), home_country=_home(row)
    )
    if "owner_id" in changes:
        owner = _write.active_member(changes["owner_id"])
        after["owner_id"] = owner.id if owner else None
    if "state" in changes:
        if changes["state"] not in OPEN_STATES:
            raise RuleBroken("lead.unknown_state", "A lead is new, being worked on, or qualified.")
        after["state"] = changes["state"]
    if own:
        fields.set_values(of=record_of(row.id), given=own, seen=own_seen, actor=actor, at=at)
    changed = changes_between(before, after)
    if not changed:
        return None
    for name in changed:
        setattr(row, name, after[name])
    keys = _write.keys_of({name: getattr(row, name) for name in LEAD_FIELDS})
    for name, key in keys.items():
        setattr(row, name, key)
    _write.save(row, lead, *changed, *keys, at=at)
    fact = facts.LeadChanged(subject_id=row.id, name=row.name, changes=changed)
    return audit.record(fact, actor=actor, at=at)


def _home(lead: Lead) -> str:
    business = accounts.business()
    return lead.country or (business.country if business else "")


def _with_step(lead: Lead, given: dict[str, Any]) -> dict[str, Any]:
    """Look at the two halves of a next step together; taking the words away takes the time away."""
    if given.keys() & {"next_step", "next_step_at"}:
        given = {"next_step": lead.next_step, "next_step_at": lead.next_step_at} | given
        if not given["next_step"]:
            given["next_step_at"] = None
    return given


@transaction.atomic
def note_lead(*, lead: Lead, text: str, actor: Actor, at: datetime) -> UUID:
    """Write down what was said with a lead, or what should be remembered; it stays in its history.

    Raises: RuleBroken for no words, or too many.
    """
    words = text.replace("\x00", "").replace("\r\n", "\n").strip()
    if not words:
        raise RuleBroken("note.empty", "Write what should be remembered.")
    if len(words) > LONGEST_NOTE:
        raise RuleBroken("note.too_long", "At most %(most)s characters.", most=LONGEST_NOTE)
    return audit.record(facts.LeadNoted(subject_id=lead.id, name=lead.name, text=words), actor=actor, at=at)


@transaction.atomic
def discard_lead(*, lead: Lead, reason: str, actor: Actor, at: datetime, version: int | None = None) -> None:
    """Put a lead away of which nothing will come, with the reason.

    Raises: RuleBroken without a reason; Conflict when it is converted or discarded already, or somebody was faster.
    """
    row = _write.locked(lead, version=version)
    _write.demand_open(row)
    row.state, row.discarded_at, row.discard_reason = "discarded", at, short(reason, 500, is_needed=True)
    _write.save(row, lead, "state", "discarded_at", "discard_reason", at=at)
    fact = facts.LeadDiscarded(subject_id=row.id, name=row.name, reason=row.discard_reason)
    audit.record(fact, actor=actor, at=at)


@transaction.atomic
def reopen_lead(*, lead: Lead, actor: Actor, at: datetime) -> None:
    """Take a discarded lead up again.

    Raises: Conflict when it is not discarded.
    """
    row = _write.locked(lead)
    if row.state != "discarded":
        raise Conflict("lead.not_discarded", "This lead is not discarded.")
    row.state, row.discarded_at, row.discard_reason = "working", None, ""
    _write.save(row, lead, "state", "discarded_at", "discard_reason", at=at)
    audit.record(facts.LeadReopened(subject_id=row.id, name=row.name), actor=actor, at=at)


def hold_lead(*, lead: Lead, version: int | None = None) -> Lead:
    """Hold a lead up to the end of the transaction, to convert it.

    Raises: Conflict when it is converted or discarded already, or somebody was faster.
    """
    row = _write.locked(lead, version=version)
    _write.demand_open(row)
    return row


@transaction.atomic
def mark_converted(
    *,
    lead: Lead,
    customer_id: UUID,
    contact_id: UUID | None,
    deal_id: UUID | None,
    actor: Actor,
    at: datetime,
) -> None:
    """Note what a lead became, once and for good.

    Raises: Conflict when it is converted or discarded already.
    """
    row = hold_lead(lead=lead)
    row.state, row.converted_at = "converted", at
    row.customer_id, row.contact_id, row.deal_id = customer_id, contact_id, deal_id
    _write.save(row, lead, "state", "converted_at", "customer_id", "contact_id", "deal_id", at=at)
    fact = facts.LeadConverted(
        subject_id=row.id, customer_id=customer_id, name=row.name, contact_id=contact_id, deal_id=deal_id
    )
    audit.record(fact, actor=actor, at=at)


@transaction.atomic
def ask_to_confirm(*, lead: Lead, expires_at: datetime, actor: Actor, at: datetime) -> None:
    """Note that a mail asks the person whether it was they who filled in the form."""
    row = _write.locked(lead)
    row.consent_asked_at = at
    _write.save(row, lead, "consent_asked_at", at=at)
    fact = facts.LeadConsentAsked(subject_id=row.id, name=row.name, expires_at=expires_at)
    audit.record(fact, actor=actor, at=at)


@transaction.atomic
def confirm_consent(*, lead: Lead, actor: Actor, at: datetime) -> bool:
    """Note that the person agreed, by the link in the mail; return whether it is news.

    Raises: Conflict for a lead that was asked for nothing.
    """
    row = _write.locked(lead)
    if not (row.consent_text or row.measuring_text):
        raise Conflict("lead.no_consent_asked", "There is nothing to confirm.")
    is_news = bool(row.consent_text) and not row.consent_at
    is_measuring = bool(row.measuring_text) and not row.measuring_at
    if not (is_news or is_measuring):
        return False
    if is_news:
        row.consent_at = at
        fact = facts.LeadConsentGiven(subject_id=row.id, name=row.name, text=row.consent_text, is_confirmed=True)
        audit.record(fact, actor=actor, at=at)
    if is_measuring:
        row.measuring_at = at
        audit.record(_write.measuring_given(row, is_confirmed=True), actor=actor, at=at)
    _write.save(row, lead, "consent_at", "measuring_at", at=at)
    if row.contact:  # became a contact before the mail was answered
        for entry in consents_of(row):
            crm.note_consent(contact=row.contact, entry=entry, actor=actor, at=at)
    return True


def consents_of(lead: Lead) -> list[ConsentEntry]:
    """Return what somebody agreed to as a lead, as the contact who they become keeps it. Source: L-3, CO-1."""
    said = (
        (Purpose.NEWS, lead.consent_text, lead.consent_at),
        (Purpose.MEASURING, lead.measuring_text, lead.measuring_at),
    )
    return [
        ConsentEntry(
            purpose=purpose,
            is_given=True,
            way=lead.agreed_by,
            wording=text,
            language=lead.language,
            agreed_at=agreed_at,
        )
        for purpose, text, agreed_at in said
        if agreed_at is not None
    ]


def set_scores(*, scores: Mapping[UUID, tuple[int, Sequence[Mapping[str, Any]]]]) -> int:
    """Write the scores of leads, by id, with their reasons; return how many are new."""
    rows = list(Lead.objects.select_for_update().filter(id__in=list(scores)).order_by("id"))
    changed = []
    for row in rows:
        score, reasons = scores[row.id]
        if (row.score, row.reasons) != (score, list(reasons)):
            row.score, row.reasons = score, list(reasons)
            changed.append(row)
    Lead.objects.bulk_update(changed, ["score", "reasons"], batch_size=500)
    return len(changed)
