"""Drafting an invoice: begin, type lines, see totals and checks, issue."""

from collections.abc import Iterable
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from conto.apps.catalog import queries as catalog
from conto.apps.crm import queries as crm
from conto.apps.invoicing import actions as invoicing
from conto.apps.invoicing import queries
from conto.apps.invoicing.entries import AllowanceEntry, LineEntry
from conto.domain.errors import Finding, RuleBroken
from conto.domain.permissions import Permission
from conto.flows import issue_document
from conto.web.access import may, needs
from conto.web.formats import money_text
from conto.web.htmx import page_or_part, redirect, toast
from conto.web.invoices.forms import HeadForm, LineForm, LineFormSet, head_initial, line_initials
from conto.web.reading import Here, actor_of, book, found, uuid_in, words_of

if TYPE_CHECKING:
    from uuid import UUID

    from conto.apps.invoicing.models import Draft

_ITEMS_OFFERED = 12


@require_http_methods(["GET", "POST"])
@needs(Permission.INVOICE_DRAFT)
def new(request: HttpRequest) -> HttpResponseBase:
    """Begin a draft for a customer with all that the customer's profile says; without one, ask which."""
    here = book(request)
    customer_id = uuid_in(request.POST.get("customer") or request.GET.get("customer"))
    if request.method == "POST" and customer_id:
        customer = found(crm.customer_for(here.member, customer_id))
        draft = invoicing.create_draft(customer=customer, actor=actor_of(request), at=here.at)
        return redirect(request, reverse("draft_edit", args=[draft.id]))
    search = request.GET.get("q", "").strip()[:100]
    newest = crm.CustomerFilters(order="newest")
    context = {
        "search": search,
        "customer": crm.customer_for(here.member, customer_id) if customer_id else None,
        "customers": crm.find(here.member, search, limit=12)
        if search
        else crm.customer_page(here.member, newest, size=12).rows,
    }
    return page_or_part(request, "invoices/new.html", "choices", context)


@require_http_methods(["GET", "POST"])
@needs(Permission.INVOICE_DRAFT)
def edit(request: HttpRequest, draft_id: "UUID") -> HttpResponseBase:
    """Show the editor; on POST store the draft, then stay or go on to issue it."""
    here = book(request)
    draft = found(queries.draft_for(here.member, draft_id))
    if request.method == "GET":
        return _editor(request, here, draft, _head(draft), _lines(draft))
    head, lines = HeadForm(request.POST), LineFormSet(request.POST, prefix="lines")
    status = 422
    if head.is_valid() and lines.is_valid():
        try:
            return _gone_on(request, here, _store(request, here, draft, head, lines))
        except RuleBroken as refusal:
            head.add_error(None, words_of(refusal))
            status = 409
    return _editor(request, here, draft, head, lines, status=status)


def _gone_on(request: HttpRequest, here: Here, draft: "Draft") -> HttpResponseBase:
    """Go where the pressed button leads after the draft is stored."""
    if "then_issue" in request.POST and may(here.member, Permission.INVOICE_ISSUE):
        return redirect(request, reverse("draft_issue", args=[draft.id]))
    if "add_line" in request.POST:
        return _editor(request, here, draft, _head(draft), _lines(draft, more=1))
    if "add_item" in request.POST:
        return redirect(request, reverse("draft_edit", args=[draft.id]) + "#lines")
    return toast(redirect(request, reverse("invoice", args=[draft.id])), _("The draft is saved."))


@require_GET
@needs(Permission.INVOICE_DRAFT)
def items(request: HttpRequest, draft_id: "UUID") -> HttpResponse:
    """Offer items of the catalog for the next line."""
    here = book(request)
    draft = found(queries.draft_for(here.member, draft_id))
    offers = catalog.find_items(
        here.member,
        request.GET.get("q", "").strip()[:100],
        currency=draft.currency,
        on=here.today,
        language=draft.language,
        limit=_ITEMS_OFFERED,
    )
    return render(request, "invoices/edit.html#items", {"draft": draft, "offers": offers})


@require_POST
@needs(Permission.INVOICE_DRAFT)
def totals(request: HttpRequest, draft_id: "UUID") -> HttpResponse:
    """Compute what is typed so far, without storing it."""
    here = book(request)
    draft = found(queries.draft_for(here.member, draft_id))
    lines = LineFormSet(request.POST, prefix="lines")
    lines.is_valid()
    complete = [form for form in lines.forms if _is_complete(form)]
    entries = [form.entry() for form in complete]
    percent = HeadForm(request.POST)
    percent.is_valid()
    computed = queries.computed_entries(
        draft,
        here.today,
        lines=entries,
        allowances=_allowances(percent.cleaned_data.get("discount_percent")),
        price_mode=percent.cleaned_data.get("price_mode") or draft.price_mode,
    )
    _price(complete, computed)
    context = {"draft": draft, "computed": computed, "live_lines": lines.forms}
    return render(request, "invoices/edit.html#sums", context)


@require_POST
@needs(Permission.INVOICE_DRAFT)
def discard(request: HttpRequest, draft_id: "UUID") -> HttpResponseBase:
    """Remove a draft: it had no number and nothing was booked."""
    here = book(request)
    draft = found(queries.draft_for(here.member, draft_id))
    invoicing.discard_draft(draft=draft, actor=actor_of(request), at=here.at)
    return toast(redirect(request, reverse("invoices")), _("The draft is gone. It had no number."))


