"""The list of customers: saved views, filters, totals, bulk acts, export."""

import base64
import csv
import io
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET, require_POST

from conto.apps.audit import actions as audit
from conto.apps.crm import actions as crm
from conto.apps.crm import queries as customers
from conto.apps.invoicing import queries as invoicing
from conto.apps.ledger import queries as ledger
from conto.apps.payments.queries import made_lists
from conto.domain.errors import RuleBroken
from conto.domain.fields import FieldKind, FieldRule, Subject
from conto.domain.permissions import Permission
from conto.web import formats, htmx, own_fields
from conto.web.access import may, needs, refused
from conto.web.customers.choices import country_name
from conto.web.customers.importing import heads_of_export
from conto.web.freshness import fresh_file
from conto.web.reading import Here, actor_of, book, safe_cell, uuid_in, words_of
from conto.web.spreadsheets import as_the_page

VIEWS = (
    ("", gettext_lazy("All")),
    ("owing", gettext_lazy("Owing")),
    ("late", gettext_lazy("Late")),
    ("mine", gettext_lazy("Mine")),
    ("archived", gettext_lazy("Archived")),
)
_COUNTED = 10_000
_MOST_AT_ONCE = 200


def filters_in(request: HttpRequest) -> customers.CustomerFilters:
    """Read the list's filters from the address, what is asked of formulas answered.

    Raises: RuleBroken when the list is too long to ask formulas.
    """
    here = book(request)
    return made_lists.narrowed(here.business, here.member, _asked_in(request), here.today)


def _shown_filters(request: HttpRequest) -> tuple[customers.CustomerFilters, str]:
    """Return the filters that a page shows; where formulas can't be asked it shows the rest, and says why."""
    try:
        return filters_in(request), ""
    except RuleBroken as refusal:
        asked = _asked_in(request)
        rest = tuple(each for each in asked.own if each.field.kind is not FieldKind.FORMULA)
        return replace(asked, own=rest), words_of(refusal)


def _asked_in(request: HttpRequest) -> customers.CustomerFilters:
    here, given = book(request), request.GET
    view = given.get("view", "")
    among: Any = None
    sees_money = may(here.member, Permission.INVOICE_VIEW)  # who owes is told to nobody else
    if view == "owing" and sees_money:
        among = ledger.open_items().order_by().values("customer_id")
    elif view == "late" and sees_money:
        among = invoicing.late_customers(here.today)
    return customers.CustomerFilters(
        text=given.get("q", "").strip()[:100],
        tag=given.get("tag", "")[:50],
        owner_id=here.member.id if view == "mine" else uuid_in(given.get("owner")),
        country=given.get("country", "")[:2],
        kind=given.get("kind", "") if given.get("kind") in {"company", "person"} else "",
        is_archived=view == "archived",
        among=among,
        order="newest" if given.get("order") == "newest" else "name",
        own=own_fields.wanted(request, Subject.CUSTOMER),
    )


@dataclass(frozen=True, slots=True)
class _Shown:
    """A page of the list, and the addresses' words for where it goes on."""

    rows: tuple[customers.CustomerRow, ...]
    before: str
    after: str
    order: str = ""  # by which own field: its address' word
    refusal: str = ""


def _page(request: HttpRequest, filters: customers.CustomerFilters) -> _Shown:
    here = book(request)
    order = request.GET.get("order", "")
    field, upwards = own_fields.order_in(request, Subject.CUSTOMER)
    if field is not None:
        try:
            ids = made_lists.in_order(
                here.business, here.member, filters, field=field, upwards=upwards, today=here.today
            )  # fmt: skip
        except RuleBroken as refusal:
            return replace(_page_by_key(request, filters), refusal=words_of(refusal))
        text = request.GET.get("after") or request.GET.get("before") or ""
        start = min(int(text), len(ids)) if text.isdecimal() and len(text) < 7 else 0
        end = start + customers.PAGE_SIZE
        rows = customers.rows_of(here.member, ids[start:end])
        before = str(max(start - customers.PAGE_SIZE, 0)) if start else ""
        return _Shown(rows, before, str(end) if end < len(ids) else "", order)
    return _page_by_key(request, filters)


