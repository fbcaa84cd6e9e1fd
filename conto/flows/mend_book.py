"""Mend what a check of the book has found: make derived records anew; elsewhere say what a person can do."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_noop as _g

from conto.apps.audit import actions as audit
from conto.apps.catalog import made as catalog
from conto.apps.crm import actions as crm
from conto.apps.deals import actions as deals
from conto.apps.integrations import actions as integrations
from conto.apps.ledger import actions as ledger
from conto.apps.stock import actions as stock
from conto.apps.subscriptions import actions as subscriptions
from conto.apps.usage import actions as usage
from conto.domain.errors import RuleBroken
from conto.domain.facts import BOOK_ITSELF, Actor, BookMended

MENDING_TASK = "mend_book"
_OPEN_ITEMS = _g("Make the open items anew from the transfers of the journal.")
_RESTORE = _g(
    "What was written down was changed in the database itself, past Conto. Nothing may be made up here: find out who "
    "had access, and bring the book back to a moment before by conto restore."
)
_MOVEMENTS = _g("Write what is missing to the movements of recurring revenue; what stands there stays.")
_LATE = _g(
    "A late charge and its invoice do not fit together. Charges stay as they are: credit what was charged too much, "
    "and waive what is not owed; if the rows were changed past Conto, restore a backup."
)
_CHARGED = _g(
    "An attempt to charge and what became of it do not fit together. Ask the gateway what was charged; record by hand "
    "what came in, refund what came twice, and if the rows were changed past Conto, restore a backup."
)
_CORRECT = _g(
    "The journal says otherwise than the document. Both stay as they are: correct it by a credit note and a new "
    "invoice, or reverse the payment; if the rows were changed past Conto, restore a backup."
)


@dataclass(frozen=True, slots=True)
class Fix:
    """How a broken rule is mended: what is made anew, in words, and the act that returns how many rows were wrong."""

    words: str
    act: Callable[[datetime], int]


def _unsealed(_: datetime) -> int:
    before = audit.seal_facts(everything=True)
    return 1 if before else 0


FIXES: dict[str, Fix] = {
    **dict.fromkeys(("I15", "I29", "I30"), Fix(_OPEN_ITEMS, lambda _: ledger.rebuild_open_items())),
    "I20b": Fix(_g("Put the facts in order and seal them."), _unsealed),
    "I24": Fix(_g("Let go of the requests that were cut off."), lambda now: integrations.release_stalled(now=now)),
    "I42": Fix(_g("Write the missing words to search by."), lambda _: crm.add_missing_words()),
    "I43": Fix(_g("Sort customers and contacts anew."), lambda _: crm.write_sort_keys()),
    "I44": Fix(_g("Sort the catalog anew."), lambda _: catalog.write_sort_keys()),
    "I48": Fix(_g("Note the next steps of deals anew from their activities."), lambda _: deals.write_next_steps()),
    "I60": Fix(_g("Make the days of usage anew from their events."), lambda _: usage.rebuild_days()),
    "I80": Fix(_g("Make what is on hand anew from the moves of goods."), lambda _: stock.rebuild_stock()),
    **dict.fromkeys(("I62", "I63"), Fix(_MOVEMENTS, lambda now: subscriptions.write_missing_movements(at=now))),
}
# Where there is no fix: what a person does. Rules of frozen records are named together; each names one way out.
ADVICE: dict[str, str] = {
    **dict.fromkeys(
        ("I01", "I02", "I03", "I04", "I05", "I07", "I08", "I17", "I19", "I20", "I20a", "I28", "I37", "I38"), _RESTORE
    ),
    **dict.fromkeys(
        ("I45", "I47", "I49", "I50", "I53", "I55", "I57", "I58", "I59", "I61", "I64", "I70", "I71", "I73", "I74"),
        _RESTORE,
    ),
    **dict.fromkeys(("I75", "I76", "I77", "I78", "I81", "I83"), _RESTORE),
    **dict.fromkeys(("I06", "I12", "I13", "I14", "I16", "I18", "I31", "I39", "I40"), _CORRECT),
    **dict.fromkeys(("I91", "I92", "I93"), _LATE),
    **dict.fromkeys(("I110", "I111"), _RESTORE),
    **dict.fromkeys(("I97", "I98"), _CHARGED),
    "I09": _g(
        "A number is missing or doubled. Never fill it by hand: restore a backup, and keep a note for the tax office."
    ),
    "I10": _g("Two documents stand in the wrong order of days. They stay as they are: keep a note for the tax office."),
    "I21": _g("A column of the database counts money in floating point: it is none of Conto's. Remove it."),
    "I34": _g(
        "The application may do more in the database than it should. As its administrator take these rights away: "
        "REVOKE UPDATE, DELETE, TRUNCATE on the named tables from conto_app."
    ),
    "I41": _g(
        "A sealed field belongs to a key that is not here. Type the bank number, password or secret in anew, or "
        "restore a backup that brings the key."
    ),
    "I46": _g("Open the deal and save its products: their sum becomes its value."),
    "I51": _g("A number of a quote is missing or doubled. Numbers are never filled by hand: restore a backup."),
    "I54": _g("A number of a contract is missing or doubled. Numbers are never filled by hand: restore a backup."),
    "I72": _g("A number of a project is missing or doubled. Numbers are never filled by hand: restore a backup."),
    "I56": _g("A number of a subscription is missing or doubled. Numbers are never filled by hand: restore a backup."),
    "I82": _g(
        "The inventory account says otherwise than the stock. Make what is on hand anew (I80) first; where that "
        "changes nothing, rows were changed past Conto: restore a backup."
    ),
    "I52": _g(
        "An invoice of an accepted quote is missing, or there is one too many. Write the missing one by hand with the "
        "number of the quote as its reference; discard the draft, or credit the invoice, that is too many."
    ),
}


def mend(rule: str, *, actor: Actor, now: datetime, at: datetime) -> int:
    """Make anew what a rule is about, record that, and return how many rows were wrong.

    Raises: RuleBroken where there is nothing to make anew; then its words say what a person can do.
    """
    fix = FIXES.get(rule)
    if fix is None:
        raise RuleBroken(
            "verify.no_fix",
            "%(rule)s cannot be mended by Conto. %(advice)s",
            rule=rule,
            advice=ADVICE.get(rule, "There is no such rule."),
        )
    try:
        with transaction.atomic():
            rows = fix.act(now)
            audit.record(BookMended(subject_id=BOOK_ITSELF, rule=rule, rows=rows), actor=actor, at=at)
    except IntegrityError as error:
        raise RuleBroken(
            "verify.fix_refused",
            "%(rule)s cannot be mended: what it would be made of is wrong itself. Restore a backup.",
            rule=rule,
        ) from error
    return rows


def advice(rule: str) -> str:
    """Say in plain words what to do about a broken rule."""
    fix = FIXES.get(rule)
    return f"{fix.words} conto verify --fix {rule}" if fix else ADVICE.get(rule, "")
