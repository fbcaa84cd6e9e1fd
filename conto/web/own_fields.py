"""Fields of one's own on pages: in forms, on the page of a record, as columns and filters of lists, in files."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode
from uuid import UUID

from babel.numbers import get_decimal_symbol
from django import forms
from django.http import HttpRequest, HttpResponseBase
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from conto.apps.fields import actions, queries
from conto.apps.fields.entry import Record
from conto.apps.fields.filters import RANGED, Wanted, shape_of, wanted_in
from conto.apps.payments.queries import roll_ups
from conto.domain.errors import EntryRefused, RuleBroken
from conto.domain.fields import FieldKind, FieldRule, Subject, checked_values, plain_text, read_text
from conto.web import htmx
from conto.web.controls import DayInput
from conto.web.formats import current_locale, day_text, money_text, number_text
from conto.web.reading import actor_of, book, words_of

if TYPE_CHECKING:
    from conto.web.reading import Here

SEEN = "own_seen"
ASKS_FORMULAS = frozenset({Subject.CUSTOMER})  # whose lists are made for it


@dataclass(frozen=True, slots=True)
class Shown:
    """A field with what it holds, as a reader sees it."""

    label: str
    html: SafeString | str
    is_number: bool = False


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns of a list that are own fields, and their cells by record."""

    heads: tuple[FieldRule, ...]
    cells: Mapping[UUID, tuple[Shown, ...]]


def shown(field: FieldRule, value: Any) -> Shown:
    """Write a value for a reader."""
    is_number = field.kind in {FieldKind.NUMBER, FieldKind.MONEY, FieldKind.FORMULA}
    return Shown(field.label, _html(field, value), is_number)


def _html(field: FieldRule, value: Any) -> SafeString | str:
    match field.kind, value:
        case _, None:
            return ""
        case _, {"amount_minor": minor, "currency": currency}:
            return money_text(minor, currency)
        case FieldKind.LINK, str():
            bare = value.partition("://")[2].rstrip("/")
            return format_html(
                '<a class="quiet-link" href="{}" rel="noreferrer noopener" target="_blank">{}</a>', value, bare
            )
        case _, list():
            return ", ".join(value)
        case FieldKind.NUMBER | FieldKind.DATE | FieldKind.FORMULA, str():
            return _number_or_day(value)
    return str(value)


def _number_or_day(text: str) -> str:
    if text in {"yes", "no"}:
        return _("yes") if text == "yes" else _("no")
    try:
        return day_text(date.fromisoformat(text)) if text.count("-") == 2 else number_text(Decimal(text))
    except (ValueError, ArithmeticError):
        return text


def record_card(request: HttpRequest, of: Record) -> list[Shown]:
    """Return what the own fields of one record hold, for its page; nothing is asked when there are no fields."""
    here = book(request)
    seen = roll_ups.seen_fields(here.business, of.subject, here.member)
    values = roll_ups.shown_values(here.business, of.subject, {of.id: of.customer_id}, shown=seen, today=here.today)
    return [shown(field, values[of.id].get(field.key)) for field in seen] if values else []


def columns(here: Here, subject: Subject, customer_of: Mapping[UUID, UUID | None]) -> Columns:
    """Return the columns of a page of a list."""
    heads = roll_ups.seen_fields(here.business, subject, here.member, only_listed=True)
    values = roll_ups.shown_values(here.business, subject, customer_of, shown=heads, today=here.today)
    cells = {id_: tuple(shown(field, held.get(field.key)) for field in heads) for id_, held in values.items()}
    return Columns(heads, cells)


def file_columns(here: Here, subject: Subject) -> tuple[FieldRule, ...]:
    """Return the fields that a file of records has as columns."""
    return roll_ups.seen_fields(here.business, subject, here.member)


def file_cells(
    here: Here, subject: Subject, heads: Sequence[FieldRule], customer_of: Mapping[UUID, UUID | None]
) -> dict[UUID, list[str]]:
    """Return the cells of some records for a file, as texts that an import takes back."""
    values = roll_ups.shown_values(here.business, subject, customer_of, shown=heads, today=here.today)
    return {id_: [_in_file(field, held.get(field.key)) for field in heads] for id_, held in values.items()}


def _in_file(field: FieldRule, value: Any) -> str:
    is_number = isinstance(value, Mapping) or field.kind in {FieldKind.NUMBER, FieldKind.FORMULA}
    return plain_text(value).replace(".", symbol()) if is_number else plain_text(value)


def value_of(field: FieldRule, text: str, currency: str) -> Any:
    """Read a cell of a file the reader's way.

    Raises: RuleBroken in the words that pages and programs have.
    """
    return read_text(field, text, currency=currency, decimal_symbol=symbol())


