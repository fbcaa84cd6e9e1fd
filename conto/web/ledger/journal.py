"""The journal: every entry with its transfers."""

import base64
import json
from datetime import date
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_GET

from conto.apps.invoicing import queries as invoicing
from conto.apps.ledger import queries as ledger
from conto.apps.ledger.queries import JournalEntry
from conto.domain.permissions import Permission
from conto.web import htmx
from conto.web.access import needs
from conto.web.ledger.reading import frame
from conto.web.ledger.words import ENTRY_WORDS, account_word
from conto.web.reading import book, day_in, uuid_in

PAGE = 50
_DOCUMENT_KINDS = {"invoice_issued", "deposit_issued", "final_issued", "credit_note_issued"}


@require_GET
@needs(Permission.LEDGER_VIEW)
def journal(request: HttpRequest) -> HttpResponse:
    """Show the entries of a legal entity, the latest first, by days, kind, account and document."""
    here = book(request)
    context = frame(request, "journal")
    kind = request.GET.get("kind", "")
    kind = kind if kind in ENTRY_WORDS else ""
    since, until = day_in(request, "since"), day_in(request, "until")
    number = request.GET.get("q", "").strip()[:60]
    chart = list(ledger.accounts(context["entity"]))
    account = next((each for each in chart if each.id == uuid_in(request.GET.get("account"))), None)
    subjects = _documents_called(request, number) if number else None
    entries = ledger.journal(
        context["entity"],
        since=since,
        until=until,
        kind=kind,
        account_id=account.id if account else None,
        subjects=subjects,
        before=_read(request.GET.get("after", "")),
        limit=PAGE + 1,
    )
    shown = entries[:PAGE]
    numbers = _numbers(here.member, shown)
    context |= {
        "rows": [_row(entry, numbers) for entry in shown],
        "next": _written(shown[-1]) if len(entries) > PAGE else "",
        "kinds": ENTRY_WORDS.items(),
        "kind": ENTRY_WORDS.get(kind, ""),
        "accounts": [(each.id, _account_words(each)) for each in chart],
        "account": _account_words(account) if account else "",
        "since": since,
        "until": until,
        "number": number,
        "is_filtered": bool(kind or account or since or until or number),
    }
    return htmx.page_or_part(request, "ledger/journal.html", "rows", context)


def _account_words(account: Any) -> str:
    return f"{account.code} {account_word(account.role, account.name)} {account.currency}"


def _documents_called(request: HttpRequest, number: str) -> Any:
    return invoicing.documents(book(request).member).filter(number__iexact=number).order_by().values("id")


def _numbers(member: Any, entries: list[JournalEntry]) -> dict[UUID, str]:
    wanted = {entry.item_id or entry.subject_id for entry in entries} | {entry.subject_id for entry in entries}
    return dict(invoicing.documents(member).filter(id__in=wanted).values_list("id", "number")) if wanted else {}


def _row(entry: JournalEntry, numbers: dict[UUID, str]) -> dict[str, Any]:
    document_id = entry.subject_id if entry.kind in _DOCUMENT_KINDS else entry.item_id
    href = reverse("invoice", args=[document_id]) if document_id in numbers else ""
    if entry.kind == "payment_received":
        href = reverse("payment", args=[entry.subject_id])
    return {
        "entry": entry,
        "word": ENTRY_WORDS.get(entry.kind, entry.kind),
        "number": numbers.get(document_id, "") if document_id else "",
        "href": href,
        "transfers": [
            (
                f"{t.debit_code} {account_word(t.debit_role, t.debit_name)}",
                t.debit_id,
                f"{t.credit_code} {account_word(t.credit_role, t.credit_name)}",
                t.credit_id,
                t,
            )
            for t in entry.transfers
        ],
    }


def _written(entry: JournalEntry) -> str:
    plain = json.dumps([entry.dated_on.isoformat(), str(entry.id)]).encode()
    return base64.urlsafe_b64encode(plain).decode().rstrip("=")


def _read(cursor: str) -> tuple[date, UUID] | None:
    try:
        day, entry_id = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        return date.fromisoformat(day), UUID(entry_id)
    except (ValueError, TypeError):
        return None
