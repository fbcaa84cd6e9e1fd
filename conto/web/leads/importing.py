"""Take leads over from a file of a spreadsheet, in two steps: look at what would happen, then take it over.

The first step guesses what each column is; whoever imports corrects it and sees every row that cannot stand and every
row that looks like somebody who is here already. The file stays in the page between the steps, nothing is kept here.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from conto.apps.accounts import queries as accounts
from conto.apps.leads.entry import NewLead
from conto.domain.contact import fold
from conto.domain.errors import EntryRefused, RuleBroken
from conto.domain.fields import FieldKind, FieldRule, Subject
from conto.domain.permissions import Permission
from conto.flows import import_leads
from conto.flows.import_leads import Looked, Row
from conto.web import htmx, own_fields, tables
from conto.web.access import may, needs
from conto.web.customers.choices import LANGUAGES, countries
from conto.web.customers.consents import WAY_WORDS
from conto.web.leads.forms import moment_of
from conto.web.leads.words import alike_words
from conto.web.mapping import Columns
from conto.web.reading import actor_of, book, uuid_in, words_of

MOST_ROWS = 2000
SHOWN = 100
USUAL_SOURCE = "list"
_LEFT_OUT = ("state", "score")  # of an export; they are not taken over
_INSTANTS = ("consent_at", "measuring_at")  # a day, or an instant as an export writes it
_TEXTS = ("name", "company", "email", "phone", "country", "language", "message", "source", "next_step")
# What programs elsewhere call these columns.
_ALSO = {
    "e-mail": "email", "email": "email", "mail": "email", "e-mail address": "email", "telephone": "phone",
    "telefon": "phone", "mobile": "phone", "firma": "company", "organization": "company", "organisation": "company",
    "land": "country", "notes": "message", "comment": "message", "vorname": "first_name", "nachname": "last_name",
    "first name": "first_name", "last name": "last_name", "surname": "last_name", "full name": "name",
}  # fmt: skip


def heads() -> dict[str, str]:
    """Return what the columns of a file of leads are called, by key."""
    return {
        "name": _("Name"), "first_name": _("First name"), "last_name": _("Last name"), "company": _("Company"),
        "email": _("Mail"), "phone": _("Phone"), "country": _("Country"), "language": _("Language"),
        "message": _("What they want"), "source": _("Source"), "owner": _("Owner"), "next_step": _("Next step"),
        "next_step_at": _("Due on"), "consent": _("What was agreed to"), "consent_at": _("Agreed on"),
        "measuring": _("What was agreed to about measuring"), "measuring_at": _("Agreed to measuring on"),
        "consent_way": _("How they agreed"),
        "added": _("Added"), "state": _("State"), "score": _("Score"), "id": _("Id"), "reference": _("Reference"),
    }  # fmt: skip


@needs(Permission.LEAD_EDIT)
@require_http_methods(["GET", "POST"])
def page(request: HttpRequest) -> HttpResponseBase:
    """Look at a file of leads: what its columns are, what would happen, what cannot stand; then take it over."""
    here = book(request)
    fields = own_fields.entered_by(here, Subject.LEAD)
    source = request.POST.get("source", "").strip()[:40] or USUAL_SOURCE
    known = Columns(heads=heads(), left_out=_LEFT_OUT, also=_ALSO, fields=fields)
    context: dict[str, Any] = {
        "source": source, "most": MOST_ROWS, "heads": [word for _key, word in known.offered],
    }  # fmt: skip
    if request.method == "GET":
        return render(request, "leads/import.html", context)
    problems: list[tuple[str, str, str]] = []
    try:
        content = request.POST.get("content", "").replace("\r\n", "\n") or tables.text_of(request).replace("\r\n", "\n")
        table = tables.table_of(content, MOST_ROWS)
        columns = known.chosen(request, table.heads)
        context |= {"content": content, "columns": known.choices(table, columns), "count": len(table.lines)}
        rows = _Reader(here, known, source).rows(columns, table.lines)
        if request.POST.get("do") == "import":
            also = {int(line) for line in request.POST.getlist("also") if line.isdecimal() and len(line) < 8}
            done = import_leads.import_leads(
                rows, also=also, member=here.member, actor=actor_of(request), at=here.at
            )  # fmt: skip
            return htmx.toast(htmx.redirect(request, "/leads/"), _words(done))
        looked = import_leads.look(rows, member=here.member, actor=actor_of(request))
        problems = known.problems(looked.refused)
        context |= _told(looked)
    except EntryRefused as refusal:
        problems = known.problems(refusal.by_field)
    except RuleBroken as refusal:
        problems = [("", "", words_of(refusal))]
    context |= {"problems": problems[:SHOWN], "more": max(len(problems) - SHOWN, 0)}
    return render(request, "leads/import.html", context, status=422 if problems else 200)


def _words(done: import_leads.Imported) -> str:
    words = _("%(added)s added, %(changed)s changed, %(same)s as they were.") % {
        "added": done.added, "changed": done.changed, "same": done.unchanged}  # fmt: skip
    left = _("%(n)s left out, who look like somebody who is here.") % {"n": done.left_out} if done.left_out else ""
    lost = (
        _("The consent of %(n)s was left out: they took it back.") % {"n": done.taken_back} if done.taken_back else ""
    )
    return " ".join(filter(None, (words, left, lost)))


def _told(looked: Looked) -> dict[str, Any]:
    """Return what the page says of what would happen."""
    alike = []
    for row, other in looked.alike:
        words = _("the same as line %(line)s") % {"line": other} if isinstance(other, int) else alike_words(other)
        address = "" if isinstance(other, int) else f"/{other.kind}s/{other.id}/"
        alike.append((row.line, row.new.name, words, address))
    return {
        "is_looked_at": True, "fresh": len(looked.fresh), "known": looked.known, "changing": len(looked.changing),
        "alike": alike[:SHOWN], "alike_more": max(len(alike) - SHOWN, 0), "taken_back": looked.taken_back,
    }  # fmt: skip


def _demand_columns(columns: Sequence[str], known: Columns) -> None:
    if not {"name", "first_name", "last_name", "id"} & set(columns):
        raise RuleBroken("import.no_lead_name", "Say which column is the name.")
    known.demand_once(columns)


def _instant(cell: str) -> datetime | None:
    """Return the moment that an export writes, or nothing for what is a day at most."""
    try:
        at = datetime.fromisoformat(cell) if "T" in cell else None
    except ValueError:
        return None
    return at if at and at.tzinfo else None


class _Reader:
    """Read the rows of a file as leads."""

    def __init__(self, here: Any, known: Columns, source: str) -> None:
        self.here, self.source, self.known = here, source, known
        self.own = {f"own.{field.key}": field for field in known.fields}
        self.countries = {fold(word): code for code, word in countries()}
        self.languages = {fold(str(word)): code for code, word in LANGUAGES}
        self.ways = {fold(str(word)): way.value for way, word in WAY_WORDS.items()}
        people = [each for each in accounts.members() if each.is_active and may(each, Permission.LEAD_EDIT)]
        self.members = {fold(word): each.id for each in people for word in (each.name, each.email)}

    def rows(self, columns: Sequence[str], lines: Sequence[tuple[int, list[str]]]) -> list[Row]:
        """Return the rows.

        Raises: EntryRefused with every cell that cannot be read, by line and column.
        """
        _demand_columns(columns, self.known)
        refused: dict[str, RuleBroken] = {}
        rows = []
        for line, cells in lines:
            said = {key: cell for key, cell in zip(columns, cells, strict=False) if key}
            read: dict[str, Any] = {}
            for key, cell in said.items():
                try:
                    read[key] = self._cell(key, cell)
                except RuleBroken as broken:
                    refused[f"{line}.{key}"] = broken
            rows.append(self._row(line, said, read))
        if refused:
            raise EntryRefused(refused)
        return rows

    def _cell(self, key: str, cell: str) -> Any:
        if key in self.own:
            return own_fields.value_of(self.own[key], cell, self.here.business.currency)
        if key in {"next_step_at", "consent_at", "measuring_at", "added"}:
            return self._day(key, cell)
        if key == "consent_way":
            return self.ways.get(fold(cell), cell)
        if key == "owner":
            return self._owner(cell)
        if key == "country":
            return self.countries.get(fold(cell), cell)
        return self.languages.get(fold(cell), cell.lower()) if key == "language" else cell

    def _day(self, key: str, cell: str) -> datetime | None:
        at = _instant(cell) if key in _INSTANTS else None
        if at is None:
            rule = FieldRule(key=key, label=heads()[key], kind=FieldKind.DATE)
            day = own_fields.value_of(rule, cell, "")
            at = moment_of(date.fromisoformat(day)) if day else None
        if at and key != "next_step_at" and at.date() > self.here.today:
            raise RuleBroken("import.still_to_come", "“%(day)s” is still to come.", day=cell[:20])
        return min(at, self.here.at) if at and key != "next_step_at" else at

    def _owner(self, cell: str) -> UUID | None:
        found = self.members.get(fold(cell)) if cell else None
        if cell and found is None:
            raise RuleBroken(
                "import.no_such_owner", "Nobody here who works on leads is called “%(name)s”.", name=cell[:60]
            )
        return found

    def _row(self, line: int, said: Mapping[str, str], read: Mapping[str, Any]) -> Row:
        name = said.get("name") or " ".join(filter(None, (said.get("first_name"), said.get("last_name"))))
        consent, measuring = said.get("consent", "")[:2000], said.get("measuring", "")[:2000]
        reference = said.get("reference") or hashlib.sha256(repr(sorted(said.items())).encode()).hexdigest()[:40]
        new = NewLead(
            name=name, own={key[4:]: read.get(key) for key in said if key in self.own}, owner_id=read.get("owner"),
            next_step_at=read.get("next_step_at"), consent_text=consent, has_consent=bool(consent),
            consent_at=read.get("consent_at"), measuring_text=measuring, has_measuring=bool(measuring),
            measuring_at=read.get("measuring_at"), consent_way=read.get("consent_way", ""),
            created_at=read.get("added"), external_ref=reference[:100],
            **{key: read.get(key, "") for key in _TEXTS if key not in {"name", "source"}},
        )  # fmt: skip
        new = replace(new, source=said.get("source") or self.source)
        id_ = said.get("id", "")
        return Row(line=line, new=new, id=uuid_in(id_) or (UUID(int=0) if id_ else None))
