"""Late fees and late interest: the rule, what it would charge, what was charged, and what is waived or left out."""

from dataclasses import dataclass, fields, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

from django.http import HttpRequest
from ninja import Query
from pydantic import BaseModel, Field

from conto.api import paging
from conto.api.door import caller_of
from conto.api.fields import Currency, Day, Entry, Flag, Id, Minor
from conto.api.operations import noun, reads, writes
from conto.api.paging import Page, Paged
from conto.api.reading import found, given
from conto.apps.crm import queries as customers
from conto.apps.invoicing import queries as documents
from conto.apps.late import actions, queries
from conto.domain import late
from conto.domain.late import BOUNDS, LARGEST_MINOR, LateAmounts
from conto.domain.permissions import Permission
from conto.flows import charge_late

router = noun("Late charges")
_VIEW, _EDIT, _SEE = Permission.SETTINGS_VIEW, Permission.INVOICE_CHARGE_LATE, Permission.INVOICE_VIEW


def _bounds(name: str, description: str, example: Any) -> Any:
    low, high = BOUNDS[name]
    return Field(ge=low, le=high, description=description, examples=[example])


GraceDays = Annotated[int, _bounds("grace_days", "After the due date; money that comes within them is in time.", 14)]
Percent = Annotated[Decimal, _bounds("yearly_percent", "Simple interest a year, actual days over 365.", "9.27")]
CapPercent = Annotated[Decimal, _bounds("cap_percent", "Of the payable total of an invoice; 0: no such cap.", "10")]
ChargeDay = Annotated[int, _bounds("charge_day", "The day of the month of a run; 0: every night.", 1)]
TermsDays = Annotated[int, _bounds("terms_days", "In which a charge is to be paid.", 14)]
Amount = Annotated[int, Field(ge=0, le=LARGEST_MINOR, description="In minor units; 0: none.", examples=[4000])]
Reason = Annotated[str, Field(min_length=1, max_length=actions.LONGEST_REASON, examples=["Their first time"])]
Kind = Annotated[str, Field(examples=["interest"], json_schema_extra={"enum": ["fee", "interest"]})]


@dataclass(frozen=True, slots=True)
class LateAmountsIn:
    """Fee, smallest amount and cap in one currency."""

    currency: Currency
    fee_minor: Amount
    least_minor: Amount
    cap_minor: Amount


@dataclass(frozen=True, slots=True)
class LateRule:
    """What the business charges for paying late."""

    is_on: bool
    counts_from: Annotated[date | None, Field(description="Only invoices that fall due on this day or later.")]
    grace_days: GraceDays
    yearly_percent: Percent
    cap_percent: CapPercent
    charge_day: ChargeDay
    terms_days: TermsDays
    companies_only: bool
    issues_itself: Annotated[bool, Field(description="Charges are issued and sent; else they are drafts.")]
    amounts: list[LateAmountsIn]


class LateAmountsEntry(Entry):
    """Fee, smallest amount and cap in one currency."""

    currency: Currency
    fee_minor: Amount = 0
    least_minor: Amount = 0
    cap_minor: Amount = 0


class LateRuleEntry(Entry):
    """What changes of the rule; what is left out stays, and so do currencies that are not given."""

    is_on: Flag | None = None
    counts_from: Day | None = None
    grace_days: GraceDays | None = None
    yearly_percent: Percent | None = None
    cap_percent: CapPercent | None = None
    charge_day: ChargeDay | None = None
    terms_days: TermsDays | None = None
    companies_only: Flag | None = None
    issues_itself: Flag | None = None
    amounts: Annotated[list[LateAmountsEntry], Field(max_length=50)] | None = None


@dataclass(frozen=True, slots=True)
class WantedCharge:
    """What an invoice would be charged now."""

    invoice_id: Id
    number: Annotated[str, Field(examples=["INV-2026-00042"])]
    customer_id: Id
    currency: Currency
    fee_minor: Minor
    interest_minor: Minor
    first_on: Annotated[date | None, Field(description="The first day of interest.")]
    last_on: Annotated[date | None, Field(description="The last day of interest, counted.")]


@dataclass(frozen=True, slots=True)
class LatePreview:
    """What a run would charge now."""

    charges: list[WantedCharge]
    documents: Annotated[int, Field(description="One for each customer, seller and currency.", examples=[3])]
    totals_minor: Annotated[dict[str, int], Field(description="By currency.", examples=[{"EUR": 4582}])]
    is_cut: Annotated[bool, Field(description="There are more customers than were looked through.")]


