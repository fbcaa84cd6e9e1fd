"""What the guardian looks at, what that would have held, and drafts that are issued by themselves."""

from dataclasses import asdict, dataclass
from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest
from pydantic import Field

from conto.api.door import caller_of
from conto.api.fields import Entry, Flag, Id
from conto.api.nouns.drafts import Draft, record, shape_of
from conto.api.operations import noun, reads, writes
from conto.api.reading import given
from conto.apps.invoicing import actions, queries
from conto.apps.subscriptions import queries as subscriptions
from conto.domain import guardian
from conto.domain.guardian import BOUNDS
from conto.domain.permissions import Permission

router = noun("Drafts")
_VIEW, _EDIT = Permission.SETTINGS_VIEW, Permission.INVOICE_OVERRIDE_CHECKS


def _field(name: str, description: str) -> Any:
    low, high = BOUNDS[name]
    return Field(ge=low, le=high, description=description, examples=[getattr(guardian.DEFAULT_RULES, name)])


Least = Annotated[int, _field("least_documents", "With fewer earlier invoices, amounts and rhythm say nothing.")]
AmountPercent = Annotated[int, _field("amount_percent", "By how much an amount may differ from the middle one.")]
RhythmPercent = Annotated[int, _field("rhythm_percent", "Of the gap, by which an invoice may be late or early.")]
RhythmDays = Annotated[int, _field("rhythm_days", "By which an invoice may be late or early in any case.")]
DuplicateDays = Annotated[int, _field("duplicate_days", "Within which invoices are compared.")]
ReviewHours = Annotated[int, _field("review_hours", "So long what a billing run makes waits; 0: issued at once.")]


@dataclass(frozen=True, slots=True)
class GuardianRules:
    """What the guardian looks at, and from where on it holds a draft."""

    watches_amounts: bool
    watches_rhythm: bool
    watches_duplicates: bool
    least_documents: Least
    amount_percent: AmountPercent
    rhythm_percent: RhythmPercent
    rhythm_days: RhythmDays
    duplicate_days: DuplicateDays
    review_hours: ReviewHours


class GuardianRulesEntry(Entry):
    """What changes of the rules; what is left out stays."""

    watches_amounts: Flag | None = None
    watches_rhythm: Flag | None = None
    watches_duplicates: Flag | None = None
    least_documents: Least | None = None
    amount_percent: AmountPercent | None = None
    rhythm_percent: RhythmPercent | None = None
    rhythm_days: RhythmDays | None = None
    duplicate_days: DuplicateDays | None = None
    review_hours: ReviewHours | None = None


@dataclass(frozen=True, slots=True)
class HeldDocument:
    """A document that would have been held."""

    document_id: Id
    number: Annotated[str, Field(examples=["INV-2026-00042"])]
    codes: Annotated[list[str], Field(examples=[["check.amount_unusual"]])]


@dataclass(frozen=True, slots=True)
class HeldOfLatest:
    """What rules would have held of the latest invoices."""

    documents: Annotated[int, Field(description="That were looked at, at most 100.", examples=[100])]
    held: list[HeldDocument]


@reads(router, "/guardian-rules", needs=_VIEW, gives=GuardianRules)
def get_guardian_rules(request: HttpRequest) -> Any:
    """Get what the guardian looks at before invoices are issued."""
    del request
    return GuardianRules(**asdict(queries.guardian_rules()))


@writes(router, "/guardian-rules", method="PATCH", needs=_EDIT, gives=GuardianRules)
def set_guardian_rules(request: HttpRequest, rules: GuardianRulesEntry) -> Any:
    """Set what the guardian looks at from now on; a time to look counts for what billing runs make from now on."""
    caller = caller_of(request)
    wanted = guardian.GuardianRules(**{**asdict(queries.guardian_rules()), **_given(rules)})
    return GuardianRules(**asdict(actions.set_guardian_rules(rules=wanted, actor=caller.actor, at=caller.at)))


@reads(router, "/guardian-rules/preview", needs=_VIEW, gives=HeldOfLatest)
def preview_guardian_rules(request: HttpRequest) -> Any:
    """Tell which of the latest 100 invoices the rules of now would have held; nothing is kept."""
    found = queries.guardian_preview(
        caller_of(request).member, queries.guardian_rules(), billed=subscriptions.billed_among
    )
    return HeldOfLatest(found.documents, [HeldDocument(row.id, row.number, list(row.codes)) for row in found.held])


@writes(router, "/drafts/{uuid:draft_id}/stop", needs=Permission.INVOICE_ISSUE, gives=Draft)
def stop_draft(request: HttpRequest, draft_id: UUID) -> Any:
    """Stop a draft of a billing run from being issued by itself; it stays until somebody issues it."""
    caller = caller_of(request)
    actions.stop_scheduled(draft=record(request, draft_id), actor=caller.actor, at=caller.at)
    return shape_of(request, draft_id)


def _given(rules: GuardianRulesEntry) -> dict[str, Any]:
    return {name: value for name, value in given(rules).items() if value is not None}
