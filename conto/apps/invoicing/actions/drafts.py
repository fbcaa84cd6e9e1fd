"""Drafts: begun with the customer's profile, changed, discarded, copied."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from dataclasses import fields as fields_of
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from operator import attrgetter
from typing import Any
from uuid import UUID

from django.db import transaction

from conto.apps.accounts import queries as accounts
from conto.apps.accounts.models import LegalEntity
from conto.apps.audit import actions as audit
from conto.apps.bulk import unstored
from conto.apps.crm import queries as crm
from conto.apps.crm.models import Customer
from conto.apps.fields import actions as fields
from conto.apps.invoicing.entries import AllowanceEntry, DocumentKind, LineEntry
from conto.apps.invoicing.models import Attachment, Document, Draft, DraftAllowance, DraftLine
from conto.apps.invoicing.queries.ahead import entries_of
from conto.apps.invoicing.queries.computing import computed
from conto.apps.projects import actions as projects
from conto.domain import facts
from conto.domain.errors import Conflict, RuleBroken
from conto.domain.facts import Actor
from conto.domain.ids import new_id
from conto.domain.money import minor_digits
from conto.domain.period import local_day

CHANGEABLE = frozenset(
    {
        "currency",
        "price_mode",
        "language",
        "terms_days",
        "early_discount_percent",
        "early_discount_days",
        "delivered_on",
        "period_start_on",
        "period_end_on",
        "buyer_reference",
        "order_reference",
        "contract_reference",
        "intro",
        "notes",
        "overrides",
        "contact_id",
        "series_id",
        "template_id",
        "quote_id",
        "deal_id",
        "goods_stay",
    }
)
MAX_LINES = 5000
_BOUND_FIELDS = frozenset({"currency", "price_mode"})
_BOUND_OF_LINE = ("quantity", "unit_code", "unit_price", "base_quantity")
_OF_LINE = tuple(each.name for each in fields_of(LineEntry))
_values = attrgetter(*_OF_LINE)
_QUANTITY_PLACES, _PRICE_PLACES = 6, 12
_LARGEST = Decimal(10) ** 11


@transaction.atomic
def create_draft(
    *,
    customer: Customer,
    actor: Actor,
    at: datetime,
    kind: DocumentKind = "invoice",
    legal_entity: LegalEntity | None = None,
    lines: Sequence[LineEntry] = (),
    keeps_lines: bool = False,
    bound_lines: int = 0,
    **fields: Any,
) -> Draft:
    """Begin a draft with everything that the customer's profile and the seller already say.

    With `keeps_lines` its lines were billed elsewhere: it can only be issued. The first `bound_lines` bill work of a
    project.

    `fields` are any of currency, price_mode, language, terms_days, early_discount_percent, early_discount_days,
    delivered_on, period_start_on, period_end_on, buyer_reference, order_reference, contract_reference, intro, notes,
    contact_id, series_id, template_id.
    """
    entity = legal_entity or accounts.legal_entities().first()
    if entity is None:
        raise RuleBroken("seller.missing", "Set up your business first.")
    known = {**checked_fields(fields), "keeps_lines": keeps_lines, "bound_lines": bound_lines}
    draft = _begin(customer, entity, kind, actor=actor, at=at, fields=known)
    if lines:
        _write_lines(draft, lines)
        _show_total(draft, at)
    note_drafted(draft, actor=actor, at=at)
    return draft


def _begin(
    customer: Customer, entity: LegalEntity, kind: str, *, actor: Actor, at: datetime, fields: Mapping[str, Any]
) -> Draft:
    made = unstored_draft(crm.billing_profile(customer), entity, kind, actor=actor, at=at, fields=fields)
    made.customer = customer
    made.save(force_insert=True)
    return made


def unstored_draft(
    profile: crm.BillingProfile,
    entity: LegalEntity,
    kind: str,
    *,
    actor: Actor,
    at: datetime,
    fields: Mapping[str, Any],
) -> Draft:
    """Make a draft with what the customer's profile and the seller say, without storing it."""
    taken: dict[str, Any] = {
        "currency": profile.currency or entity.currency,
        "language": profile.language or entity.language,
        "terms_days": entity.terms_days if profile.terms_days is None else profile.terms_days,
        "early_discount_percent": profile.early_discount_percent,
        "early_discount_days": profile.early_discount_days,
        "buyer_reference": profile.buyer_reference,
    }
    made = unstored(
        Draft,
        {
            "id": new_id(),
            "kind": kind,
            "legal_entity_id": entity.id,
            "customer_id": profile.customer_id,
            "created_by_id": actor.member_id,
            "created_at": at,
            "changed_at": at,
            **taken,
            **fields,
        },
    )
    made.legal_entity = entity
    return made


