"""The customer page: the folio, documents, people, files, and the statement of account."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET

from conto.apps.contracts import queries as contracts
from conto.apps.crm import queries as customers
from conto.apps.crm.own import record_of
from conto.apps.deals import queries as deals
from conto.apps.invoicing import queries as invoicing
from conto.apps.leads import queries as leads
from conto.apps.ledger import queries as ledger
from conto.apps.payments.queries import relation
from conto.domain.fields import Subject
from conto.domain.permissions import Permission
from conto.web import formats, htmx, own_fields
from conto.web.access import may, needs
from conto.web.customers import cards, consents, folio
from conto.web.reading import book, found


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure of the strip: what it says, why, and the records that make it up."""

    what: str
    text: str
    why: str
    href: str
    tone: str = ""


@needs(Permission.CUSTOMER_VIEW)
@require_GET
def folio_page(request: HttpRequest, customer_id: UUID) -> HttpResponseBase:
    """Show a customer: figures, the folio, and the facts in the right column."""
    here = book(request)
    customer, around = found(customers.customer_with_surroundings(here.member, customer_id))
    sees_money = may(here.member, Permission.INVOICE_VIEW)
    standing = relation.relation_of(customer_id, here.today) if sees_money else None
    filters = folio.filters_in(request.GET)
    if not sees_money:
        filters = folio.FolioFilters("talk", filters.person, filters.until, sees_papers=False)
    now = {each.currency: each.net_minor for each in standing.standings} if standing else None
    began_as = leads.ids_of_customer(here.member, customer_id) if may(here.member, Permission.LEAD_VIEW) else None
    cursor = request.GET.get("after", "")
    page = folio.folio_page(here, customer_id, filters, cursor=cursor, now=now, began_as=began_as)
    context = _frame(request, customer, around, standing, "folio") | {
        "page": page,
        "filters": filters,
        "people_seen": sorted({row.by for row in page.rows if row.by}),
        "sees_money": sees_money,
    }
    return htmx.page_or_part(request, "customers/folio.html", "folio", context)


@needs(Permission.CUSTOMER_VIEW)
@require_GET
def documents_page(request: HttpRequest, customer_id: UUID) -> HttpResponseBase:
    """Show a customer's documents, the latest first."""
    here = book(request)
    customer, around = found(customers.customer_with_surroundings(here.member, customer_id))
    sees_money = may(here.member, Permission.INVOICE_VIEW)
    standing = relation.relation_of(customer_id, here.today) if sees_money else None
    context = _frame(request, customer, around, standing, "documents") | {"page": None, "sees_money": sees_money}
    if sees_money:
        context["page"] = invoicing.document_page(
            here.member, today=here.today, customer_id=customer_id, cursor=request.GET.get("after", "")
        )
    return render(request, "customers/documents.html", context)


@needs(Permission.CUSTOMER_VIEW)
@require_GET
def people_page(request: HttpRequest, customer_id: UUID) -> HttpResponseBase:
    """Show the people at a customer."""
    return show_people(request, customer_id)


def show_people(
    request: HttpRequest, customer_id: UUID, form: Any = None, refused: tuple[UUID, str] | None = None
) -> HttpResponseBase:
    """Show the people at a customer, and what they agreed to; with what was refused, at the person and purpose."""
    here = book(request)
    customer, around = found(customers.customer_with_surroundings(here.member, customer_id))
    standing = _standing(here.member, customer_id, here.today)
    own = own_fields.columns(here, Subject.CONTACT, {each["id"]: customer_id for each in around.contacts})
    people = {
        "people": [(each, own.cells.get(each["id"])) for each in around.contacts], "own_heads": own.heads,
        "agreed": consents.agreed_by(around.contacts, customer.language, form, refused),
    }  # fmt: skip
    context = _frame(request, customer, around, standing, "people") | people
    return render(request, "customers/people.html", context, status=422 if form else 200)


