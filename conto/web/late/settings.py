"""The rule for late charges: its numbers, and what it would charge today."""

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from conto.apps.accounts import queries as accounts
from conto.apps.late import actions, queries
from conto.domain.errors import RuleBroken
from conto.domain.late import PRESETS, LateRule
from conto.domain.permissions import Permission
from conto.flows import charge_late
from conto.web import htmx
from conto.web.access import may, needs
from conto.web.freshness import fresh
from conto.web.late.forms import RuleForm, filled, typed
from conto.web.reading import actor_of, book, words_of

_PAGE = "late/settings.html"
_EDIT = Permission.INVOICE_CHARGE_LATE
_SHOWN = 20
PRESET_WORDS = {
    "eu": gettext_lazy("EU, companies: 40 € and 8 points above the reference rate"),
    "de": gettext_lazy("Germany, companies: 40 € and 9 points above the base rate"),
    "ch": gettext_lazy("Switzerland: 5 %"),
}


@never_cache
@require_GET
@needs(Permission.SETTINGS_VIEW)
def rule(request: HttpRequest) -> HttpResponseBase:
    """Show what is charged for paying late."""
    known = queries.late_rule()
    initial = typed(known, _currencies(known))
    if known.counts_from is None:
        initial["counts_from"] = book(request).today
    preset = next((each for each in PRESETS if each.code == request.GET.get("preset")), None)
    if preset:
        initial = filled(initial, preset)
    return _page(request, RuleForm(initial=initial, currencies=_currencies(known)), known)


@require_POST
@needs(_EDIT)
@fresh
def save(request: HttpRequest) -> HttpResponseBase:
    """Set what is charged for paying late from now on."""
    here, known = book(request), queries.late_rule()
    form = RuleForm(request.POST, currencies=_currencies(known))
    if form.is_valid():
        try:
            actions.set_rule(rule=form.rule(), actor=actor_of(request), at=here.at, today=here.today)
        except RuleBroken as refusal:
            form.add_error(None, words_of(refusal))
        else:
            return htmx.toast(htmx.redirect(request, "/settings/late"), _("Saved."))
    return _page(request, form, known, status=422)


@never_cache
@require_GET
@needs(_EDIT)
def preview(request: HttpRequest) -> HttpResponseBase:
    """Tell what would be charged today by what is being typed; nothing is saved."""
    known = queries.late_rule()
    form = RuleForm(request.GET, currencies=_currencies(known))
    context = _charged(request, form.rule()) if form.is_valid() else {"preview": None}
    return render(request, f"{_PAGE}#preview", context)


def _currencies(rule: LateRule) -> list[str]:
    used = {entity.currency for entity in accounts.legal_entities().defer("logo")}
    used |= {account.currency for account in accounts.bank_accounts()}
    return sorted(used | set(rule.amounts))


def _page(request: HttpRequest, form: RuleForm, known: LateRule, *, status: int = 200) -> HttpResponseBase:
    can_edit = may(book(request).member, _EDIT)
    context: dict[str, object] = {
        "form": form if can_edit else None,
        "rule": known,
        "amounts": sorted(known.amounts.items()),
        "presets": [(each.code, PRESET_WORDS[each.code]) for each in PRESETS],
        "has_preset": "preset" in request.GET,
    }
    if can_edit and known.counts_from:  # without a rule nobody can be exempt of anything
        context["exemptions"] = queries.exemptions(book(request).member)
    if can_edit:
        context |= _charged(request, known) if known.counts_from else {"preview": None}
    return render(request, _PAGE, context, status=status)


def _charged(request: HttpRequest, wanted: LateRule) -> dict[str, object]:
    here = book(request)
    seen = charge_late.preview(member=here.member, rule=wanted, at=here.at)
    return {
        "preview": seen,
        "shown": seen.charges[:_SHOWN],
        "more": max(0, len(seen.charges) - _SHOWN),
        "totals": sorted(seen.totals_minor.items()),
    }