@transaction.atomic
def change_draft(
    *, draft: Draft, changes: Mapping[str, Any], actor: Actor, at: datetime, expected_version: int | None = None
) -> Draft:
    """Change fields of a draft (those that `create_draft` names).

    Raises: Conflict `draft.changed_meanwhile` when `expected_version` is not the stored one, `draft.keeps_lines`.
    """
    row = locked_draft(draft.id, expected_version)
    wanted = checked_fields(changes)
    if wanted.keys() & {"currency", "price_mode"}:
        refuse_kept(row)
        _refuse_bound(row, wanted)
    if row.kind == "credit_note" and wanted.keys() & {"currency", "price_mode"}:
        raise RuleBroken("credit.as_the_invoice", "A credit note has the currency and prices of its invoice.")
    noted = facts.changes_between({name: getattr(row, name) for name in wanted}, wanted)
    if not noted:
        return row
    for name, value in wanted.items():
        setattr(row, name, value)
    redone(row, at)
    audit.record(
        facts.DocumentChanged(subject_id=row.id, customer_id=row.customer_id, changes=noted), actor=actor, at=at
    )
    return row


@transaction.atomic
def set_lines(
    *, draft: Draft, lines: Sequence[LineEntry], actor: Actor, at: datetime, expected_version: int | None = None
) -> Draft:
    """Replace the lines of a draft.

    Raises: Conflict `draft.changed_meanwhile`, `draft.keeps_lines`, `draft.bills_work`.
    """
    row = locked_draft(draft.id, expected_version)
    refuse_kept(row)
    if row.kind == "credit_note":
        raise RuleBroken("credit.lines_of_invoice", "A credit note has the lines of its invoice.")
    _check_bound_lines(row, lines)
    before = DraftLine.objects.filter(draft=row).count()
    DraftLine.objects.filter(draft=row).delete()
    _write_lines(row, lines)
    total = row.shown_total_minor
    redone(row, at)
    changes: facts.Changes = {"lines": [before, len(lines)], "total_minor": [total, row.shown_total_minor]}
    audit.record(
        facts.DocumentChanged(subject_id=row.id, customer_id=row.customer_id, changes=changes), actor=actor, at=at
    )
    return row


@transaction.atomic
def set_allowances(
    *,
    draft: Draft,
    allowances: Sequence[AllowanceEntry],
    actor: Actor,
    at: datetime,
    expected_version: int | None = None,
) -> Draft:
    """Replace the discounts and charges on the whole draft.

    Raises: Conflict `draft.changed_meanwhile`, `draft.keeps_lines`.
    """
    row = locked_draft(draft.id, expected_version)
    refuse_kept(row)
    if row.kind == "credit_note":
        raise RuleBroken("credit.lines_of_invoice", "A credit note has the lines of its invoice.")
    DraftAllowance.objects.filter(draft=row).delete()
    DraftAllowance.objects.bulk_create(unstored_allowances(row, allowances))
    total = row.shown_total_minor
    redone(row, at)
    audit.record(
        facts.DocumentChanged(
            subject_id=row.id, customer_id=row.customer_id, changes={"total_minor": [total, row.shown_total_minor]}
        ),
        actor=actor,
        at=at,
    )
    return row


@transaction.atomic
def discard_draft(*, draft: Draft, actor: Actor, at: datetime) -> None:
    """Remove a draft; nothing was numbered or booked. Work that it bills can be billed again.

    Raises: Conflict `draft.keeps_lines`.
    """
    row = locked_draft(draft.id, None)
    refuse_kept(row)
    if row.bound_lines:
        projects.free_bills(document_ids=[row.id], actor=actor, at=at)
    elif row.period_start_on:  # a repeating invoice says the days that it is about
        projects.revoke_periods(document_ids=[row.id], actor=actor, at=at)
    Attachment.objects.filter(document_id=row.id).delete()
    row.delete()
    fields.forget_values([draft.id])
    audit.record(
        facts.DocumentDiscarded(subject_id=draft.id, customer_id=row.customer_id, document_kind=row.kind),
        actor=actor,
        at=at,
    )