def entered_by(here: Here, subject: Subject) -> tuple[FieldRule, ...]:
    """Return the fields that who reads the page may fill in (O-10)."""
    return queries.edited_fields(here.business, subject, here.member.role)


def add_fields(
    form: forms.Form, fields: Sequence[FieldRule], values: Mapping[str, Any], *, currency: str, sees: bool = True
) -> None:
    """Put own fields into a form, by the names `own.key`; with `sees` it remembers what was shown."""
    entered = [field for field in fields if field.is_entered]
    for field in entered:
        made = _form_field(field, values.get(field.key), currency)
        if field.is_required:
            missing = RuleBroken("field.missing", "“%(label)s” is needed.", label=field.label)
            made.error_messages["required"] = words_of(missing)
        form.fields[f"own.{field.key}"] = made
    if entered and sees:
        kept = json.dumps({field.key: values.get(field.key) for field in entered}, ensure_ascii=False)
        form.fields[SEEN] = forms.CharField(required=False, widget=forms.HiddenInput, initial=kept)


def _form_field(field: FieldRule, value: Any, currency: str) -> forms.Field:
    common: dict[str, Any] = {
        "label": field.label, "required": field.is_required, "initial": written(field, value),
    }  # fmt: skip
    if field.kind in {FieldKind.CHOICE, FieldKind.MANY}:
        there = [value] if isinstance(value, str) else value or []
        offered = [*field.choices, *(each for each in there if each not in field.choices)]
        if field.kind is FieldKind.CHOICE:
            return forms.ChoiceField(choices=[("", "–"), *((each, each) for each in offered)], **common)
        common["initial"] = value or []
        return forms.MultipleChoiceField(
            choices=[(each, each) for each in offered], widget=forms.CheckboxSelectMultiple, **common
        )
    if field.kind is FieldKind.DATE:
        return forms.CharField(widget=DayInput(), **common)
    modes = {FieldKind.NUMBER: "decimal", FieldKind.LINK: "url"}
    attrs = {"autocomplete": "off", "maxlength": 500}
    if field.kind in modes:
        attrs["inputmode"] = modes[field.kind]
    if field.kind is FieldKind.MONEY:
        common["help_text"] = _("With its currency; without one it is %(currency)s.") % {"currency": currency}
    return forms.CharField(widget=forms.TextInput(attrs), **common)


def bound(form: forms.Form) -> list[forms.BoundField]:
    """Return the own fields of a form, to be drawn."""
    return [form[name] for name in form.fields if name.startswith("own.")]


def written(field: FieldRule, value: Any) -> str:
    """Write a value the reader's way, as a form takes it back."""
    if value is None:
        return ""
    if field.kind is FieldKind.NUMBER:
        return str(value).replace(".", symbol())
    if field.kind is FieldKind.MONEY:
        return f"{money_text(value['amount_minor'], value['currency'], bare=True)} {value['currency']}"
    return plain_text(value)


def symbol() -> str:
    """Return the decimal symbol of the reader."""
    return str(get_decimal_symbol(current_locale()))


