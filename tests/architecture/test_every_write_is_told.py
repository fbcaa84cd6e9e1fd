"""Every action that writes leaves a fact: who, what, when, from where. What leaves none says here why."""

import ast
from collections import defaultdict
from pathlib import Path

from tests.architecture.sources import ROOT, dotted, python_files, tree

APPS = ROOT / "conto" / "apps"
RECORDS = {"record", "record_many", "audit.record", "audit.record_many"}
WRITES = {"create", "save", "update", "delete", "bulk_create", "bulk_update", "get_or_create", "update_or_create"}
UNTOLD = {
    "accounts.clean_logo": "draws a picture anew in memory; set_logo tells",
    "accounts.mark_own_fields": "that fields changed; the change of a field tells",
    "accounts.note_life": "how far the demo company has lived; only the demo's own clock",
    "accounts.note_session": "that a session is in use; signing in and ending it are told",
    "audit.begin_to_read": "where a program inside reads the facts from",
    "audit.put_notice": "a notice tells of a fact that is there",
    "audit.seal_facts": "a seal over facts, itself never changed",
    "invoicing.note_batch": "how far a batch of drafts is; what was issued and sent in it is told",
    "correspondence.begin_measuring": "that a letter leaves with a picture; the letter is told, and its opening",
    "catalog.load_tax_rates": "public rates of a source, the same in every book; set-up tells",
    "repeats.claim_due": "locks what is due; what is made of it is told",
    "repeats.note_sent": "that a paper is on its way; sending it tells",
    "payments.begin_to_forget": "an attempt; what came of them is told",
    "payments.agree_to_save": "told with what is saved; until then nothing can be charged",
    "payments.want_collection": "told by what was billed, and by each attempt",
    "subscriptions.claim_due": "locks customers who are due; what is billed of them is told",
    "correspondence.add_letter": "a letter; who writes or keeps it tells",
    "correspondence.begin_folder": "how far a mailbox is read",
    "correspondence.begin_thread": "the letter that is written next tells",
    "correspondence.keep_files": "what a letter carries; who writes or keeps the letter tells",
    "correspondence.claim_mailbox": "a reader takes its work",
    "correspondence.hold_claim": "as claim_mailbox",
    "correspondence.note_gone": "where a message lies on a server",
    "correspondence.note_round": "as begin_folder; what is missing is told",
    "correspondence.start_thread": "as begin_thread",
    "crm.add_missing_words": "as refresh_words; the mending of the book tells",
    "crm.refresh_words": "words to search by, made of what other facts tell",
    "deals.begin_visit": "where a deal stands; adding and moving it tell",
    "deals.rank_behind": "a place on the board, for the eye",
    "deals.save": "the fields that an action changes, which tells",
    "deals.write_next_steps": "as refresh_words: made of activities; the mending of the book tells",
    "leads.owners_by_rules": "whose turn it is by the rules; import_leads tells who got which lead",
    "factors.use_app_code": "a code is spent once; the sign-in that it is for is told",
    "fields.copy_values": "what the version before had, whose facts are there",
    "integrations.claim_due": "a sender takes its work; what came of it is a row of its own",
    "integrations.relay_facts": "facts become deliveries",
    "invoicing.store_rendering": "a PDF or XML of frozen data, made when it is first needed",
    "leads.save": "the fields that an action changes, which tells",
    "leads.set_scores": "an estimate made anew of what other facts tell; the lead's page says why",
    "invoicing.redone": "part of a change of a draft; whoever changes it tells",
    "ledger.open_accounts": "the accounts that postings need; set-up tells",
    "ledger.open_stock_accounts": "the accounts that stock needs; beginning to keep stock tells",
    "ledger.post": "an entry, itself never changed; the fact of its cause names it",
    "ledger.post_many": "as post",
    "ledger.reverse": "as post",
    "messaging.claim_due_mails": "a sender takes its work; sent and failed are told",
    "messaging.mark_delivered": "a later word on a mail whose sending is told",
    "messaging.write_mail": "a mail is a row that stays, and its cause is told",
    "subscriptions.begin_dry_run": "what a run would do; nothing is billed by it",
    "subscriptions.begin_migration": "what subscriptions would do; confirming it is told",
    "subscriptions.work_out_next": "as begin_migration",
    "subscriptions.forget_unconfirmed_next": "as begin_migration: nothing that was confirmed",
    "subscriptions.move_recurring_many": "as move_recurring",
    "subscriptions.move_recurring": "what recurs, by what begins or changes a subscription, which tells",
    "subscriptions.write_missing_movements": "as move_recurring; the mending of the book tells",
    "upkeep.begin_backup": "a backup is told when it is made or failed",
    "upkeep.note_copy": "as begin_backup",
    "stock.store_moves": "goods that move with a document; its issue is told",
}


def _functions() -> dict[str, list[tuple[Path, ast.FunctionDef]]]:
    found: dict[str, list[tuple[Path, ast.FunctionDef]]] = defaultdict(list)
    for path in python_files("conto/apps"):
        for node in tree(path).body:
            if isinstance(node, ast.FunctionDef):
                found[node.name].append((path, node))
    return found


def _calls(function: ast.FunctionDef) -> set[str]:
    return {dotted(node.func) for node in ast.walk(function) if isinstance(node, ast.Call)}


def _closed(known: set[str], calls: dict[str, set[str]]) -> set[str]:
    """Give the functions that call one that is known, however far below."""
    while True:
        more = {name for name, called in calls.items() if name not in known and called & known}
        if not more:
            return known
        known = known | more


def test_every_action_that_writes_records_a_fact() -> None:
    functions = _functions()
    calls: dict[str, set[str]] = defaultdict(set)
    telling, writing = {"record", "record_many"}, set()
    for name, places in functions.items():
        for _, node in places:
            called = _calls(node)
            calls[name] |= {each.split(".")[-1] for each in called}
            if called & RECORDS:
                telling.add(name)
            if any(each.split(".")[-1] in WRITES and "." in each for each in called) or "copy_rows" in called:
                writing.add(name)
    telling, writing = _closed(telling, calls), _closed(writing, calls)
    silent = {
        f"{path.relative_to(APPS).parts[0]}.{name}"
        for name, places in functions.items()
        for path, _ in places
        if "actions" in str(path.relative_to(APPS)) and not name.startswith("_") and name in writing - telling
    }
    missing = sorted(silent - UNTOLD.keys())
    assert missing == [], f"{missing}: record a fact, or say in UNTOLD why none is needed"
    assert UNTOLD.keys() - silent == set(), "these tell now, or are gone"
