"""Contracts for the people who keep them: the list, one contract, and what can be done with it."""

from typing import TYPE_CHECKING, Any, get_args

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from conto.apps.audit import queries as audit
from conto.apps.contracts import actions, queries
from conto.apps.contracts.queries import StateFilter
from conto.apps.deals import queries as deals
from conto.domain.errors import RuleBroken
from conto.domain.permissions import Permission
from conto.web.access import may, needs
from conto.web.catalog.choices import unit_word
from conto.web.contracts.forms import EndForm
from conto.web.contracts.words import renewal_words, term_words
from conto.web.htmx import page_or_part, redirect, toast
from conto.web.invoices.story import story_of
from conto.web.reading import actor_of, book, found, uuid_in, words_of

if TYPE_CHECKING:
    from uuid import UUID

    from conto.apps.contracts.models import Contract

VIEWS = [
    ("all", gettext_lazy("All")),
    ("running", gettext_lazy("In force")),
    ("renewing", gettext_lazy("To decide")),
    ("draft", gettext_lazy("Drafts")),
    ("over", gettext_lazy("Over")),
]
_FACTS_SHOWN = 50
_LONGEST_VERSION = 4


@require_GET
@needs(Permission.CONTRACT_VIEW)
def contract_list(request: HttpRequest) -> HttpResponse:
    """Show contracts by view, customer and search word, the latest changed first."""
    here = book(request)
    wanted = request.GET.get("state", "all")
    state: StateFilter = wanted if wanted in get_args(StateFilter) else "all"  # type: ignore[assignment]
    customer_id = uuid_in(request.GET.get("customer"))
    search = request.GET.get("q", "").strip()[:100]
    page = queries.contract_page(
        here.member,
        today=here.today,
        state=state,
        customer_id=customer_id,
        search=search,
        cursor=request.GET.get("after", ""),
    )
    context = {"views": VIEWS, "state": state, "search": search, "customer_id": customer_id, "page": page}
    return page_or_part(request, "contracts/list.html", "rows", context)


@require_GET
@needs(Permission.CONTRACT_VIEW)
def show(request: HttpRequest, contract_id: "UUID") -> HttpResponseBase:
    """Show a contract as it is now, or one of its versions: dates, prices, clauses and story."""
    here = book(request)
    current = found(queries.contract_for(here.member, contract_id))
    asked = request.GET.get("version", "")
    contract = current
    if asked.isascii() and asked.isdecimal() and len(asked) <= _LONGEST_VERSION and int(asked) != current.version:
        contract = found(queries.version_for(current, int(asked)))
    return render(request, "contracts/contract.html", _shown(request, current, contract))


def _shown(
    request: HttpRequest, current: "Contract", contract: "Contract", end: EndForm | None = None
) -> dict[str, Any]:
    here = book(request)
    may_edit = may(here.member, Permission.CONTRACT_EDIT)
    shown = queries.shown(current, here.today)
    return {
        "contract": contract,
        "current": current,
        "is_current": contract.version == current.version,
        "shown": shown,
        "renewal_words": renewal_words(contract),
        "term_words": term_words(contract),
        "lines": [(line, unit_word(line.unit_code)) for line in queries.lines_of(contract)],
        "versions": queries.versions_of(current),
        "sees_deal": deals.sees_deal(here.member, current.deal_id),
        # What has no end, and never had one, was never to be renewed.
        "renewals": deals.renewals_of(here.member, current.family_id) if shown.last_day or current.version > 1 else (),
        "sees_quote": current.quote_id and may(here.member, Permission.QUOTE_VIEW),
        "may_edit": may_edit,
        "may_change": may_edit and shown.state in {"draft", "active", "cancelled"},
        "end": end or EndForm(initial={"ends_on": shown.earliest_end}),
        "story": story_of(audit.facts_of_subject(current.family_id)[:_FACTS_SHOWN], book(request)),
    }


@require_POST
@needs(Permission.CONTRACT_EDIT)
def act(request: HttpRequest, contract_id: "UUID") -> HttpResponseBase:
    """Do what a button of the page says."""
    here = book(request)
    contract = found(queries.contract_for(here.member, contract_id))
    end = EndForm(request.POST)
    wanted = request.POST.get("act", "")
    if wanted in {"cancel", "end"} and not end.is_valid():
        context = _shown(request, contract, contract, end)
        return render(request, "contracts/contract.html", context, status=422)
    try:
        words = _do(request, contract, wanted, end)
    except RuleBroken as refusal:
        return toast(redirect(request, _address(contract)), words_of(refusal), tone="late")
    return toast(redirect(request, _address(contract)), words)


def _do(request: HttpRequest, contract: "Contract", wanted: str, end: EndForm) -> str:
    given: dict[str, Any] = {"contract": contract, "actor": actor_of(request), "at": book(request).at}
    reason, words = request.POST.get("reason", ""), ""
    match wanted:
        case "agree":
            words = _("The contract is agreed: %(number)s.") % {"number": actions.agree_contract(**given).number}
        case "renew":
            actions.renew_contract(**given)
            words = _("The contract goes on for another term.")
        case "cancel":
            actions.cancel_contract(**given, ends_on=end.cleaned_data["ends_on"], reason=reason)
            words = _("Notice is noted; the contract runs out.")
        case "end":
            day = end.cleaned_data["ends_on"] or book(request).today
            actions.end_contract(**given, ends_on=day, reason=reason)
            words = _("The end of the contract is noted.")
        case "resume":
            actions.resume_contract(**given, reason=reason)
            words = _("The notice is taken back.")
        case "drop":
            actions.drop_contract(**given, reason=reason)
            words = _("The draft is dropped.")
        case _:
            raise Http404  # no button of the page says that
    return words


def _address(contract: "Contract") -> str:
    return reverse("contract", args=[contract.family_id])