@require_POST
@needs(Permission.INVOICE_ISSUE)
def stop(request: HttpRequest, draft_id: "UUID") -> HttpResponseBase:
    """Stop a draft of a billing run from being issued by itself."""
    here = book(request)
    back = redirect(request, reverse("invoice", args=[draft_id]))
    draft = queries.draft_for(here.member, draft_id)
    if draft is None and queries.document_for(here.member, draft_id):
        return toast(back, _("This draft is already issued."), tone="late")
    try:
        invoicing.stop_scheduled(draft=found(draft), actor=actor_of(request), at=here.at)
    except RuleBroken as refusal:
        return toast(back, words_of(refusal), tone="late")
    return toast(back, _("Stopped. It waits until somebody issues it."))


@require_http_methods(["GET", "POST"])
@needs(Permission.INVOICE_ISSUE)
def issue(request: HttpRequest, draft_id: "UUID") -> HttpResponseBase:
    """Show exactly what will be issued and what stands against it; on POST issue it."""
    here = book(request)
    draft = queries.draft_for(here.member, draft_id)
    if draft is None and queries.document_for(here.member, draft_id):
        return redirect(request, reverse("invoice", args=[draft_id]))
    draft = found(draft)
    refusal = ""
    if request.method == "POST":
        overrides = _overrides(request) if may(here.member, Permission.INVOICE_OVERRIDE_CHECKS) else {}
        try:
            document = issue_document.issue(draft=draft, actor=actor_of(request), at=here.at, overrides=overrides)
        except RuleBroken as broken:
            refusal = words_of(broken)
        else:
            answer = redirect(request, reverse("invoice", args=[document.id]))
            return toast(answer, _("%(number)s is issued.") % {"number": document.number})
    findings = queries.findings(draft, here.today)
    context = {
        "draft": draft,
        "lines": draft.lines.order_by("position"),
        "computed": queries.computed(draft, here.today),
        "findings": [(finding, words_of(finding), _remedy(finding, draft)) for finding in findings],
        "is_blocked": any(finding.severity == "block" for finding in findings),
        "next_number": queries.next_number(draft, here.today),
        "refusal": refusal,
        "can_override": may(here.member, Permission.INVOICE_OVERRIDE_CHECKS),
    }
    return render(request, "invoices/issue.html", context, status=409 if refusal else 200)


def _remedy(finding: Finding, draft: "Draft") -> str:
    """Return the page on which a finding can be put right, or what it is about looked at."""
    if finding.params.get("document_id"):
        return reverse("invoice", args=[finding.params["document_id"]])
    if finding.code.startswith("check.seller") or finding.code == "check.no_way_to_pay":
        return "/settings/"
    return f"/customers/{draft.customer_id}/" if finding.code.startswith("check.buyer") else ""


def _overrides(request: HttpRequest) -> dict[str, str]:
    prefix = "override:"
    return {
        name.removeprefix(prefix): reason.strip()
        for name, reason in request.POST.items()
        if name.startswith(prefix) and isinstance(reason, str) and reason.strip()
    }


def _editor(
    request: HttpRequest, here: Here, draft: "Draft", head: HeadForm, lines: Any, *, status: int = 200
) -> HttpResponse:
    computed = queries.computed(draft, here.today)
    if not lines.is_bound:  # what was typed and refused has no amounts yet
        _price(lines.forms, computed)
    context = {
        "draft": draft,
        "head": head,
        "lines": lines,
        "computed": computed,
        "attachments": queries.attachments_of(draft.id),
        "can_issue": may(here.member, Permission.INVOICE_ISSUE),
    }
    return render(request, "invoices/edit.html", context, status=status)


def _price(forms: Iterable[LineForm], computed: queries.ComputedDraft) -> None:
    """Set beside each line what it comes to, in the prices that are typed: with tax or without."""
    document = computed.document
    if document is None:
        return
    for form, line in zip(forms, document.lines, strict=False):  # a new, empty line has no amount
        amount_minor = line.gross_minor if document.price_mode == "gross" else line.net_minor
        form.total = money_text(amount_minor, document.currency, bare=True)


def _head(draft: "Draft") -> HeadForm:
    return HeadForm(initial=head_initial(draft))


def _lines(draft: "Draft", more: int = 0) -> Any:
    initials = line_initials(draft.lines.order_by("position"))
    formset = LineFormSet(initial=initials, prefix="lines")
    formset.extra = more or (0 if initials else 1)
    return formset


def _store(request: HttpRequest, here: Here, draft: "Draft", head: HeadForm, lines: Any) -> "Draft":
    actor = actor_of(request)
    version = head.cleaned_data["version"]
    draft = invoicing.change_draft(
        draft=draft, changes=head.changes(), actor=actor, at=here.at, expected_version=version
    )
    draft = invoicing.set_allowances(
        draft=draft, allowances=_allowances(head.cleaned_data["discount_percent"]), actor=actor, at=here.at
    )
    entries = lines.entries() + _picked(request, here, draft)
    return invoicing.set_lines(draft=draft, lines=entries, actor=actor, at=here.at)


def _picked(request: HttpRequest, here: Here, draft: "Draft") -> list[LineEntry]:
    """Return the line of an item that was picked from the catalog, filled from it."""
    item_id = uuid_in(request.POST.get("add_item"))
    if item_id is None:
        return []
    offers = catalog.offers([item_id], currency=draft.currency, on=here.today, language=draft.language)
    return [
        LineEntry(
            name=offer.name,
            description=offer.description,
            unit_code=offer.unit_code,
            unit_price=offer.price or Decimal(0),
            item_id=offer.id,
            supply=offer.supply,
            rate_class=offer.rate_class,
        )
        for offer in offers.values()
    ]


def _allowances(percent: Decimal | None) -> list[AllowanceEntry]:
    return [AllowanceEntry(reason=_("Discount"), percent=percent)] if percent else []


def _is_complete(form: Any) -> bool:
    return bool(form.is_valid() and form.cleaned_data.get("name") and not form.cleaned_data.get("DELETE"))
