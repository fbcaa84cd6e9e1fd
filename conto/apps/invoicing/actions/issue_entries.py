"""Issuing what was computed elsewhere: invoices from entries, set at a time, without a draft in between.

They pass the same check list and the same computing as drafts do. What that stops, or what somebody wants to look at,
is stored as a draft, which keeps its lines where they were billed elsewhere.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from conto.apps.accounts.models import LegalEntity
from conto.apps.audit import actions as audit
from conto.apps.crm import queries as crm
from conto.apps.invoicing.actions.carrying import carried as carried_fact
from conto.apps.invoicing.actions.drafts import (
    checked_fields,
    drafted,
    unstored_allowances,
    unstored_draft,
    unstored_lines,
)
from conto.apps.invoicing.actions.holding import held as held_fact
from conto.apps.invoicing.actions.holding import held_codes
from conto.apps.invoicing.actions.issue import IssueResult, stands_against
from conto.apps.invoicing.actions.issue_computed import issue_computed
from conto.apps.invoicing.actions.scheduling import scheduled as scheduled_fact
from conto.apps.invoicing.entries import PREPAID_CREDIT, Carrying, NewInvoice
from conto.apps.invoicing.models import Draft, DraftAllowance, DraftLine
from conto.apps.invoicing.queries.checks import Checked, checked
from conto.apps.invoicing.queries.freezing import Freezer
from conto.apps.invoicing.queries.guardian import Apart
from conto.apps.invoicing.queries.loading import LoadedDraft, surrounded
from conto.domain.facts import Actor, Fact
from conto.domain.period import local_day


@transaction.atomic
def issue_entries(
    *,
    legal_entity: LegalEntity,
    new: Sequence[NewInvoice],
    actor: Actor,
    at: datetime,
    profiles: Mapping[UUID, crm.BillingProfile] | None = None,
    apart: Apart | None = None,
    run_id: UUID | None = None,
) -> list[IssueResult]:
    """Issue invoices of one seller in one transaction, with a constant number of statements.

    `profiles` are those of the customers, where the caller has read them in this transaction already.

    Numbers follow the order given. The result of one that waits, for somebody, its time or more, or that the check
    list stops, has no document: it is a draft. `apart` tells which documents of the same amount are no doubles.

    Raises: RuleBroken for a line that cannot be kept, and as `issue_computed`.
    Source: I-6, SB-5.
    """
    today = local_day(at, legal_entity.zone)
    if profiles is None:
        profiles = crm.billing_profiles({each.customer_id for each in new})
    profiles = {each.customer_id: profiles[each.customer_id] for each in new}
    loaded = _loaded(legal_entity, new, profiles, run_id, actor, at)
    waiting = {each.id: each.issues_at for each in new if each.waits or each.issues_at}
    results: dict[UUID, IssueResult] = {}
    ready: list[Checked] = []
    held: list[Checked] = []
    carrying = {each.id: each.carrying for each in new if each.carrying}
    for one in checked(list(loaded.values()), today, apart=apart):
        draft_id = one.loaded.draft.id
        if _carry(one, carrying.get(draft_id)):
            results[draft_id] = IssueResult(draft_id)
            held.append(one)
            continue
        against = stands_against(one, {}, ready)
        if against or draft_id in waiting:
            results[draft_id] = IssueResult(draft_id, findings=against)
            one.loaded.draft.held_for = held_codes(against)
            one.loaded.draft.issues_at = None if against else waiting.get(draft_id)
            held.append(one)
        else:
            ready.append(one)
    freezer = Freezer(at)
    batch = [
        freezer.freeze(one.loaded, one.computed, {f.code: one.loaded.draft.overrides[f.code] for f in one.findings})
        for one in ready
    ]
    sold = {each.id for each in new if each.sells_credit}
    batch = [replace(each, source=PREPAID_CREDIT) if each.id in sold else each for each in batch]
    for done in issue_computed(batch, actor=actor):
        results[done.document_id] = IssueResult(done.document_id, done.document_id, done.number)
    _store(held, actor, at)
    return [results[each.id] for each in new]


def _of(new: NewInvoice) -> dict[str, Any]:
    return {"id": new.id, "keeps_lines": new.keeps_lines and not new.charges_late, "charges_late": new.charges_late}


def _loaded(
    legal_entity: LegalEntity,
    new: Sequence[NewInvoice],
    profiles: Mapping[UUID, crm.BillingProfile],
    run_id: UUID | None,
    actor: Actor,
    at: datetime,
) -> dict[UUID, LoadedDraft]:
    """Make drafts of what is new, without storing them, with what surrounds them."""
    drafts: list[Draft] = []
    lines: dict[UUID, list[DraftLine]] = {}
    allowances: dict[UUID, list[DraftAllowance]] = {}
    for each in new:
        fields = {**checked_fields(each.fields), **_of(each), "run_id": run_id}
        kind = "deposit" if each.sells_credit else "invoice"
        draft = unstored_draft(profiles[each.customer_id], legal_entity, kind, actor=actor, at=at, fields=fields)
        drafts.append(draft)
        lines[draft.id] = unstored_lines(draft, each.lines)
        allowances[draft.id] = unstored_allowances(draft, each.allowances)
    today = local_day(at, legal_entity.zone)
    return surrounded(drafts, today, lines=lines, profiles=profiles, allowances=allowances)


def _carry(one: Checked, wait: Carrying | None) -> bool:
    """Let a draft wait for more where it is below the minimum, and tell whether it does."""
    document = one.computed.document
    if wait is None or document is None or not 0 <= document.totals.payable_minor < wait.minimum_minor:
        return False
    one.loaded.draft.carried_at, one.loaded.draft.carried_for = wait.since, wait.subscription_id
    return True


def _store(held: Sequence[Checked], actor: Actor, at: datetime) -> None:
    for one in held:
        document = one.computed.document
        one.loaded.draft.shown_total_minor = document.totals.payable_minor if document else 0
    drafts = [one.loaded.draft for one in held]
    Draft.objects.bulk_create(drafts)
    DraftLine.objects.bulk_create([line for one in held for line in one.loaded.lines])
    DraftAllowance.objects.bulk_create([each for one in held for each in one.loaded.allowances])
    told: list[tuple[Fact, datetime]] = [(drafted(draft), at) for draft in drafts]
    told += [(held_fact(draft), at) for draft in drafts if draft.held_for]
    told += [(scheduled_fact(draft), at) for draft in drafts if draft.issues_at]
    told += [(carried_fact(draft), at) for draft in drafts if draft.carried_at]
    audit.record_many(told, actor=actor)
