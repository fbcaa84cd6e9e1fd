"""Prepaid credit: sold with a deposit invoice or given, used on invoices, paid back or lapsed."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from conto.apps.bulk.retrying import retried
from conto.apps.crm import queries as crm
from conto.apps.invoicing import actions as invoicing
from conto.apps.invoicing import queries as documents
from conto.apps.invoicing.entries import CreditPart, LineEntry, NewInvoice
from conto.apps.subscriptions import actions, queries
from conto.apps.subscriptions.actions import Ending, SoldFor
from conto.domain.errors import Conflict, RuleBroken
from conto.domain.facts import SYSTEM, Actor
from conto.domain.ids import new_id
from conto.domain.money import ONE, to_major
from conto.domain.subscription import PASSED_CHECKS, PaperLine
from conto.flows import issue_document

if TYPE_CHECKING:
    from conto.apps.subscriptions.models import PrepaidCredit, Subscription


def grant(
    *,
    row: "Subscription",
    amount_minor: int,
    reason: str,
    actor: Actor,
    at: datetime,
    last_day: date | None = None,
    is_sold: bool = False,
) -> "PrepaidCredit":
    """Give a subscription prepaid credit, or sell it: then a deposit invoice over it is issued in the same transaction.

    Raises: RuleBroken where the credit cannot be, or with what the check list says against the invoice.
    Source: SB-14.
    """

    def once() -> "PrepaidCredit":
        with transaction.atomic():
            locked = actions.locked(row)
            sold = None
            if is_sold:
                actions.check_credit(locked, amount_minor=amount_minor, last_day=last_day, reason=reason, at=at)
                sold = _sell(locked, amount_minor, reason, actor, at)
            return actions.grant_credit(
                row=locked, amount_minor=amount_minor, reason=reason, last_day=last_day, sold=sold, actor=actor, at=at
            )

    return retried(once)


def end(*, credit: "PrepaidCredit", reason: str, pays_back: bool, actor: Actor, at: datetime) -> "PrepaidCredit":
    """End a credit by hand: what is left of it is lost, or, where it was sold, credited on its invoice.

    Raises: RuleBroken `prepaid.no_ending_reason`, `prepaid.was_given`; Conflict `prepaid.ended`,
        `prepaid.nothing_left`.
    Source: SB-14.
    """

    def once() -> "PrepaidCredit":
        with transaction.atomic():
            back_minor = _pay_back(credit, reason, actor, at) if pays_back else 0
            kind: Ending = "paid_back" if pays_back else "cancelled"
            return actions.end_credit(
                credit=credit, kind=kind, reason=reason, paid_back_minor=back_minor, actor=actor, at=at
            )

    return retried(once)


def lapse(*, at: datetime) -> int:
    """End what has lapsed by now, each in a transaction of its own, and return how many credits that were.

    Source: SB-14.
    """
    ended = 0
    for credit in queries.lapsing(at=at):
        try:
            actions.end_credit(credit=credit, kind="lapsed", actor=SYSTEM, at=at)
        except Conflict:  # somebody was faster
            continue
        ended += 1
    return ended


def _sell(row: "Subscription", amount_minor: int, reason: str, actor: Actor, at: datetime) -> SoldFor:
    entity = row.legal_entity
    language = crm.billing_profile(row.customer).language or entity.language
    with translation.override(language):
        name = _("Prepaid credit")
    new = NewInvoice(
        id=new_id(),
        customer_id=row.customer_id,
        lines=[LineEntry(name=name, unit_price=to_major(amount_minor, row.currency), description=reason.strip()[:500])],
        sells_credit=True,
        fields={
            "currency": row.currency,
            "price_mode": row.price_mode,
            "language": language,
            "deal_id": row.deal_id,
            "overrides": dict.fromkeys(PASSED_CHECKS, f"Agreed with {row.number}"),
        },
    )
    (result,) = invoicing.issue_entries(legal_entity=entity, new=[new], actor=actor, at=at)
    if result.document_id is None:
        raise RuleBroken(
            "draft.has_findings",
            "This cannot be issued yet: %(first)s",
            first=result.findings[0].text,
            findings=list(result.findings),
        )
    document = documents.documents_by_id([new.id])[new.id]
    (line,) = documents.lines_of(document)
    return SoldFor(document.id, document.net_minor, line.tax_category, line.tax_rate)


def _pay_back(credit: "PrepaidCredit", reason: str, actor: Actor, at: datetime) -> int:
    """Credit what is left on the invoice that sold it, and return the net of the credit note."""
    left_minor = actions.left_of(credit, actions.locked(credit.subscription))
    if credit.document is None:
        raise RuleBroken("prepaid.was_given", "This credit was given, not sold. There is nothing to pay back.")
    if not reason.strip():
        raise RuleBroken("prepaid.no_ending_reason", "Say why this credit ends.")
    if not left_minor:
        raise Conflict("prepaid.nothing_left", "Nothing is left of this credit.")
    documents.queue_for_corrected([credit.document.id])
    draft = invoicing.draft_credit_note(
        document=credit.document, parts={1: CreditPart(amount_minor=left_minor)}, reason=reason,
        takes_credit_back=True, overrides=dict.fromkeys(PASSED_CHECKS, reason), actor=actor, at=at,
    )  # fmt: skip
    return issue_document.issue(draft=draft, actor=actor, at=at).net_minor


# --- on invoices ------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Pool:
    """What was used at one tax, and can still be paid."""

    entry: LineEntry
    left_minor: int


def draw_entries(
    drawn: "Sequence[tuple[PrepaidCredit, int]]",
    used: Sequence[tuple[PaperLine, LineEntry]],
    currency: str,
    language: str,
) -> list[tuple[UUID, list[LineEntry]]]:
    """Return the lines that say what prepaid credit pays of what was used, by credit; given back, they add.

    What was sold is taxed as its deposit was, what was given as what it pays.

    Source: SB-14.
    """
    pools: dict[bool, list[_Pool]] = {True: [], False: []}
    for paper, entry in used:
        amount_minor = -paper.credits.amount_minor if paper.credits else paper.line.net_minor
        pools[amount_minor > 0].append(_Pool(entry, abs(amount_minor)))
    with translation.override(language):
        name = _("Prepaid credit")
    made = []
    for credit, amount_minor in drawn:
        quantity = -ONE if amount_minor > 0 else ONE
        parts = [
            LineEntry(
                name=name, quantity=quantity, unit_price=to_major(part, currency), description=credit.reason,
                supply=entry.supply, rate_class=entry.rate_class, tax_category=entry.tax_category,
                tax_rate=entry.tax_rate,
            )
            for entry, part in _taken(pools[amount_minor > 0], abs(amount_minor))
        ]  # fmt: skip
        if credit.document_id is not None:
            whole = to_major(abs(amount_minor), currency)
            of_deposit = replace(parts[0], tax_category=credit.tax_category, tax_rate=credit.tax_rate)
            parts = [replace(of_deposit, unit_price=whole)]
        made.append((credit.id, parts))
    return made


def _taken(pools: Sequence[_Pool], amount_minor: int) -> list[tuple[LineEntry, int]]:
    """Take an amount from pools in their order, those of one tax together."""
    taken: dict[tuple[object, ...], tuple[LineEntry, int]] = {}
    for pool in pools:
        part = min(pool.left_minor, amount_minor)
        if not part:
            continue
        pool.left_minor -= part
        amount_minor -= part
        entry = pool.entry
        tax = entry.supply, entry.rate_class, entry.tax_category, entry.tax_rate
        taken[tax] = entry, taken.get(tax, (entry, 0))[1] + part
    return list(taken.values())