@dataclass(frozen=True, slots=True)
class LateRun:
    """What a run charged."""

    invoices: Annotated[int, Field(examples=[4])]
    documents: Annotated[int, Field(examples=[3])]
    totals_minor: Annotated[dict[str, int], Field(description="By currency.", examples=[{"EUR": 4582}])]


@dataclass(frozen=True, slots=True)
class LateCharge:
    """A fee, or the interest of some days, of one invoice."""

    id: Id
    customer_id: Id
    invoice_id: Id
    invoice_number: Annotated[str, Field(examples=["INV-2026-00042"])]
    document_id: Annotated[UUID, Field(description="The draft that charges it, and the document that this becomes.")]
    document_number: Annotated[str, Field(description="Empty while it is a draft.", examples=["INV-2026-00051"])]
    kind: Kind
    currency: Currency
    amount_minor: Minor
    first_on: date | None
    last_on: Annotated[date | None, Field(description="Of interest; counted.")]
    yearly_percent: Annotated[Decimal, Field(examples=["9"])]
    charged_on: Day
    state: Annotated[str, Field(examples=["charged"], json_schema_extra={"enum": ["draft", "charged", "waived"]})]
    waived_because: str
    waived_by: str
    waived_at: datetime | None
    credit_note_id: UUID | None


@dataclass(frozen=True, slots=True)
class LateStanding:
    """Whether an invoice is left out, and what it was charged."""

    is_excluded: bool
    excluded_because: str
    charges: list[LateCharge]


@dataclass(frozen=True, slots=True)
class LateExemption:
    """Whether a customer is charged nothing for paying late."""

    is_exempt: bool
    reason: str


class WaiveEntry(Entry):
    """Why a charge is not to be paid."""

    reason: Reason


class ExcludeEntry(Entry):
    """Whether an invoice is left out from now on, and why."""

    is_excluded: Flag
    reason: Annotated[str, Field(max_length=actions.LONGEST_REASON, examples=["Disputed"])] = ""


class ExemptEntry(Entry):
    """Whether a customer is exempt from now on, and why."""

    is_exempt: Flag
    reason: Annotated[str, Field(max_length=actions.LONGEST_REASON, examples=["An association"])] = ""


class LateFilters(BaseModel):
    """Which charges a list shows."""

    state: Literal["all", "draft", "charged", "waived"] = "all"


@reads(router, "/late-rule", needs=_VIEW, gives=LateRule)
def get_late_rule(request: HttpRequest) -> Any:
    """Get what the business charges for paying late."""
    del request
    return _told(queries.late_rule())


@writes(router, "/late-rule", method="PATCH", needs=_EDIT, gives=LateRule)
def set_late_rule(request: HttpRequest, rule: LateRuleEntry) -> Any:
    """Set what is charged for paying late; days that were charged stay as they are."""
    caller = caller_of(request)
    wanted = _wanted(rule)
    return _told(actions.set_rule(rule=wanted, actor=caller.actor, at=caller.at, today=caller.today))


@reads(router, "/late-rule/preview", needs=_EDIT, gives=LatePreview)
def preview_late_charges(request: HttpRequest) -> Any:
    """Tell what a run would charge now, whether the rule is on or not; nothing is kept."""
    caller = caller_of(request)
    seen = charge_late.preview(member=caller.member, rule=queries.late_rule(), at=caller.at)
    charges = [
        WantedCharge(
            each.invoice.id, each.invoice.number, each.invoice.customer_id, each.invoice.currency,
            each.wanted.fee_minor, each.wanted.interest_minor, each.wanted.first_on, each.wanted.last_on,
        )
        for each in seen.charges
    ]  # fmt: skip
    return LatePreview(charges, seen.documents, seen.totals_minor, seen.is_cut)


@writes(router, "/late-charges/run", needs=_EDIT, gives=LateRun)
def run_late_charges(request: HttpRequest) -> Any:
    """Charge what is late now; each day is charged once, so running again charges nothing twice."""
    caller = caller_of(request)
    done = charge_late.run(actor=caller.actor, at=caller.at)
    return LateRun(done.invoices, done.documents, done.totals_minor)


@reads(router, "/late-charges", needs=_SEE, gives=Page[LateCharge])
def list_late_charges(request: HttpRequest, filters: Query[LateFilters], page: Query[Paged]) -> Any:
    """List late charges, the latest first."""
    rows = queries.charges(caller_of(request).member, state=filters.state)
    return paging.keyset(
        rows,
        page,
        by=("at", "id"),
        kinds=(datetime.fromisoformat, UUID),
        shape=lambda row: _shape(queries.shape_of(row)),
    )


