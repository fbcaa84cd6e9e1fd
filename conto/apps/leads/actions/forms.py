"""Add and change the forms that strangers fill in."""

import secrets
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from django.db import transaction

from conto.apps.accounts import queries as accounts
from conto.apps.audit import actions as audit
from conto.apps.fields import queries as fields
from conto.apps.leads.actions import _write
from conto.apps.leads.entry import FormEntry, checked_form
from conto.apps.leads.models import LeadForm
from conto.domain import facts
from conto.domain.facts import Actor, changes_between
from conto.domain.fields import Subject
from conto.domain.ids import new_id

_TOKEN_BYTES = 12


@transaction.atomic
def add_form(*, new: FormEntry, actor: Actor, at: datetime, form_id: UUID | None = None) -> LeadForm:
    """Add a form; its address is made here and never changes.

    Raises: EntryRefused with every field that cannot stand; RuleBroken for an owner who is not active.
    """
    kept = checked_form(new, _own_keys(actor))
    _write.active_member(kept["owner_id"])
    form = LeadForm.objects.create(
        id=form_id or new_id(), token=secrets.token_urlsafe(_TOKEN_BYTES), created_at=at, changed_at=at, **kept
    )
    audit.record(facts.LeadFormAdded(subject_id=form.id, name=form.name), actor=actor, at=at)
    return form


@transaction.atomic
def change_form(*, form: LeadForm, entry: FormEntry, actor: Actor, at: datetime) -> UUID | None:
    """Change a form and return the fact that tells of it, or nothing when all stays.

    Raises: EntryRefused with every field that cannot stand; RuleBroken for an owner who is not active.
    """
    row = LeadForm.objects.select_for_update(of=("self",)).get(id=form.id)
    known = _own_keys(actor)
    unseen = {name: how for name, how in row.fields.items() if name.startswith("own.") and name[4:] not in known}
    others = {name: how for name, how in entry.fields.items() if name not in unseen}
    kept = checked_form(replace(entry, fields=others), known)
    kept["fields"] |= unseen  # what somebody else told it to ask for
    _write.active_member(kept["owner_id"])
    changed = changes_between({name: getattr(row, name) for name in kept}, kept)
    if not changed:
        return None
    for name in changed:
        setattr(row, name, kept[name])
        setattr(form, name, kept[name])
    row.changed_at = form.changed_at = at
    row.save(update_fields=[*changed, "changed_at"])
    return audit.record(facts.LeadFormChanged(subject_id=row.id, name=row.name, changes=changed), actor=actor, at=at)


def _own_keys(actor: Actor) -> list[str]:
    """Return the own fields of leads that an actor can have strangers asked for: what nobody enters is none."""
    return [
        field.key for field in fields.seen_fields(accounts.business(), Subject.LEAD, actor.role) if field.is_entered
    ]
