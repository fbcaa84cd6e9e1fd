"""Holding drafts: what the check list found is kept with them until somebody looks."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from conto.apps.audit import actions as audit
from conto.apps.invoicing.models import Draft
from conto.domain import facts
from conto.domain.errors import Finding
from conto.domain.facts import Actor

_MOST_LENGTH = 400


def held_codes(findings: Iterable[Finding]) -> str:
    """Write the codes of findings as a draft keeps them, as many as there is room for."""
    codes = ""
    for code in dict.fromkeys(finding.code for finding in findings):
        if len(codes) + len(code) < _MOST_LENGTH:
            codes = f"{codes} {code}".strip()
    return codes


def held(draft: Draft) -> facts.DocumentHeld:
    """Give the fact that a draft waits because of what was found."""
    return facts.DocumentHeld(subject_id=draft.id, customer_id=draft.customer_id, codes=tuple(draft.held_for.split()))


def hold_drafts(found: Sequence[tuple[Draft, str]], *, actor: Actor, at: datetime) -> None:
    """Keep with drafts what was found; what was known of a draft already is not told again.

    What is held is not issued by itself any more, and not carried.

    Source: GU-4.
    """
    news = [(draft, codes) for draft, codes in found if draft.held_for != codes]
    for draft, codes in news:
        draft.held_for, draft.issues_at, draft.carried_at = codes, None, None
    if news:
        Draft.objects.bulk_update([draft for draft, _codes in news], ["held_for", "issues_at", "carried_at"])
        audit.record_many([(held(draft), at) for draft, _codes in news], actor=actor)
