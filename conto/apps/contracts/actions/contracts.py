"""Contracts written down, agreed, changed, renewed and ended. Each of it is a new version; none is ever rewritten."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from conto.apps.accounts import queries as accounts
from conto.apps.accounts.models import LegalEntity
from conto.apps.audit import actions as audit
from conto.apps.bulk.yearly_numbers import next_number
from conto.apps.contracts.entries import LineEntry, NewContract
from conto.apps.contracts.models import Contract, ContractCounter, ContractLine
from conto.apps.contracts.queries.terms import terms_of
from conto.apps.crm import queries as crm
from conto.apps.crm.models import Customer
from conto.apps.deals.models import Deal
from conto.apps.quotes.models import Quote
from conto.domain import contract as rules
from conto.domain import facts
from conto.domain.contract import ContractState, Renewal
from conto.domain.errors import Conflict, RuleBroken
from conto.domain.facts import Actor
from conto.domain.ids import new_id
from conto.domain.money import minor_digits
from conto.domain.numbering import NumberPattern
from conto.domain.period import local_day

CHANGEABLE = frozenset(
    {
        "title",
        "clauses",
        "applies_from",
        "starts_on",
        "ends_on",
        "renewal",
        "first_months",
        "renewal_months",
        "notice_days",
        "owner_id",
    }
)
_AT_FIRST = CHANGEABLE | {"currency", "price_mode"}
_COPIED = (
    "family_id", "legal_entity_id", "customer_id", "deal_id", "quote_id", "owner_id", "number", "state", "title",
    "clauses", "currency", "price_mode", "applies_from", "starts_on", "ends_on", "renewal", "first_months",
    "renewal_months", "renewals", "notice_days",
)  # fmt: skip
MAX_LINES = 200
_LARGEST = 10**11
_PRICE_PLACES = 12
_PATTERN = NumberPattern("C", 5, yearly=True)


@transaction.atomic
def create_contract(
    *,
    customer: Customer,
    new: NewContract,
    lines: Sequence[LineEntry],
    actor: Actor,
    at: datetime,
    deal: Deal | None = None,
    quote: Quote | None = None,
) -> Contract:
    """Write down a contract: as a draft, or agreed and with its number.

    Raises: RuleBroken for terms that cannot be; Conflict `contract.of_quote_exists` when the quote has one already.
    Source: G-1, G-6.
    """
    entity = quote.legal_entity if quote else accounts.legal_entities().first()
    if entity is None:
        raise RuleBroken("seller.missing", "Set up your business first.")
    if deal is not None and deal.customer_id != customer.id:
        raise RuleBroken("contract.deal_of_another", "This deal belongs to another customer.")
    key = new_id()
    row = Contract(id=key, family_id=key, legal_entity=entity, customer=customer, deal=deal, quote=quote)
    known = asdict(new)
    row.state = "active" if known.pop("is_agreed") else "draft"
    known["currency"] = known["currency"] or crm.billing_profile(customer).currency or entity.currency
    known["owner_id"] = known["owner_id"] or actor.member_id
    for name, value in _checked(known, _AT_FIRST).items():
        setattr(row, name, value)
    row.applies_from = new.starts_on
    if new.is_agreed:
        row.number = _next_number(entity, local_day(at, entity.zone))
    try:
        with transaction.atomic():
            _write(row, lines, actor, at)
    except IntegrityError as error:
        if quote is None:
            raise
        raise Conflict("contract.of_quote_exists", "This quote has made its contract already.") from error
    added = facts.ContractAdded(
        subject_id=key,
        customer_id=customer.id,
        currency=row.currency,
        number=row.number,
        quote=quote.number if quote else "",
    )
    audit.record(added, actor=actor, at=at)
    return row


@transaction.atomic
def change_contract(
    *,
    contract: Contract,
    changes: Mapping[str, Any],
    actor: Actor,
    at: datetime,
    lines: Sequence[LineEntry] | None = None,
    reason: str = "",
    expected_version: int | None = None,
) -> Contract:
    """Change a contract by a new version, and its lines where they are given; what says the same makes none.

    Raises: Conflict `contract.changed_meanwhile`, or when it is over; RuleBroken for terms that cannot be.
    Source: G-4.
    """
    row = _locked(contract, expected_version)
    old = terms_of(row)
    wanted = _checked(changes, CHANGEABLE)
    noted = facts.changes_between({name: getattr(row, name) for name in wanted}, wanted)
    kept = _entries(row)
    if lines is not None and list(lines) != kept:
        noted["prices"] = []
    if not noted:
        return row
    made = _copy(row, **wanted)
    rules.allowed_to_change(rules.state_on(row.state, old, _today(row, at)), old, terms_of(made))
    if row.state == "draft" and "applies_from" not in wanted:
        made.applies_from = made.starts_on
    _write(made, kept if lines is None else lines, actor, at, reason, before=row)
    _note(facts.ContractChanged(**_head(made), changed=tuple(noted)), actor, at)
    return made


@transaction.atomic
def agree_contract(*, contract: Contract, actor: Actor, at: datetime) -> Contract:
    """Put a draft into force: it gets its number.

    Raises: Conflict `contract.not_draft`.
    Source: G-4.
    """
    row = _locked(contract, None)
    rules.allowed_to_agree(ContractState(row.state))
    made = _copy(row, state="active", number=_next_number(row.legal_entity, _today(row, at)))
    _write(made, _entries(row), actor, at, before=row)
    agreed = facts.ContractAgreed(subject_id=made.family_id, customer_id=made.customer_id, number=made.number)
    _note(agreed, actor, at)
    return made


@transaction.atomic
def renew_contract(*, contract: Contract, actor: Actor, at: datetime) -> Contract:
    """Let a contract that asks go on for another term.

    Raises: Conflict `contract.asks_nobody`, or when it is over.
    Source: G-1.
    """
    row = _locked(contract, None)
    state = rules.state_on(row.state, terms_of(row), _today(row, at))
    made = _copy(row, renewals=rules.renewed(state, terms_of(row)))
    last = rules.last_day(terms_of(made))
    _write(made, _entries(row), actor, at, before=row)
    _note(facts.ContractRenewed(**_head(made), last_day=last or made.starts_on), actor, at)
    return made


@transaction.atomic
def cancel_contract(
    *, contract: Contract, actor: Actor, at: datetime, ends_on: date | None = None, reason: str = ""
) -> Contract:
    """Give notice: the contract runs out on the earliest day that its terms allow, or on a later one.

    Raises: Conflict when it does not run; RuleBroken `contract.notice_too_short`.
    Source: G-3.
    """
    row = _locked(contract, None)
    terms, today = terms_of(row), _today(row, at)
    made = _copy(
        row,
        state="cancelled",
        ends_on=rules.cancelled_on(rules.state_on(row.state, terms, today), terms, today, ends_on),
    )
    _write(made, _entries(row), actor, at, reason, before=row)
    _note(facts.ContractCancelled(**_head(made), ends_on=made.ends_on or today), actor, at)
    return made


@transaction.atomic
def end_contract(*, contract: Contract, ends_on: date, actor: Actor, at: datetime, reason: str = "") -> Contract:
    """End a contract on a day that both sides agree.

    Raises: Conflict when it does not run; RuleBroken `contract.ends_before_start`.
    Source: G-4.
    """
    row = _locked(contract, None)
    terms = terms_of(row)
    rules.allowed_to_end(rules.state_on(row.state, terms, _today(row, at)), terms, ends_on)
    made = _copy(row, state="ended", ends_on=ends_on)
    _write(made, _entries(row), actor, at, reason, before=row)
    _note(facts.ContractEnded(**_head(made), ends_on=ends_on), actor, at)
    return made


@transaction.atomic
def resume_contract(*, contract: Contract, actor: Actor, at: datetime, reason: str = "") -> Contract:
    """Take a notice back: the contract goes on as it would have without it.

    Raises: Conflict `contract.no_notice`.
    Source: G-4.
    """
    row = _locked(contract, None)
    rules.allowed_to_resume(rules.state_on(row.state, terms_of(row), _today(row, at)))
    running = Contract.objects.filter(family_id=row.family_id, state="active").order_by("-version").first()
    made = _copy(row, state="active", ends_on=running.ends_on if running else None)
    _write(made, _entries(row), actor, at, reason, before=row)
    _note(facts.ContractResumed(**_head(made)), actor, at)
    return made


@transaction.atomic
def drop_contract(*, contract: Contract, actor: Actor, at: datetime, reason: str = "") -> Contract:
    """Drop a draft: nobody agreed to it.

    Raises: Conflict `contract.not_draft`.
    Source: G-4.
    """
    row = _locked(contract, None)
    rules.allowed_to_agree(ContractState(row.state))
    made = _copy(row, state="dropped")
    _write(made, _entries(row), actor, at, reason, before=row)
    dropped = facts.ContractDropped(subject_id=made.family_id, customer_id=made.customer_id)
    _note(dropped, actor, at)
    return made


def _locked(contract: Contract, expected_version: int | None) -> Contract:
    """Lock a contract's current version: whoever changes it at the same moment waits and sees what became of it."""
    # The first version is locked, which every version has, and the current one is looked up afterwards.
    list(Contract.objects.select_for_update().filter(id=contract.family_id).values_list("id"))
    rows = Contract.objects.select_related("legal_entity", "customer")
    row = rows.get(family_id=contract.family_id, is_current=True)
    if expected_version is not None and row.version != expected_version:
        raise Conflict("contract.changed_meanwhile", "Somebody else changed this contract meanwhile. Look at it again.")
    return row