def given_in(
    form: forms.Form, fields: Sequence[FieldRule], *, currency: str, is_new: bool = False,
    kept: Mapping[str, Any] | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Return what a valid form says of own fields, as values are kept.

    Raises: EntryRefused with every value that cannot stand.
    """
    typed = {
        field.key: form.cleaned_data[f"own.{field.key}"] for field in fields if f"own.{field.key}" in form.cleaned_data
    }
    return checked_values(
        fields, typed, currency=currency, is_new=is_new, decimal_symbol=symbol(), kept=kept
    )  # fmt: skip


def seen_in(form: forms.Form) -> dict[str, Any] | None:
    """Return what the one who filled a form in saw before."""
    try:
        found = json.loads(form.cleaned_data.get(SEEN) or "")
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


class OwnForm(forms.Form):
    """The own fields of a record that is there."""

    def refuse(self, refusal: RuleBroken) -> None:
        """Show a refusal at the fields that it is about."""
        parts = refusal.by_field if isinstance(refusal, EntryRefused) else {"": refusal}
        for name, broken in parts.items():
            self.add_error(name if name in self.fields else None, words_of(broken))


def edit(request: HttpRequest, of: Record, *, back: str, name: str) -> HttpResponseBase:
    """Change the own fields of a record: on a page of its own, or in place of its card by htmx."""
    here = book(request)
    fields = entered_by(here, of.subject)
    values = queries.values_of(here.business, of.subject, [of.id]).get(of.id, {})
    form = OwnForm(request.POST or None)
    add_fields(form, fields, values, currency=of.currency)
    if request.method == "POST" and form.is_valid():
        try:
            given = given_in(form, fields, currency=of.currency, kept=values)
            actions.set_values(of=of, given=given, seen=seen_in(form), actor=actor_of(request), at=here.at)
        except RuleBroken as refusal:
            form.refuse(refusal)
        else:
            return htmx.toast(htmx.redirect(request, back), _("Saved."))
    context = {"form": form, "back": back, "name": name, "address": request.path, "title": _("More about it")}
    return htmx.page_or_part(request, "own/edit.html", "card", context, status=422 if form.errors else 200)


@dataclass(frozen=True, slots=True)
class Filter:
    """A chip of a list: what it is set to, what it offers, and the address without it."""

    field: FieldRule
    value: str
    off: str
    items: tuple[tuple[str, str], ...]  # address and word
    is_ranged: bool
    name: str
    least: str
    most: str
    rest: tuple[tuple[str, str], ...]  # what else the address asks


def wanted(request: HttpRequest, subject: Subject) -> tuple[Wanted, ...]:
    """Return what an address asks of own fields; what cannot be asked is left out."""
    here = book(request)
    every = queries.fields_of(here.business, subject)
    if not every:
        return ()
    fields = _askable(request, subject)
    found: list[Wanted] = []
    for field in fields:
        asked = {name: request.GET[name] for name in _names(field) if name in request.GET}
        try:
            found += wanted_in(
                every, asked, currency=here.business.currency, decimal_symbol=symbol(),
                asks_formulas=subject in ASKS_FORMULAS, seen=fields,
            )  # fmt: skip
        except RuleBroken:
            continue
    return tuple(found)


def filters(request: HttpRequest, subject: Subject) -> list[Filter]:
    """Return the chips of a list for its own fields, those that stand in the list or are set."""
    here = book(request)
    every = queries.fields_of(here.business, subject)
    made = []
    for field in _askable(request, subject) if every else ():
        is_set = any(request.GET.get(name) for name in _names(field))
        if field.is_listed or is_set:
            made.append(_filter(request, shape_of(field, every)))
    return made


@dataclass(frozen=True, slots=True)
class Head:
    """The head of a column, with the address that puts the list in its order; empty where there is none."""

    kind: FieldKind
    label: str
    address: str
    sorted: str  # as the state of a column is told: ascending, descending or nothing


def order_in(request: HttpRequest, subject: Subject) -> tuple[FieldRule | None, bool]:
    """Return by which own field an address puts a list in order, and whether upwards: `own.staff`, `own.staff.up`."""
    order = request.GET.get("order", "")
    if not order.startswith("own."):
        return None, False
    key, _dot, way = order.removeprefix("own.").partition(".")
    return next((field for field in _askable(request, subject) if field.key == key), None), way == "up"


def sortable(request: HttpRequest, heads: Sequence[FieldRule]) -> list[Head]:
    """Return the heads of a list that can be put in the order of each: the largest first, then the smallest."""
    order = request.GET.get("order", "")
    rest = [
        (key, value) for key, values in request.GET.lists() for value in values
        if key not in {"order", "after", "before"}
    ]  # fmt: skip
    made = []
    for field in heads:
        name = f"own.{field.key}"
        wanted = f"{name}.up" if order == name else name
        told = {name: "descending", f"{name}.up": "ascending"}.get(order, "")
        made.append(Head(field.kind, field.label, f"?{urlencode([*rest, ('order', wanted)])}", told))
    return made


def _askable(request: HttpRequest, subject: Subject) -> list[FieldRule]:
    """Return the fields that a list can be asked for by who looks at it."""
    here = book(request)
    seen = roll_ups.seen_fields(here.business, subject, here.member)
    return [field for field in seen if field.is_entered or subject in ASKS_FORMULAS]


def _names(field: FieldRule) -> tuple[str, str, str]:
    name = f"own.{field.key}"
    return name, f"{name}.from", f"{name}.until"


def _filter(request: HttpRequest, field: FieldRule) -> Filter:
    name, least, most = (request.GET.get(each, "")[:200] for each in _names(field))
    rest = [
        (key, value)
        for key, values in request.GET.lists()
        for value in values
        if key not in {*_names(field), "after", "before"}
    ]
    words = name or " – ".join(part for part in (least, most) if part)
    if not name and (bool(least) != bool(most)):
        words = _("from %(value)s") % {"value": least} if least else _("until %(value)s") % {"value": most}

    def address(**more: str) -> str:
        return f"?{urlencode([*rest, *more.items()])}"

    return Filter(
        field=field,
        value=words,
        off=address(),
        items=tuple((address(**{f"own.{field.key}": choice}), _number_or_day(choice)) for choice in field.choices),
        is_ranged=field.kind in RANGED,
        name=name,
        least=least,
        most=most,
        rest=tuple(rest),
    )