@transaction.atomic
def copy_document(*, document: Document | Draft, actor: Actor, at: datetime) -> Draft:
    """Begin a draft with the lines, allowances and texts of a document or draft; terms are the customer's of today."""
    if document.kind == "credit_note":
        raise RuleBroken("draft.copy_of_credit_note", "A credit note cannot be copied; credit the invoice again.")
    texts: dict[str, Any] = (
        {name: document.details.get(name, "") for name in ("intro", "notes", "order_reference", "contract_reference")}
        if isinstance(document, Document)
        else {"intro": document.intro, "notes": document.notes}
    )
    fields = {**texts, "currency": document.currency, "price_mode": document.price_mode, "language": document.language}
    draft = _begin(document.customer, document.legal_entity, "invoice", actor=actor, at=at, fields=fields)
    _copy_lines(document, draft)
    _show_total(draft, at)
    note_drafted(draft, actor=actor, at=at)
    return draft


def _copy_lines(source: Document | Draft, draft: Draft) -> None:
    lines, allowances = entries_of(source)
    _write_lines(draft, lines)
    DraftAllowance.objects.bulk_create(unstored_allowances(draft, allowances))


def refuse_kept(draft: Draft) -> None:
    """Refuse to change the lines of a draft, or to discard it, when they were billed elsewhere.

    Raises: Conflict `draft.keeps_lines`, `draft.charges_late`.
    Source: SB-5, LF-8.
    """
    if draft.charges_late:
        raise Conflict("draft.charges_late", "This draft charges for paying late. Waive what is not to be charged.")
    if draft.keeps_lines:
        raise Conflict(
            "draft.keeps_lines", "This draft bills a subscription. Issue it as it is, and credit what is not owed."
        )


def _bound(draft: Draft) -> Conflict:
    return Conflict(
        "draft.bills_work",
        "The first %(count)s lines bill work of a project. Their words and discounts can be changed, what they count"
        " cannot: discard the draft and bill the work again.",
        count=draft.bound_lines,
    )


def _refuse_bound(draft: Draft, wanted: Mapping[str, Any]) -> None:
    if draft.bound_lines and any(getattr(draft, name) != wanted[name] for name in wanted.keys() & _BOUND_FIELDS):
        raise _bound(draft)


def _check_bound_lines(draft: Draft, lines: Sequence[LineEntry]) -> None:
    """Refuse to change what lines that bill work count; their words and discounts are free.

    Raises: Conflict `draft.bills_work`.
    Source: WP-5.
    """
    if not draft.bound_lines:
        return
    bound = DraftLine.objects.filter(draft=draft, position__lte=draft.bound_lines).order_by("position")
    before = [tuple(getattr(line, name) for name in _BOUND_OF_LINE) for line in bound]
    if before != [tuple(getattr(line, name) for name in _BOUND_OF_LINE) for line in lines[: draft.bound_lines]]:
        raise _bound(draft)


def locked_draft(draft_id: UUID, expected_version: int | None) -> Draft:
    """Lock a draft for a change.

    Raises: Conflict when it is issued, gone, or not of the version that the caller saw.
    """
    row = (
        Draft.objects.select_related("legal_entity", "customer", "corrects", "contact", "series")
        .select_for_update(of=("self",))
        .filter(id=draft_id)
        .first()
    )
    if row is None:
        if Document.objects.filter(id=draft_id).exists():
            raise Conflict("draft.already_issued", "This draft is already issued.")
        raise Conflict("draft.gone", "This draft was discarded.")
    if expected_version is not None and row.version != expected_version:
        raise Conflict("draft.changed_meanwhile", "Somebody else changed this draft meanwhile. Look at it again.")
    return row


def redone(row: Draft, at: datetime) -> None:
    """Write down that a draft was changed, with its total anew."""
    row.version += 1
    row.changed_at = at
    row.held_for = ""  # what is changed is looked at anew
    _show_total(row, at)
    row.save()


def _show_total(row: Draft, at: datetime) -> None:
    document = computed(row, local_day(at, row.legal_entity.zone)).document
    row.shown_total_minor = document.totals.payable_minor if document else 0
    row.save(update_fields=["shown_total_minor"])