def _copy(row: Contract, **changes: Any) -> Contract:
    known = {name: getattr(row, name) for name in _COPIED} | changes
    return Contract(id=new_id(), version=row.version + 1, **known)


def _write(
    row: Contract,
    lines: Sequence[LineEntry],
    actor: Actor,
    at: datetime,
    reason: str = "",
    before: Contract | None = None,
) -> None:
    """Write a version with its lines, these first: the database refuses a version that comes without them."""
    if row.renewal == Renewal.NONE:
        row.first_months = row.renewal_months = 0
    rules.check_terms(terms_of(row))
    _check_lines(lines)
    if before is not None:
        Contract.objects.filter(id=before.id).update(is_current=False)
    row.line_count, row.reason = len(lines), reason.strip()[:500]
    row.made_by_id, row.made_at = actor.member_id, at
    ContractLine.objects.bulk_create(
        [
            ContractLine(id=new_id(), contract_id=row.id, position=n, line_count=row.line_count, **asdict(entry))
            for n, entry in enumerate(lines, 1)
        ]
    )
    row.save(force_insert=True)


def _next_number(entity: LegalEntity, today: date) -> str:
    return next_number(ContractCounter, legal_entity_id=entity.id, year=today.year, pattern=_PATTERN)


def _entries(row: Contract) -> list[LineEntry]:
    names = ("name", "unit_price", "item_id", "description", "unit_code", "allowance_percent")
    lines = ContractLine.objects.filter(contract=row).order_by("position")
    return [LineEntry(**{name: getattr(line, name) for name in names}) for line in lines]