@needs(Permission.CUSTOMER_VIEW)
@require_GET
def files_page(request: HttpRequest, customer_id: UUID) -> HttpResponseBase:
    """Show the files that hang on a customer's documents."""
    here = book(request)
    customer, around = found(customers.customer_with_surroundings(here.member, customer_id))
    standing = _standing(here.member, customer_id, here.today)
    files = invoicing.files_of_customer(customer_id) if standing else []
    context = _frame(request, customer, around, standing, "files") | {"files": files}
    return render(request, "customers/files.html", context)


@needs(Permission.CUSTOMER_VIEW)
@require_GET
def offers_card(request: HttpRequest, customer_id: UUID) -> HttpResponseBase:
    """Show the card of a customer's open deals, quotes and contracts, which the page asks for when it is there."""
    here = book(request)
    customer = found(customers.customer_for(here.member, customer_id))
    offers = [
        (each, each.shown_state(here.today)) for each in contracts.open_offers(here.member, customer_id, here.today)
    ]
    planned = deals.planned(here.member, customer_id=customer_id, most=5)
    context = {"customer": customer, "offers": offers, "planned": planned, "now": here.at}
    return render(request, "customers/offers.html", context)


def _standing(member: Any, customer_id: UUID, today: date) -> relation.Relation | None:
    return relation.relation_of(customer_id, today) if may(member, Permission.INVOICE_VIEW) else None


def _frame(
    request: HttpRequest,
    customer: Any,
    around: customers.Surroundings,
    standing: relation.Relation | None,
    tab: str,
) -> dict[str, Any]:
    here = book(request)
    return {
        "customer": customer,
        "around": around,
        "standing": standing,
        "tab": tab,
        "figures": figures_of(customer, standing, here.today) if standing else [],
        "late_count": sum(each.late_count for each in standing.standings) if standing else 0,
        "under": _under(customer, around),
        "steps": cards.next_steps(customer, around, standing) if standing else [],
        "billing": cards.billing_facts(customer),
        "tax": cards.tax_facts(customer, around, here.member),
        "place": cards.address_lines(around.address("billing")),
        "delivery_place": cards.address_lines(around.address("delivery")),
        "may_edit": may(here.member, Permission.CUSTOMER_EDIT),
        "own": own_fields.record_card(request, record_of(customer)),
        "own_address": f"/customers/{customer.id}/own" if may(here.member, Permission.CUSTOMER_EDIT) else "",
    }


def _under(customer: Any, around: customers.Surroundings) -> str:
    since = _("Customer since %(month)s") % {"month": formats.day_text(customer.created_at, "month")}
    billing = around.address("billing")
    owner = _("owner %(name)s") % {"name": customer.owner.name} if customer.owner else ""
    return " · ".join(part for part in (since, billing.city if billing else "", owner) if part)


def figures_of(customer: Any, standing: relation.Relation, today: date) -> list[Figure]:
    """Give the four figures of a customer's strip, each with the list that makes it up."""
    key, main = customer.id, standing.standing(customer.currency)
    if not (main.open_count or main.collected_count or main.credit_minor) and standing.standings:
        main = standing.standings[0]

    def money(minor: int) -> str:
        return formats.money_text(minor, main.currency)

    others = [
        formats.money_text(each.owed_minor, each.currency)
        for each in standing.standings
        if each.currency != main.currency and each.owed_minor
    ]
    return [
        Figure(
            _("Owes now"),
            money(main.owed_minor),
            _owed_why(main, others, today),
            f"/invoices/?customer={key}&state=open",
            "late" if main.late_minor else "",
        ),
        Figure(_("Pays in"), *_pace(customer, standing), f"/payments/?customer={key}"),
        Figure(
            _("Collected, 12 months"),
            money(main.collected_minor),
            ngettext("%(n)s payment", "%(n)s payments", main.collected_count) % {"n": main.collected_count},
            f"/payments/?customer={key}&since={(today - timedelta(days=364)).isoformat()}",
        ),
        Figure(
            _("Expected, next 30 days"),
            money(main.expected_minor),
            _expected_why(main),
            f"/invoices/?customer={key}&state=open&due_until={(today + timedelta(days=30)).isoformat()}",
        ),
    ]