def _page_by_key(request: HttpRequest, filters: customers.CustomerFilters) -> _Shown:
    page = customers.customer_page(book(request).member, filters, _cursor_in(request))
    return _Shown(page.rows, _written(page.before), _written(page.after))


@needs(Permission.CUSTOMER_VIEW)
@require_GET
def index(request: HttpRequest) -> HttpResponseBase:
    """Show a page of the customers with what each owes."""
    here = book(request)
    filters, refusal = _shown_filters(request)
    page = _page(request, filters)
    own_filters = own_fields.filters(request, Subject.CUSTOMER)
    sees_money = may(here.member, Permission.INVOICE_VIEW)
    debts = invoicing.late_by_customer([row.id for row in page.rows], here.today) if sees_money and page.rows else {}
    choices = customers.choices_of_list(here.member)
    owners, tags = choices.owners, choices.tags
    own = own_fields.columns(here, Subject.CUSTOMER, {row.id: row.id for row in page.rows})
    context = {
        "rows": [(row, *_debt_words(debts.get(row.id, {}), here.today), own.cells.get(row.id)) for row in page.rows],
        "own_heads": own_fields.sortable(request, own.heads),
        "own_filters": own_filters,
        "own_order": page.order,
        "refusal": refusal or page.refusal,
        "before": page.before,
        "after": page.after,
        "filters": filters,
        "view": request.GET.get("view", ""),
        "views": VIEWS,
        "owners": owners,
        "owner_name": dict(owners).get(filters.owner_id, "") if filters.owner_id else "",
        "tags": tags,
        "tag_name": dict(tags).get(filters.tag, filters.tag),
        "country_name": country_name(filters.country) if filters.country else "",
        "sees_money": sees_money,
        "is_filtered": bool(
            any(each.value for each in own_filters)
            or filters.text
            or filters.tag
            or filters.owner_id
            or filters.country
            or filters.kind
        ),
        "query": request.GET.urlencode(),
    }
    return htmx.page_or_part(request, "customers/index.html", "list", context)


def _debt_words(debts: dict[str, Any], today: Any) -> tuple[str, str, int]:
    """Write what a customer owes, what of it is late, and for how many days."""
    owed = [formats.money_text(d.owed_minor, currency) for currency, d in sorted(debts.items()) if d.owed_minor]
    late = [formats.money_text(d.late_minor, currency) for currency, d in sorted(debts.items()) if d.late_minor]
    oldest = min((d.oldest_due_on for d in debts.values() if d.late_minor and d.oldest_due_on), default=None)
    return ", ".join(owed), ", ".join(late), (today - oldest).days if oldest else 0


@needs(Permission.CUSTOMER_VIEW)
@require_GET
def totals(request: HttpRequest) -> HttpResponseBase:
    """Bring the totals of the filtered list, a moment after the list itself."""
    here = book(request)
    filters, _refusal = _shown_filters(request)
    count = customers.customer_count(here.member, filters, _COUNTED)
    owed = []
    if may(here.member, Permission.INVOICE_VIEW):
        owed = ledger.totals_by_currency("receivable", customers.on_list(here.member, filters))
    words = f"{formats.number_text(_COUNTED)}+" if count > _COUNTED else formats.number_text(count)
    return render(request, "customers/totals.html", {"count": count, "count_words": words, "owed": owed})