def note_drafted(draft: Draft, *, actor: Actor, at: datetime) -> None:
    """Record that a draft exists."""
    audit.record(drafted(draft), actor=actor, at=at)


def drafted(draft: Draft) -> facts.DocumentDrafted:
    """Give the fact that a draft exists."""
    return facts.DocumentDrafted(
        subject_id=draft.id,
        customer_id=draft.customer_id,
        document_kind=draft.kind,
        currency=draft.currency,
        total_minor=draft.shown_total_minor,
    )


def _write_lines(draft: Draft, lines: Sequence[LineEntry]) -> None:
    DraftLine.objects.bulk_create(unstored_lines(draft, lines))


def unstored_lines(draft: Draft, lines: Sequence[LineEntry]) -> list[DraftLine]:
    """Make the lines of a draft without storing them.

    Raises: RuleBroken for a line that cannot be kept.
    """
    if len(lines) > MAX_LINES:
        raise RuleBroken("draft.too_many_lines", "A document has at most %(max)s lines.", max=MAX_LINES)
    for n, entry in enumerate(lines, 1):
        _check_line(n, entry)
    return [
        unstored(
            DraftLine,
            {"id": new_id(), "draft_id": draft.id, "position": n, **dict(zip(_OF_LINE, _values(entry), strict=True))},
        )
        for n, entry in enumerate(lines, 1)
    ]


def unstored_allowances(draft: Draft, allowances: Sequence[AllowanceEntry]) -> list[DraftAllowance]:
    """Make what is taken off or added to a whole draft without storing it.

    Raises: RuleBroken `discount.percent_or_amount`.
    """
    for entry in allowances:
        if (entry.percent is None) == (entry.amount_minor is None):
            raise RuleBroken("discount.percent_or_amount", "A discount is either a percentage or an amount.")
    return [
        DraftAllowance(id=new_id(), draft=draft, position=n, **asdict(entry)) for n, entry in enumerate(allowances, 1)
    ]


@lru_cache(4096)
def _can_be_kept(value: Decimal, places: int) -> bool:
    exponent = value.normalize().as_tuple().exponent
    return value.is_finite() and abs(value) < _LARGEST and isinstance(exponent, int) and -exponent <= places


def _check_line(n: int, entry: LineEntry) -> None:
    for value, places in (
        (entry.quantity, _QUANTITY_PLACES),
        (entry.base_quantity, _QUANTITY_PLACES),
        (entry.unit_price, _PRICE_PLACES),
    ):
        if not _can_be_kept(value, places):
            raise RuleBroken("line.bad_number", "Line %(line)s has a number that cannot be kept.", line=n)
    if entry.base_quantity <= 0:
        raise RuleBroken("invoice.bad_base_quantity", "A price is for more than 0 units (line %(line)s).", line=n)
    if not 0 <= entry.allowance_percent <= 100 or entry.allowance_minor < 0:
        raise RuleBroken("invoice.bad_line_allowance", "The discount of line %(line)s cannot be applied.", line=n)
    if len(entry.name) > 300:
        raise RuleBroken("line.name_too_long", "The words of line %(line)s are too long.", line=n)


def check_agreed(
    *, fields: Mapping[str, Any], lines: Sequence[LineEntry], allowances: Sequence[AllowanceEntry]
) -> None:
    """Refuse what no draft could hold, before it is agreed for many.

    Raises: RuleBroken.
    """
    checked_fields(fields)
    probe = Draft(id=new_id())
    unstored_lines(probe, lines)
    unstored_allowances(probe, allowances)


def checked_fields(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Refuse fields that a draft does not have, or cannot hold.

    Raises: RuleBroken.
    """
    unknown = fields.keys() - CHANGEABLE
    if unknown:
        raise TypeError(f"a draft has no changeable field {sorted(unknown)}")
    wanted = dict(fields)
    if "currency" in wanted:
        minor_digits(wanted["currency"])  # refuses an unknown one
    if wanted.get("price_mode", "net") not in {"net", "gross"}:
        raise RuleBroken("draft.bad_price_mode", "Prices are without tax or include it.")
    if not 0 <= wanted.get("terms_days", 0) <= 3650:
        raise RuleBroken("terms.bad_days", "Payment terms have 0 to %(max)s days.", max=3650)
    return wanted
