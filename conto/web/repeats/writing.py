"""Letting invoices repeat, changing what is agreed, pausing and ending it."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from conto.apps.accounts import queries as accounts
from conto.apps.catalog import queries as catalog
from conto.apps.crm import queries as crm
from conto.apps.invoicing.entries import LineEntry
from conto.apps.repeats import actions, queries
from conto.apps.repeats.entries import Agreed, Source
from conto.domain.errors import RuleBroken
from conto.domain.permissions import Permission
from conto.domain.repeat import Does
from conto.web.access import may, needs
from conto.web.formats import money_text
from conto.web.htmx import is_part, page_or_part, redirect, toast
from conto.web.invoices.forms import LineForm, LineFormSet
from conto.web.reading import Here, actor_of, book, found, uuid_in, words_of
from conto.web.repeats.forms import RepeatForm, lines_of, other_allowances, repeat_initial
from conto.web.repeats.words import WORDS_IN_BRACES

if TYPE_CHECKING:
    from uuid import UUID

    from conto.apps.accounts.models import LegalEntity
    from conto.apps.crm.models import Customer
    from conto.apps.repeats.models import Repeat
    from conto.apps.repeats.queries import Terms

_ITEMS_OFFERED = 12


@dataclass(frozen=True, slots=True)
class _Desk:
    """What an editor is about: a new repeating invoice of a customer, or one that is there."""

    customer: "Customer"
    entity: "LegalEntity | None"
    start: Agreed  # what stands there before anything is typed
    source: Source | None = None
    before: "tuple[Repeat, Terms] | None" = None

    @property
    def address(self) -> str:
        if self.before is not None:
            return reverse("repeat_edit", args=[self.before[0].id])
        asked = f"&from={self.source.id}" if self.source else ""
        return f"{reverse('repeat_new')}?customer={self.customer.id}{asked}"


@require_http_methods(["GET", "POST"])
@needs(Permission.INVOICE_DRAFT)
def new(request: HttpRequest) -> HttpResponseBase:
    """Let an invoice repeat: of a customer, maybe with what a draft or invoice says; without one, ask for whom."""
    here = book(request)
    asked = request.POST if request.method == "POST" else request.GET
    source_id, customer_id = uuid_in(asked.get("from")), uuid_in(asked.get("customer"))
    source = found(queries.source_for(here.member, source_id)) if source_id else None
    customer_id = source.customer_id if source else customer_id
    if customer_id is None:
        return _whom(request, here)
    desk = _new_desk(here, found(crm.customer_for(here.member, customer_id)), source)
    if request.method == "GET":
        if is_part(request):
            return _offers(request, here, desk)
        form = _form(here, initial=repeat_initial(desk.start, 0))
        return _editor(request, desk, form, lines_of(desk.start.lines))
    return _answer(request, here, desk)


@require_http_methods(["GET", "POST"])
@needs(Permission.INVOICE_DRAFT)
def edit(request: HttpRequest, repeat_id: "UUID") -> HttpResponseBase:
    """Change what is agreed, from the next invoice on."""
    here = book(request)
    desk = _desk_of(found(queries.repeat_for(here.member, repeat_id)))
    if request.method == "GET":
        if is_part(request):
            return _offers(request, here, desk)
        form = _form(here, initial=repeat_initial(desk.start, desk.before[0].version if desk.before else 0))
        return _editor(request, desk, form, lines_of(desk.start.lines))
    return _answer(request, here, desk)


@require_POST
@needs(Permission.INVOICE_DRAFT)
def foresee(request: HttpRequest) -> HttpResponseBase:
    """Compute what is typed so far and the next invoices, without storing it."""
    here = book(request)
    repeat_id, customer_id = uuid_in(request.POST.get("repeat")), uuid_in(request.POST.get("customer"))
    if repeat_id is not None:
        desk = _desk_of(found(queries.repeat_for(here.member, repeat_id)))
    elif customer_id is not None:
        desk = _new_desk(here, found(crm.customer_for(here.member, customer_id)), None)
    else:
        raise Http404
    form, lines = _form(here, request.POST), LineFormSet(request.POST, prefix="lines")
    return render(request, "repeats/form.html#sums", _foreseen(desk, form, lines))


@require_POST
@needs(Permission.INVOICE_DRAFT)
def act(request: HttpRequest, repeat_id: "UUID") -> HttpResponseBase:
    """Pause, resume or end it, try again what was held, or say that what was not sent need not be."""
    here = book(request)
    row = found(queries.repeat_for(here.member, repeat_id))
    given: dict[str, Any] = {"repeat": row, "actor": actor_of(request), "at": here.at}
    back = redirect(request, reverse("repeat", args=[row.id]))
    try:
        match request.POST.get("act", ""):
            case "pause":
                actions.pause_repeat(**given)
                words = _("Paused. Nothing is made until it is resumed.")
            case "resume":
                actions.resume_repeat(**given)
                words = _("It goes on.")
            case "end":
                actions.end_repeat(**given)
                words = _("It is over. What it made stays.")
            case "again":
                actions.try_again(**given)
                words = _("It is tried again within the hour.")
            case "settle":
                actions.settle_unsent(**given)
                words = _("Noted: it need not be sent.")
            case _:
                raise Http404  # no button of the page says that
    except RuleBroken as refusal:
        return toast(back, words_of(refusal), tone="late")
    return toast(back, words)


def _answer(request: HttpRequest, here: Here, desk: _Desk) -> HttpResponseBase:
    """Store what is typed, or show the editor again: with another line, or with what is wrong."""
    lines = LineFormSet(request.POST, prefix="lines")
    if {"add_line", "add_item", "remove_line"} & request.POST.keys():
        return _with_lines(request, here, desk, lines)
    form, status = _form(here, request.POST), 422
    if form.is_valid() and lines.is_valid():
        try:
            row = _store(request, here, desk, form, lines)
        except RuleBroken as refusal:
            form.add_error(None, words_of(refusal))
            status = 409
        else:
            return toast(redirect(request, reverse("repeat", args=[row.id])), _("Saved."))
    return _editor(request, desk, form, lines, status=status)


def _store(request: HttpRequest, here: Here, desk: _Desk, form: RepeatForm, lines: Any) -> "Repeat":
    agreed = _agreed(desk, form, lines.entries())
    if desk.before is not None:
        return actions.change_repeat(
            repeat=desk.before[0], agreed=agreed, expected_version=form.cleaned_data["version"],
            actor=actor_of(request), at=here.at,
        )  # fmt: skip
    source_id = desk.source.id if desk.source else None
    return actions.create_repeat(
        customer=desk.customer, agreed=agreed, source_id=source_id, actor=actor_of(request), at=here.at
    )


def _agreed(desk: _Desk, form: RepeatForm, lines: list[LineEntry]) -> Agreed:
    return form.agreed(lines, head=desk.start.head, kept=other_allowances(desk.start.allowances))


def _with_lines(request: HttpRequest, here: Here, desk: _Desk, lines: Any) -> HttpResponseBase:
    """Show the editor with a line more or less; nothing is stored yet."""
    lines.is_valid()
    gone = request.POST.get("remove_line", "")
    kept = [form.entry() for form in lines.forms if form.prefix != gone and _is_complete(form)]
    kept += _picked(request, here, desk)
    typed = {name: value for name, value in request.POST.dict().items() if not name.startswith("lines-")}
    formset = lines_of(kept, more=1 if "add_line" in request.POST else 0)
    return _editor(request, desk, _form(here, initial=typed), formset)


def _picked(request: HttpRequest, here: Here, desk: _Desk) -> list[LineEntry]:
    item_id = uuid_in(request.POST.get("add_item"))
    if item_id is None:
        return []
    head = desk.start.head
    offers = catalog.offers([item_id], currency=head["currency"], on=here.today, language=head["language"])
    return [
        LineEntry(
            name=offer.name, description=offer.description, unit_code=offer.unit_code,
            unit_price=offer.price or Decimal(0), item_id=offer.id, supply=offer.supply, rate_class=offer.rate_class,
        )
        for offer in offers.values()
    ]  # fmt: skip


def _offers(request: HttpRequest, here: Here, desk: _Desk) -> HttpResponse:
    head = desk.start.head
    offers = catalog.find_items(
        here.member, request.GET.get("q", "").strip()[:100], currency=head["currency"], on=here.today,
        language=head["language"], limit=_ITEMS_OFFERED,
    )  # fmt: skip
    return render(request, "repeats/form.html#items", {"offers": offers, "currency": head["currency"]})


def _editor(request: HttpRequest, desk: _Desk, form: RepeatForm, lines: Any, *, status: int = 200) -> HttpResponse:
    row = desk.before[0] if desk.before else None
    context: dict[str, Any] = {
        "desk": desk,
        "row": row,
        "customer": desk.customer,
        "braces": WORDS_IN_BRACES,
        "source": desk.source,
        "form": form,
        "lines": lines,
        "currency": desk.start.head["currency"],
        "back": reverse("repeat", args=[row.id]) if row else reverse("repeats"),
        **(_at_first(desk, lines) if not form.is_bound and not lines.is_bound else _foreseen(desk, form, lines)),
    }
    return render(request, "repeats/form.html", context, status=status)


def _at_first(desk: _Desk, lines: Any) -> dict[str, Any]:
    made = _coming(desk, desk.start) if desk.start.lines else {}
    _price(lines.forms, made)
    return made


def _foreseen(desk: _Desk, form: RepeatForm, lines: Any) -> dict[str, Any]:
    """Compute what is typed, as far as it is whole; `live_lines` tell what each line comes to."""
    lines.is_valid()
    complete = [each for each in lines.forms if _is_complete(each)]
    if not complete or not form.is_valid():
        return {"live_lines": lines.forms}
    made = _coming(desk, _agreed(desk, form, [each.entry() for each in complete]))
    _price(complete, made)
    return {**made, "live_lines": lines.forms}


def _price(forms: Iterable[LineForm], made: dict[str, Any]) -> None:
    """Set beside each line what it comes to."""
    rows = made.get("coming") or []
    for form, amount_minor in zip(forms, rows[0].line_totals_minor if rows else (), strict=False):
        form.total = money_text(amount_minor, rows[0].currency, bare=True)


def _coming(desk: _Desk, agreed: Agreed) -> dict[str, Any]:
    if desk.entity is None:
        return {}
    try:
        terms = queries.foreseen(agreed, desk.before)
        made = desk.before[0].made_count if desk.before else 0
        first = terms.schedule.next_from(agreed.next_on, made=made)
        rows = queries.coming_by(desk.customer, desk.entity, terms, next_on=first, made=made)
    except RuleBroken as refusal:
        return {"problem": words_of(refusal)}
    if rows and rows[0].problem:
        return {"problem": words_of(rows[0].problem)}
    return {"coming": rows, "first_total": money_text(rows[0].total_minor or 0, rows[0].currency) if rows else ""}


def _new_desk(here: Here, customer: "Customer", source: Source | None) -> _Desk:
    entity = accounts.legal_entities().first()
    lines = source.lines if source else ()
    title = lines[0].name[:200] if lines else ""
    start = Agreed(title=title, lines=lines, next_on=here.today, head=dict(source.head) if source else {})
    if entity is not None:
        start = queries.with_head(start, customer, entity)
    return _Desk(customer, entity, replace(start, allowances=source.allowances if source else ()), source)


def _desk_of(row: "Repeat") -> _Desk:
    terms = queries.terms_for(row)
    return _Desk(row.customer, row.legal_entity, queries.agreed_of(row, terms), before=(row, terms))


def _form(here: Here, data: Any = None, *, initial: dict[str, Any] | None = None) -> RepeatForm:
    return RepeatForm(data, initial=initial, allowed=[does.value for does in allowed(here)])


def allowed(here: Here) -> list[Does]:
    """Return what a member may let happen with invoices when their day has come.

    Source: RI-6.
    """
    issues, sends = may(here.member, Permission.INVOICE_ISSUE), may(here.member, Permission.INVOICE_SEND)
    return [Does.DRAFT, *([Does.ISSUE] if issues else []), *([Does.SEND] if issues and sends else [])]


def _is_complete(form: Any) -> bool:
    return bool(form.is_valid() and form.cleaned_data.get("name") and not form.cleaned_data.get("DELETE"))


def _whom(request: HttpRequest, here: Here) -> HttpResponseBase:
    search = request.GET.get("q", "").strip()[:100]
    people: Any = crm.find(here.member, search, limit=_ITEMS_OFFERED)
    if not search:
        people = crm.customer_page(here.member, crm.CustomerFilters(order="newest"), size=_ITEMS_OFFERED).rows
    return page_or_part(request, "repeats/choose.html", "people", {"people": people, "search": search})