@reads(router, "/late-charges/{uuid:charge_id}", needs=_SEE, gives=LateCharge, is_record=True)
def get_late_charge(request: HttpRequest, charge_id: UUID) -> Any:
    """Get a late charge and what became of it."""
    return _shape(found(queries.charge_for(caller_of(request).member, charge_id)))


@writes(router, "/late-charges/{uuid:charge_id}/waive", needs=_EDIT, gives=LateCharge)
def waive_late_charge(request: HttpRequest, charge_id: UUID, waived: WaiveEntry) -> Any:
    """Waive a charge: its line is dropped from the draft, or credited where it is issued."""
    caller = caller_of(request)
    charge = found(queries.charge_for(caller.member, charge_id))
    charge_late.waive(charge_id=charge.id, reason=waived.reason, actor=caller.actor, at=caller.at)
    return get_late_charge(request, charge_id)


@reads(router, "/documents/{uuid:document_id}/late", needs=_SEE, gives=LateStanding)
def get_late_standing(request: HttpRequest, document_id: UUID) -> Any:
    """Get what an invoice was charged for being paid late, and whether it is left out."""
    member = caller_of(request).member
    document = found(documents.document_for(member, document_id))
    excluded = queries.exclusion_of(document.id)
    rows = [_shape(row) for row in queries.charges_of_invoice(member, document.id)]
    return LateStanding(excluded is not None, excluded.reason if excluded else "", rows)


@writes(router, "/documents/{uuid:document_id}/late", method="PATCH", needs=_EDIT, gives=LateStanding)
def exclude_from_late_charges(request: HttpRequest, document_id: UUID, wanted: ExcludeEntry) -> Any:
    """Leave an invoice out of charging, with a reason, or take it in again."""
    caller = caller_of(request)
    document = found(documents.document_for(caller.member, document_id))
    if wanted.is_excluded:
        actions.exclude_invoice(document=document, reason=wanted.reason, actor=caller.actor, at=caller.at)
    else:
        actions.include_invoice(document=document, actor=caller.actor, at=caller.at)
    return get_late_standing(request, document_id)


@reads(router, "/customers/{uuid:customer_id}/late", needs=Permission.CUSTOMER_VIEW, gives=LateExemption)
def get_late_exemption(request: HttpRequest, customer_id: UUID) -> Any:
    """Get whether a customer is charged nothing for paying late."""
    customer = found(customers.customer_for(caller_of(request).member, customer_id))
    exempt = queries.exemption_of(customer.id)
    return LateExemption(exempt is not None, exempt.reason if exempt else "")


@writes(router, "/customers/{uuid:customer_id}/late", method="PATCH", needs=_EDIT, gives=LateExemption)
def exempt_from_late_charges(request: HttpRequest, customer_id: UUID, wanted: ExemptEntry) -> Any:
    """Charge a customer nothing for paying late, with a reason, or charge them again."""
    caller = caller_of(request)
    customer = found(customers.customer_for(caller.member, customer_id))
    if wanted.is_exempt:
        actions.exempt_customer(customer=customer, reason=wanted.reason, actor=caller.actor, at=caller.at)
    else:
        actions.end_exemption(customer=customer, actor=caller.actor, at=caller.at)
    return get_late_exemption(request, customer_id)


def _wanted(entry: LateRuleEntry) -> late.LateRule:
    rule = queries.late_rule()
    changed = {name: value for name, value in given(entry).items() if value is not None and name != "amounts"}
    amounts = dict(rule.amounts) | {
        each.currency: LateAmounts(each.fee_minor, each.least_minor, each.cap_minor) for each in entry.amounts or ()
    }
    return replace(rule, **changed, amounts=amounts)


def _told(rule: late.LateRule) -> LateRule:
    known = {each.name: getattr(rule, each.name) for each in fields(rule) if each.name != "amounts"}
    amounts = [
        LateAmountsIn(currency, each.fee_minor, each.least_minor, each.cap_minor)
        for currency, each in sorted(rule.amounts.items())
    ]
    return LateRule(**known, amounts=amounts)


def _shape(row: queries.LateChargeRow) -> LateCharge:
    return LateCharge(**{each.name: getattr(row, each.name) for each in fields(LateCharge)})