def _today(row: Contract, at: datetime) -> date:
    return local_day(at, row.legal_entity.zone)


def _head(made: Contract) -> dict[str, Any]:
    subject: dict[str, UUID] = {"subject_id": made.family_id, "customer_id": made.customer_id}
    return {**subject, "number": made.number, "version": made.version}


def _note(fact: facts.Fact, actor: Actor, at: datetime) -> None:
    audit.record(fact, actor=actor, at=at)


def _check_lines(lines: Sequence[LineEntry]) -> None:
    if not lines:
        raise RuleBroken("contract.no_lines", "A contract agrees at least one price.")
    if len(lines) > MAX_LINES:
        raise RuleBroken("draft.too_many_lines", "A document has at most %(max)s lines.", max=MAX_LINES)
    for n, entry in enumerate(lines, 1):
        exponent = entry.unit_price.normalize().as_tuple().exponent
        if (
            not entry.unit_price.is_finite()
            or not 0 <= entry.unit_price < _LARGEST
            or not isinstance(exponent, int)
            or -exponent > _PRICE_PLACES
        ):
            raise RuleBroken("line.bad_number", "Line %(line)s has a number that cannot be kept.", line=n)
        if not 0 <= entry.allowance_percent <= 100:
            raise RuleBroken("invoice.bad_line_allowance", "The discount of line %(line)s cannot be applied.", line=n)
        if not entry.name.strip():
            raise RuleBroken("check.line_name", "Line %(line)s has no name.", line=n)
        if len(entry.name) > 300:
            raise RuleBroken("line.name_too_long", "The words of line %(line)s are too long.", line=n)


def _checked(fields: Mapping[str, Any], allowed: frozenset[str]) -> dict[str, Any]:
    unknown = fields.keys() - allowed
    if unknown:
        raise TypeError(f"a contract has no changeable field {sorted(unknown)}")
    wanted = dict(fields)
    if "title" in wanted:
        wanted["title"] = str(wanted["title"]).strip()[:200]
        if not wanted["title"]:
            raise RuleBroken("contract.no_title", "Say what the contract is about.")
    if "currency" in wanted:
        minor_digits(wanted["currency"])  # refuses an unknown one
    if wanted.get("price_mode", "net") not in {"net", "gross"}:
        raise RuleBroken("draft.bad_price_mode", "Prices are without tax or include it.")
    if wanted.get("renewal", "none") not in set(Renewal):
        raise RuleBroken("contract.renewal_unknown", "There is no such rule of renewal.")
    return wanted