def _owed_why(main: relation.Standing, others: list[str], today: date) -> str:
    said = []
    if main.late_minor and main.oldest_due_on:
        days = (today - main.oldest_due_on).days
        words = ngettext("%(late)s of it up to %(days)s day late", "%(late)s of it up to %(days)s days late", days)
        said.append(words % {"late": formats.money_text(main.late_minor, main.currency), "days": days})
    elif main.owed_minor:
        said.append(_("nothing late"))
    if main.credit_minor:
        said.append(_("%(credit)s credit") % {"credit": formats.money_text(main.credit_minor, main.currency)})
    said.extend(_("and %(amount)s") % {"amount": each} for each in others)
    return " · ".join(said) or _("all settled")


def _pace(customer: Any, standing: relation.Relation) -> tuple[str, str]:
    terms = "" if customer.terms_days is None else _("terms %(days)s days") % {"days": customer.terms_days}
    if standing.days_to_pay is None:
        return "–", terms or _("no payment in 12 months")
    days = standing.days_to_pay
    figure = ngettext("%(n)s day", "%(n)s days", days) % {"n": days}
    before = standing.days_to_pay_before
    trend = ""
    if before is not None:
        if days > before:
            trend = _("slower than the year before")
        elif days < before:
            trend = _("quicker than the year before")
        else:
            trend = _("as the year before")
    return figure, " · ".join(part for part in (terms, trend) if part) or _("on average, weighted by amount")


def _expected_why(main: relation.Standing) -> str:
    if not main.expected_count:
        return _("nothing is due")
    words = ngettext("%(n)s invoice due", "%(n)s invoices due", main.expected_count) % {"n": main.expected_count}
    return f"{words}, {_('late ones included')}" if main.late_count else words


@needs(Permission.PAYMENT_VIEW)
@require_GET
def statement_page(request: HttpRequest, customer_id: UUID) -> HttpResponse:
    """Show a customer's statement of account as of any day, to be printed."""
    here = book(request)
    customer, around = found(customers.customer_with_surroundings(here.member, customer_id))
    as_of = _day(request.GET.get("as_of")) or here.today
    since = _day(request.GET.get("since"))
    currency = (request.GET.get("currency") or customer.currency).upper()[:3]
    account = ledger.statement(customer_id, currency=currency, as_of=as_of, since=since)
    names = invoicing.briefs([posting.subject_id for posting in account.postings])
    rows: list[dict[str, Any]] = [
        {
            "on": posting.dated_on,
            "title": _posting_words(posting, names),
            "charged": posting.effect_minor if posting.effect_minor > 0 else None,
            "paid": -posting.effect_minor if posting.effect_minor < 0 else None,
            "balance": posting.balance_minor,
        }
        for posting in account.postings
    ]
    context = {
        "customer": customer,
        "around": around,
        "place": cards.address_lines(around.address("billing")),
        "account": account,
        "rows": rows,
        "charged": sum(row["charged"] or 0 for row in rows),
        "paid": sum(row["paid"] or 0 for row in rows),
        "currency": currency,
        "is_today": as_of == here.today,
    }
    return render(request, "customers/statement.html", context)


def _day(text: str | None) -> date | None:
    try:
        return parse_date(text) if text else None
    except ValueError:
        return None


def _posting_words(posting: ledger.CustomerPosting, names: dict[UUID, invoicing.Brief]) -> str:
    document = names.get(posting.subject_id)
    if document:
        kinds = {"credit_note": _("Credit note"), "deposit": _("Deposit invoice"), "final": _("Final invoice")}
        return f"{kinds.get(document.kind, _('Invoice'))} {document.number}"
    words = {
        "payment_received": _("Payment"),
        "payment_refunded": _("Refund"),
        "written_off": _("Written off"),
        "early_discount_taken": _("Early-payment discount"),
        "reversed": _("Reversal"),
        "payment_reversed": _("Payment returned"),
        "opening": _("Opening balance"),
    }
    word = str(words.get(posting.kind, posting.kind.replace("_", " ").capitalize()))
    return f"{word}, {posting.memo}" if posting.memo else word
