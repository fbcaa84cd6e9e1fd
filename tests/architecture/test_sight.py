"""Every read of what can be somebody's alone starts at what the member sees (V-3, V-4).

Pages and programs may call a read of these areas that takes a member, or one that reads on from a record which such a
read has found; the latter are named here, with what they go on from. Tables themselves they may not touch at all, by
the import contracts.
"""

import ast
import inspect
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

from tests.architecture.sources import ROOT

AREAS = ("crm", "correspondence", "leads", "deals", "quotes", "invoicing", "payments", "messaging", "ledger", "audit")
# Reads on from a customer, deal, quote, document, draft, payment, mail or activity that was found for the member.
FROM_A_RECORD = {
    "crm": {"bank_detail", "bank_number", "consents_of", "contacts_of", "notes_by_id", "phone_country"},
    "correspondence": {"answers_to", "last_letter", "letters_of"},
    "deals": {"comments_of", "followers_of", "lines_by_deal", "lines_of", "ticked_labels", "visits_of"},
    "quotes": {
        "acceptance_of", "decline_of", "entries_of", "findings", "is_approved", "label_of", "newest_approval",
        "part_typed", "questions_of",
        "shown",
        "versions_of",
    },
    "invoicing": {
        "attachment", "attachments_of", "briefs", "computed", "computed_entries", "files_of_customer", "findings",
        "late_by_customer", "lines_of", "links_of", "state_of", "taxes_of",
    },
    "payments": {
        "allocations_of_document", "allocations_of_payment", "charges_of", "collection_of", "gateway_refund",
        "open_invoices", "refunds_of_payment",
        "relation_of", "settled_by_payment",
        "shown_values",
    },
    "messaging": {"mail_file_names", "mails_about"},
    "ledger": {"customer_balances", "movements", "open_by_document", "open_minor", "statement"},
    "audit": {"facts_of_customer", "facts_of_subject", "facts_of_subjects", "without_papers"},
}  # fmt: skip
# Ids of customers that a list of the member's own is narrowed by, and mails among those that the member sees.
NARROWING = {
    "ledger": {"open_items", "totals_by_currency"}, "invoicing": {"late_customers"},
    "messaging": {"mail_counts", "mails"},
}  # fmt: skip
# Settings and words that belong to nobody.
OF_ALL = {
    "crm": {"owners"},
    "correspondence": {"first_mailbox", "template", "templates"},
    "deals": {"first_stage", "lost_reasons", "stages_of"},
    "leads": {"routing_rules"},
    "quotes": {"rules_of"},
    "invoicing": {
        "all_series", "all_templates", "default_series", "guardian_rules", "has_documents", "last_issued_on",
        "minimum_amounts", "next_number", "series_of", "templates_of",
    },
    "payments": {"waits"},
    "messaging": {"mail_server"},
    "ledger": {"closed_until"},
    "audit": {"count_since", "last_of_kind"},
}  # fmt: skip
# Pages and operations that only roles enter that see all (V-2): the books, the record of who did what, the settings;
# and what a secret link opens, where nobody is signed in: a customer's papers, a member's own calendar.
BEHIND = (
    "web/portal/", "web/deals/calendar.py",
    "web/letters/mailboxes.py", "api/nouns/mailboxes.py",
    "web/ledger/", "web/audit/", "web/watch/", "web/settings/", "api/nouns/books.py", "api/nouns/ledger.py",
    "api/nouns/facts.py", "api/nouns/upkeep.py", "web/deals/pipelines.py",
)  # fmt: skip


def reads() -> Iterator[tuple[str, str, str, str]]:
    """Give each call of a read: the file, the area, the module and the name."""
    for file in sorted([*(ROOT / "conto/web").rglob("*.py"), *(ROOT / "conto/api").rglob("*.py")]):
        tree, known = ast.parse(file.read_text()), {}
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("conto.apps."):
                known |= {each.asname or each.name: (node.module or "", each.name) for each in node.names}
        name = file.relative_to(ROOT / "conto").as_posix()
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and (found := _called(node.func, known)):
                yield (name, *found)


def _called(called: ast.expr, known: dict[str, tuple[str, str]]) -> tuple[str, str, str] | None:
    if isinstance(called, ast.Attribute) and isinstance(called.value, ast.Name) and called.value.id in known:
        module, name = known[called.value.id]
        module, read = f"{module}.{name}", called.attr
    elif isinstance(called, ast.Name) and called.id in known:
        module, read = known[called.id]
    else:
        return None
    area = module.split(".")[2]
    return (area, module, read) if area in AREAS and ".queries" in module else None


def _takes_member(module: str, name: str) -> bool | None:
    function = getattr(import_module(module), name, None)
    if not inspect.isfunction(function):
        return None  # the shape of an answer
    return "member" in inspect.signature(function).parameters


def test_v3_v4_every_read_starts_at_what_the_member_sees() -> None:
    wrong = []
    for file, area, module, name in reads():
        if file.startswith(BEHIND) or _takes_member(module, name) is not False:
            continue
        known = (each.get(area, set()) for each in (FROM_A_RECORD, NARROWING, OF_ALL))
        if not any(name in each for each in known):
            wrong.append(f"{file} reads {area}.{name}, which takes no member")
    assert wrong == []


def test_what_is_named_here_is_still_read() -> None:
    called = {(area, name) for _, area, _, name in reads()}
    named = {
        (area, name) for each in (FROM_A_RECORD, NARROWING, OF_ALL) for area, names in each.items() for name in names
    }
    assert named - called == set()


def test_reads_that_take_a_member_use_the_reach() -> None:
    """A list of a table with a customer says whose it is: by the reach itself, or by a read that does."""
    reaching = {"sight_of", "owners_in_sql", "owners_seen", "ids_seen", "sees_customer"}
    sources = {
        path: path.read_text() for area in AREAS for path in (ROOT / "conto/apps" / area).rglob("queries/*.py")
    } | {ROOT / "conto/apps/messaging/queries.py": (ROOT / "conto/apps/messaging/queries.py").read_text()}
    functions = {
        node.name: (path, node)
        for path, text in sources.items()
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef)
    }
    _spread(reaching, functions)
    without = {
        name
        for name, (path, node) in functions.items()
        if any(each.arg == "member" for each in node.args.args) and name not in reaching
    }
    # Settings that every member may read; what a quote billed hangs on the quote; the address of one's own calendar.
    free = {"forms", "form_for", "pipelines", "pipeline_for", "stage_for", "made_by_quotes", "calendar_feed_of"}
    free |= {"batches", "batch_for"}  # that there was a batch; its rows are those that the member sees
    assert without <= free


def _spread(reaching: set[str], functions: dict[str, tuple[Path, ast.FunctionDef]]) -> None:
    """Count whoever calls one that reaches as one that does."""
    while True:
        more = {
            name
            for name, (_, node) in functions.items()
            if name not in reaching
            and any(
                (isinstance(each, ast.Name) and each.id in reaching)
                or (isinstance(each, ast.Attribute) and each.attr in reaching)
                for each in ast.walk(node)
            )
        }
        if not more:
            return
        reaching |= more
