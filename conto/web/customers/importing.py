"""Take customers over from a file of a spreadsheet: its columns by their heads, each row as it is meant."""

import hashlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from conto.apps.crm.entry import NewCustomer, PostalAddress
from conto.apps.fields.queries import seen_fields
from conto.domain.contact import fold
from conto.domain.errors import EntryRefused, RuleBroken
from conto.domain.fields import FieldRule, Subject
from conto.domain.fields.rights import not_yours
from conto.domain.permissions import Permission
from conto.flows import import_customers
from conto.web import htmx, own_fields, tables
from conto.web.access import needs
from conto.web.reading import actor_of, book, uuid_in, words_of

MOST_ROWS = 5000
_SHOWN = 50
# What a column is by its key; its head in the reader's language and in English are as good.
_PLAIN = ("name", "kind", "email", "phone", "city", "country", "currency", "id", "reference")
_LEFT_OUT = ("owner", "tags", "since")  # of an export; they are not taken over


def heads_of_export() -> dict[str, str]:
    """Return what the columns of a file of customers are called, by key."""
    return {
        "name": _("Name"), "kind": _("Kind"), "email": _("Mail"), "phone": _("Phone"), "city": _("City"),
        "country": _("Country"), "currency": _("Currency"), "owner": _("Owner"), "tags": _("Tags"),
        "since": _("Since"), "id": _("Id"), "reference": _("Reference"),
    }  # fmt: skip


@needs(Permission.IMPORT_RUN)
@require_http_methods(["GET", "POST"])
def page(request: HttpRequest) -> HttpResponseBase:
    """Take over a file of customers, or name everything in it that cannot stand."""
    here = book(request)
    fields = seen_fields(here.business, Subject.CUSTOMER, here.member.role)
    entered = {field.key for field in own_fields.entered_by(here, Subject.CUSTOMER)}
    problems: list[tuple[str, str, str]] = []
    if request.method == "POST":
        try:
            rows = list(_rows(tables.text_of(request), fields, entered, here.business.currency))
            done = import_customers.import_customers(rows, member=here.member, actor=actor_of(request), at=here.at)
        except EntryRefused as refusal:
            problems = [_problem(place, broken, fields) for place, broken in refusal.by_field.items()]
        except RuleBroken as refusal:
            problems = [("", "", words_of(refusal))]
        else:
            said = _("%(added)s added, %(changed)s changed, %(same)s as they were.") % {
                "added": done.added, "changed": done.changed, "same": done.unchanged}  # fmt: skip
            return htmx.toast(htmx.redirect(request, "/customers/?order=newest"), said)
    context = {
        "problems": problems[:_SHOWN],
        "more": max(len(problems) - _SHOWN, 0),
        "heads": [word for key, word in heads_of_export().items() if key not in _LEFT_OUT],
        "own": [field for field in fields if field.key in entered],
        "most": MOST_ROWS,
    }
    return render(request, "customers/import.html", context, status=422 if problems else 200)


def _problem(place: str, broken: RuleBroken, fields: Sequence[FieldRule]) -> tuple[str, str, str]:
    line, _dot, name = place.partition(".")
    labels = {f"own.{field.key}": field.label for field in fields} | heads_of_export()
    return line, labels.get(name, name), words_of(broken)


def _rows(
    text: str, fields: Sequence[FieldRule], entered: Collection[str], currency: str
) -> Iterator[import_customers.Row]:
    table = tables.table_of(text, MOST_ROWS)
    columns = _columns(table.heads, fields, entered)
    by_key = {field.key: field for field in fields}
    refused: dict[str, RuleBroken] = {}
    for line, cells in table.lines:
        said = {key: cell for key, cell in zip(columns, cells, strict=False) if key}
        own = {}
        for key, cell in said.items():
            if key.startswith("own."):
                try:
                    own[key[4:]] = own_fields.value_of(by_key[key[4:]], cell, said.get("currency") or currency)
                except RuleBroken as broken:
                    refused[f"{line}.{key}"] = broken
        yield _row(line, said, own)
    if refused:
        raise EntryRefused(refused)


def _columns(heads: Sequence[str], fields: Sequence[FieldRule], entered: Collection[str]) -> list[str]:
    words = {fold(word): key for key, word in heads_of_export().items()} | {key: key for key in (*_PLAIN, *_LEFT_OUT)}
    words |= {fold(field.label): f"own.{field.key}" for field in fields}
    words |= {f"own.{field.key}": f"own.{field.key}" for field in fields}
    made = {field.key for field in fields if not field.is_entered}
    read_only = {f"own.{field.key}": field for field in fields if field.is_entered and field.key not in entered}
    found = []
    for head in heads:
        key = words.get(fold(head))
        if key is None and head.strip():
            raise RuleBroken("import.unknown_column", "Nobody knows the column “%(head)s”.", head=head.strip()[:60])
        if key in read_only:
            raise not_yours(read_only[key])
        found.append("" if key is None or key in _LEFT_OUT or key.removeprefix("own.") in made else key)
    if "name" not in found and "id" not in found:
        raise RuleBroken("import.no_name", "The first row names the columns; one of them has to be the name.")
    return found


def _row(line: int, said: Mapping[str, str], own: Mapping[str, Any]) -> import_customers.Row:
    told = {key: value for key, value in said.items() if not key.startswith("own.")}
    country = told.get("country", "").upper()
    reference = told.get("reference") or hashlib.sha256(repr(sorted(said.items())).encode()).hexdigest()[:40]
    new = NewCustomer(
        name=told.get("name", ""), kind=_kind(told.get("kind", "")), email=told.get("email", ""),
        phone=told.get("phone", ""), currency=told.get("currency", "").upper(), source=import_customers.SOURCE,
        external_ref=reference, own=own,
        billing=PostalAddress(country=country, city=told.get("city", "")) if country else None,
    )  # fmt: skip
    id_ = told.get("id", "")
    known: UUID | None = uuid_in(id_)
    return import_customers.Row(line=line, new=new, id=known or (UUID(int=0) if id_ else None))


def _kind(text: str) -> str:
    return {fold(_("Company")): "company", fold(_("Person")): "person"}.get(fold(text), fold(text) or "company")
