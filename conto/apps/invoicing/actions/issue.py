"""Issuing drafts: checked, computed, numbered, booked and frozen in one transaction; one is a batch of one."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db import transaction
from django.db.models import prefetch_related_objects

from conto.apps import bulk
from conto.apps.bulk.composed import Composed, given, prepared_cursor
from conto.apps.bulk.retrying import retried
from conto.apps.invoicing.actions.freeing import free_credited
from conto.apps.invoicing.actions.holding import held_codes, hold_drafts
from conto.apps.invoicing.actions.issue_computed import issue_computed
from conto.apps.invoicing.models import Document, Draft
from conto.apps.invoicing.queries.checks import Checked, checked
from conto.apps.invoicing.queries.computing import as_finding
from conto.apps.invoicing.queries.freezing import Freezer
from conto.apps.invoicing.queries.guardian import Apart
from conto.apps.invoicing.queries.loading import load_many, queue_for_corrected
from conto.domain.errors import Conflict, Finding, RuleBroken
from conto.domain.facts import Actor
from conto.domain.period import local_day

CHUNK = 500


@dataclass(frozen=True, slots=True)
class IssueResult:
    """What became of one draft: a document with its number, or set aside with the reason."""

    draft_id: UUID
    document_id: UUID | None = None
    number: str = ""
    findings: tuple[Finding, ...] = ()

    @property
    def is_issued(self) -> bool:
        """Whether the draft became a document."""
        return self.document_id is not None

    @classmethod
    def refused(cls, draft_id: UUID, refusal: RuleBroken) -> "IssueResult":
        """Return the result of a draft that could not be issued."""
        findings = refusal.params.get("findings") or [as_finding(refusal)]
        return cls(draft_id, findings=tuple(findings))


_DOCUMENT = Composed(lambda: Document.objects.filter(id=given("id")))


def issue_draft(
    *,
    draft: Draft,
    actor: Actor,
    at: datetime,
    overrides: Mapping[str, str] | None = None,
    issued_on: date | None = None,
) -> Document:
    """Issue a draft: number it, book it, freeze it. The draft is gone, its id is the document's.

    `overrides` gives the reason for each warning that may be passed over. `issued_on` defaults to today in the zone
    of the legal entity.

    Raises: Conflict `draft.already_issued`; RuleBroken `draft.has_findings` with params `findings`.
    """

    def once() -> IssueResult:
        return _issue_chunk([draft.id], actor, at, overrides or {}, issued_on)[0]

    result = retried(once)
    if result.document_id is not None:
        return _DOCUMENT(id=result.document_id)[0]
    found = result.findings
    if found[0].code in {"draft.already_issued", "draft.gone"}:
        raise Conflict(found[0].code, found[0].message)
    raise RuleBroken(
        "draft.has_findings",
        "This cannot be issued yet: %(first)s",
        first=found[0].text,
        findings=list(found),
    )


def issue_drafts(
    *,
    draft_ids: Iterable[UUID],
    actor: Actor,
    at: datetime,
    issued_on: date | None = None,
    apart: Apart | None = None,
) -> list[IssueResult]:
    """Issue drafts in transactions of 500; those that cannot are set aside with their findings.

    Warnings set a draft aside too, unless the draft stores an override for them. `apart` tells which documents of the
    same amount are no doubles of these.
    """
    wanted = list(dict.fromkeys(draft_ids))
    results: list[IssueResult] = []
    for start in range(0, len(wanted), CHUNK):
        chunk = wanted[start : start + CHUNK]
        with bulk.without_collecting():
            results += _issue_or_set_aside(chunk, actor, at, issued_on, apart)
        if len(wanted) > start + CHUNK:
            catch_up_statistics(written=start + CHUNK)
    return results


def catch_up_statistics(*, written: int) -> None:
    """Let a mass run plan by what it has written: `written` documents, where the database believes in few."""
    bulk.catch_up_statistics(Document, written)


def _issue_or_set_aside(
    chunk: list[UUID], actor: Actor, at: datetime, issued_on: date | None, apart: Apart | None
) -> list[IssueResult]:
    """Issue a chunk; when another's writing stands against it as a whole, issue each draft by itself."""
    try:
        return retried(lambda: _issue_chunk(chunk, actor, at, {}, issued_on, apart))
    except RuleBroken as refusal:
        if len(chunk) == 1:
            return [IssueResult.refused(chunk[0], refusal)]
    return [done for draft_id in chunk for done in _issue_or_set_aside([draft_id], actor, at, issued_on, apart)]


