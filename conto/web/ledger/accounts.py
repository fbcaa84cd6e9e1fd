"""Accounts: the trial balance at a day, one account with its running balance, and its number and name."""

import base64
import json
from datetime import date
from itertools import groupby
from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from conto.apps.invoicing import queries as invoicing
from conto.apps.ledger import actions, queries
from conto.apps.ledger.queries import AccountPosting, PostingPlace
from conto.domain.errors import RuleBroken
from conto.domain.journal import AccountRole
from conto.domain.permissions import Permission
from conto.web import htmx
from conto.web.access import needs
from conto.web.ledger.reading import frame, span_in
from conto.web.ledger.words import ENTRY_WORDS, KIND_WORDS, account_word
from conto.web.reading import actor_of, book, day_in, found, words_of

_DOCUMENT_KINDS = {"invoice_issued", "deposit_issued", "final_issued", "credit_note_issued"}


class AccountForm(forms.Form):
    """An account's number and name."""

    code = forms.CharField(label=gettext_lazy("Number"), max_length=20)
    name = forms.CharField(label=gettext_lazy("Name"), max_length=100)


@require_GET
@needs(Permission.LEDGER_VIEW)
def accounts(request: HttpRequest) -> HttpResponse:
    """Show every account with what was debited and credited up to a day; both sides add up to the same."""
    context = frame(request, "accounts")
    today = book(request).today
    on = day_in(request, "on") or today
    currencies = queries.currencies(context["entity"])
    wanted = request.GET.get("currency", "")
    currency = wanted if wanted in currencies else (currencies[0] if currencies else "")
    rows = queries.trial_balance(context["entity"], currency, None if on >= today else on) if currency else []
    context |= {
        "groups": [
            (KIND_WORDS[kind], [(row, account_word(row.role, row.name)) for row in some])
            for kind, some in groupby(rows, key=lambda row: row.kind)
        ],
        "debit_minor": sum(max(row.balance_minor, 0) for row in rows),
        "credit_minor": sum(max(-row.balance_minor, 0) for row in rows),
        "currency": currency,
        "currencies": currencies,
        "on": on,
        "has_postings": any(row.debit_minor or row.credit_minor for row in rows),
    }
    return render(request, "ledger/accounts.html", context)


@require_GET
@needs(Permission.LEDGER_VIEW)
def account(request: HttpRequest, ledger_account_id: UUID) -> HttpResponse:
    """Show the movements of one account, the latest first, with its balance after each."""
    here = book(request)
    context = frame(request, "accounts")
    shown = found(queries.accounts(context["entity"]).filter(id=ledger_account_id).first())
    span = span_in(request, "")
    postings, place = queries.account_postings(
        shown, since=span.since, until=span.until, place=_read(request.GET.get("after", ""))
    )
    context |= {
        "account": shown,
        "name": account_word(shown.role, shown.name),
        "rows": _rows(here.member, postings),
        "next": _written(place) if place else "",
        "since": day_in(request, "since"),
        "until": day_in(request, "until"),
        "balance_minor": postings[0].balance_minor if postings else queries.account_balance(shown, span.until)[0],
        "is_first": not request.GET.get("after"),
        "kind_word": KIND_WORDS[shown.kind],
    }
    return htmx.page_or_part(request, "ledger/account.html", "rows", context)


def _rows(member: Any, postings: list[AccountPosting]) -> list[dict[str, Any]]:
    ids = {posting.subject_id for posting in postings if posting.kind in _DOCUMENT_KINDS}
    numbers = dict(invoicing.documents(member).filter(id__in=ids).values_list("id", "number"))
    return [
        {
            "posting": posting,
            "word": ENTRY_WORDS.get(posting.kind, posting.kind),
            "number": numbers.get(posting.subject_id, posting.memo),
            "href": _home(posting),
            "against": ", ".join(str(_standard_word(role)) for role in posting.against),
        }
        for posting in postings
    ]


def _standard_word(role: str) -> str:
    return account_word(role, actions.STANDARD_CHART[AccountRole(role)].name)


def _home(posting: AccountPosting) -> str:
    if posting.kind in _DOCUMENT_KINDS:
        return reverse("invoice", args=[posting.subject_id])
    return reverse("payment", args=[posting.subject_id]) if posting.kind == "payment_received" else ""


@needs(Permission.LEDGER_EDIT)
def edit(request: HttpRequest, ledger_account_id: UUID) -> HttpResponseBase:
    """Give an account another number and name."""
    context = frame(request, "accounts")
    shown = found(queries.accounts(context["entity"]).filter(id=ledger_account_id).first())
    initial = {"code": shown.code, "name": account_word(shown.role, shown.name)}
    form = AccountForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        name = form.cleaned_data["name"]
        try:
            actions.change_account(
                account=shown,
                code=form.cleaned_data["code"],
                name=shown.name if name.strip() == initial["name"] else name,
                actor=actor_of(request),
                at=book(request).at,
            )
        except RuleBroken as refusal:
            form.add_error("code", words_of(refusal))
        else:
            return htmx.toast(
                htmx.redirect(request, reverse("books_account", args=[shown.id])), _("The account is saved.")
            )
    context |= {"form": form, "account": shown, "name": initial["name"]}
    return render(request, "ledger/account_edit.html", context, status=422 if form.errors else 200)


def _written(place: PostingPlace) -> str:
    plain = json.dumps([place.dated_on.isoformat(), str(place.entry_id), place.balance_minor]).encode()
    return base64.urlsafe_b64encode(plain).decode().rstrip("=")


def _read(cursor: str) -> PostingPlace | None:
    try:
        day, entry_id, balance = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        return PostingPlace(date.fromisoformat(day), UUID(entry_id), int(balance))
    except (ValueError, TypeError):
        return None