@needs(Permission.CUSTOMER_EXPORT)
@require_GET
@fresh_file
def export(request: HttpRequest) -> HttpResponseBase:
    """Give the filtered list as a CSV file for spreadsheets."""
    here = book(request)
    try:
        filters = filters_in(request)
    except RuleBroken as refusal:
        return htmx.toast(htmx.redirect(request, "/customers/"), words_of(refusal), tone="late")
    audit.note_records_export(
        what="customers", file_format="csv", filters=request.GET.dict(), actor=actor_of(request), at=here.at
    )
    rows = customers.export_rows(here.member, filters)
    words = heads_of_export()
    heads = [word for key, word in words.items() if key not in {"id", "reference"}]
    own = own_fields.file_columns(here, Subject.CUSTOMER)
    heads += [safe_cell(field.label) for field in own]
    heads += [words["id"]]
    response = StreamingHttpResponse(as_the_page(_csv(here, heads, rows, own)), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="customers-{here.today.isoformat()}.csv"'
    return response


def _csv(
    here: Here, heads: list[str], rows: Iterator[customers.CustomerRow], own: Sequence[FieldRule]
) -> Iterator[str]:
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    yield "\ufeff"  # so that spreadsheets read it as UTF-8
    writer.writerow(heads)
    while some := list(islice(rows, 500)):
        cells = own_fields.file_cells(here, Subject.CUSTOMER, own, {row.id: row.id for row in some})
        for row in some:
            writer.writerow([
                safe_cell(row.name), row.kind, safe_cell(row.email), f"\t{row.phone}" if row.phone else "",
                safe_cell(row.city), row.country, row.currency, safe_cell(row.owner_name),
                safe_cell(", ".join(row.tags)), row.created_at.date().isoformat(),
                *map(safe_cell, cells.get(row.id, ())), row.id,
            ])  # fmt: skip
        yield buffer.getvalue()
        buffer.seek(0)
        buffer.truncate()
    yield buffer.getvalue()


@needs(Permission.CUSTOMER_EDIT)
@require_POST
def bulk(request: HttpRequest) -> HttpResponseBase:
    """Tag, archive or give an owner to the picked customers, those that the member may see."""
    here = book(request)
    ids = [found for found in map(uuid_in, request.POST.getlist("pick")[:_MOST_AT_ONCE]) if found]
    picked = list(customers.customers(here.member).filter(id__in=ids))
    what = request.POST.get("do", "")
    if what in {"archive", "restore"} and not may(here.member, Permission.CUSTOMER_ARCHIVE):
        return refused(request, Permission.CUSTOMER_ARCHIVE)
    done = _do_in_bulk(request, what, picked)
    said = ngettext("%(n)s customer: %(what)s", "%(n)s customers: %(what)s", len(done)) % {
        "n": len(done),
        "what": {
            "archive": _("archived"),
            "restore": _("brought back"),
            "tag": _("tagged"),
            "owner": _("owner set"),
        }.get(what, _("nothing changed")),
    }
    back = htmx.safe_next(request, "/customers/")
    undo = f"/customers/unarchive?ids={','.join(str(each) for each in done)}" if what == "archive" and done else None
    return htmx.toast(htmx.redirect(request, back), said, undo)


def _do_in_bulk(request: HttpRequest, what: str, picked: list[Any]) -> list[UUID]:
    actor, at = actor_of(request), book(request).at
    done = []
    for customer in picked:
        if what == "archive" and not customer.archived_at:
            crm.archive_customer(customer=customer, actor=actor, at=at)
        elif what == "restore" and customer.archived_at:
            crm.restore_customer(customer=customer, actor=actor, at=at)
        elif what == "tag" and request.POST.get("tag", "").strip():
            crm.add_tag(customer=customer, name=request.POST["tag"], actor=actor, at=at)
        elif what == "owner":
            crm.set_owner(customer=customer, owner_id=uuid_in(request.POST.get("owner")), actor=actor, at=at)
        else:
            continue
        done.append(customer.id)
    return done


@needs(Permission.CUSTOMER_ARCHIVE)
@require_POST
def unarchive(request: HttpRequest) -> HttpResponseBase:
    """Bring back the customers that were just archived in bulk."""
    here = book(request)
    ids = [found for found in map(uuid_in, request.GET.get("ids", "").split(",")[:_MOST_AT_ONCE]) if found]
    for customer in customers.customers(here.member).filter(id__in=ids, archived_at__isnull=False):
        crm.restore_customer(customer=customer, actor=actor_of(request), at=here.at)
    return htmx.toast(htmx.redirect(request, "/customers/"), _("Brought back."))


def _cursor_in(request: HttpRequest) -> customers.Cursor | None:
    name = "after" if "after" in request.GET else "before"
    text = request.GET.get(name, "")
    try:
        key, row_id = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        if request.GET.get("order") == "newest":
            datetime.fromisoformat(key)
        return customers.Cursor(key=str(key), id=UUID(row_id), is_before=name == "before")
    except (ValueError, TypeError):
        return None


def _written(cursor: customers.Cursor | None) -> str:
    if cursor is None:
        return ""
    plain = json.dumps([cursor.key, str(cursor.id)]).encode()
    return base64.urlsafe_b64encode(plain).decode().rstrip("=")