def _issue_chunk(
    draft_ids: Sequence[UUID],
    actor: Actor,
    at: datetime,
    overrides: Mapping[str, str],
    issued_on: date | None,
    apart: Apart | None = None,
) -> list[IssueResult]:
    results: dict[UUID, IssueResult] = {}
    with transaction.atomic():
        drafts = _locked(draft_ids)
        ready: list[Checked] = []
        held: list[tuple[Draft, str]] = []
        for each in _checked(drafts, at, issued_on, apart):
            against = stands_against(each, overrides, ready)
            if against:
                results[each.loaded.draft.id] = IssueResult(each.loaded.draft.id, findings=against)
                held.append((each.loaded.draft, held_codes(against)))
            else:
                ready.append(each)
        freezer = Freezer(at)
        batch = [
            freezer.freeze(
                each.loaded,
                each.computed,
                {f.code: {**each.loaded.draft.overrides, **overrides}[f.code] for f in each.findings},
            )
            for each in ready
        ]
        _remove_drafts([each.loaded.draft.id for each in ready])
        for done in issue_computed(batch, actor=actor):
            results[done.document_id] = IssueResult(done.document_id, done.document_id, done.number)
        free_credited({each.loaded.draft.corrects_id for each in ready} - {None}, actor=actor, at=at)
        hold_drafts(held, actor=actor, at=at)
    for missing in set(draft_ids) - results.keys():
        results[missing] = IssueResult(missing, findings=(_why_missing(missing),))
    return [results[draft_id] for draft_id in draft_ids]


_REMOVE = """
WITH lines AS (DELETE FROM invoicing_draftline WHERE draft_id = ANY(%(ids)s)),
    allowances AS (DELETE FROM invoicing_draftallowance WHERE draft_id = ANY(%(ids)s)),
    deposits AS (DELETE FROM invoicing_draft_deposits WHERE draft_id = ANY(%(ids)s))
DELETE FROM invoicing_draft WHERE id = ANY(%(ids)s)
"""


def _remove_drafts(draft_ids: list[UUID]) -> None:
    """Remove drafts with their parts in one statement; what they were is frozen in the documents."""
    with prepared_cursor() as cursor:
        cursor.execute(_REMOVE, {"ids": draft_ids})


def stands_against(each: Checked, overrides: Mapping[str, str], ready: Sequence[Checked]) -> tuple[Finding, ...]:
    """Give what keeps a draft from being issued in this transaction."""
    draft = each.loaded.draft
    reasons = {**draft.overrides, **overrides}
    against = [f for f in each.findings if f.severity == "block" or not reasons.get(f.code)]
    if draft.corrects_id and any(other.loaded.draft.corrects_id == draft.corrects_id for other in ready):
        against.append(
            Finding("credit.one_at_a_time", "Another credit note of the same document was issued just now. Try again.")
        )
    return tuple(against)


_LOCKED = Composed(
    lambda: (
        Draft.objects.filter(id__one_of=given("ids"))
        .select_related("legal_entity")
        .order_by("id")
        .select_for_update(of=("self",))
    )
)


def _locked(draft_ids: Sequence[UUID]) -> list[Draft]:
    """Lock the drafts in the order of their ids, so that two who issue the same wait instead of deadlocking."""
    drafts = {draft.id: draft for draft in _LOCKED(ids=list(draft_ids))}
    for name in ("corrects", "contact", "series"):
        with_it = [draft for draft in drafts.values() if getattr(draft, f"{name}_id")]  # most have none of these
        if with_it:
            prefetch_related_objects(with_it, name)
    queue_for_corrected({draft.corrects_id for draft in drafts.values() if draft.corrects_id})
    return [drafts[draft_id] for draft_id in draft_ids if draft_id in drafts]


def _checked(drafts: Sequence[Draft], at: datetime, issued_on: date | None, apart: Apart | None) -> list[Checked]:
    by_day: dict[tuple[date, date], list[Draft]] = {}
    for draft in drafts:
        today = local_day(at, draft.legal_entity.zone)
        by_day.setdefault((issued_on or today, today), []).append(draft)
    return [
        each
        for (on, today), some in by_day.items()
        for each in checked(list(load_many(some, on).values()), today, apart=apart, is_together=True)
    ]


def _why_missing(draft_id: UUID) -> Finding:
    if Document.objects.filter(id=draft_id).exists():
        return Finding("draft.already_issued", "This draft is already issued.")
    return Finding("draft.gone", "This draft was discarded.")
