"""What the guardian looks at: switches, thresholds, how long runs wait, and what that would have held lately."""

from dataclasses import asdict

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from conto.apps.invoicing import actions, queries
from conto.apps.subscriptions import queries as subscriptions
from conto.domain.guardian import GuardianRules
from conto.domain.permissions import Permission
from conto.web import htmx
from conto.web.access import may, needs
from conto.web.freshness import fresh
from conto.web.invoices.words import held_words
from conto.web.reading import actor_of, book
from conto.web.settings.guardian_forms import GuardianForm

_VIEW, _EDIT = Permission.SETTINGS_VIEW, Permission.INVOICE_OVERRIDE_CHECKS
_PAGE = "settings/guardian.html"
_ADDRESS = "/settings/guardian"


@never_cache
@require_GET
@needs(_VIEW)
def guardian(request: HttpRequest) -> HttpResponseBase:
    """Show what the guardian looks at."""
    return _page(request, GuardianForm(initial=asdict(queries.guardian_rules())))


@require_POST
@needs(_EDIT)
@fresh
def save(request: HttpRequest) -> HttpResponseBase:
    """Set what the guardian looks at from now on."""
    form = GuardianForm(request.POST)
    if not form.is_valid():
        return _page(request, form, status=422)
    actions.set_guardian_rules(rules=form.rules(), actor=actor_of(request), at=book(request).at)
    return htmx.toast(htmx.redirect(request, _ADDRESS), _("Saved."))


@never_cache
@require_GET
@needs(_VIEW)
def preview(request: HttpRequest) -> HttpResponseBase:
    """Tell what would have been held by what is being typed; nothing is saved."""
    form = GuardianForm(request.GET)
    return render(request, f"{_PAGE}#preview", _held(request, form.rules()) if form.is_valid() else {"preview": None})


def _page(request: HttpRequest, form: GuardianForm, *, status: int = 200) -> HttpResponseBase:
    rules = queries.guardian_rules()
    can_edit = may(book(request).member, _EDIT)
    context = {"form": form if can_edit else None, "rows": form, "rules": rules, **_held(request, rules)}
    return render(request, _PAGE, context, status=status)


def _held(request: HttpRequest, rules: GuardianRules) -> dict[str, object]:
    found = queries.guardian_preview(book(request).member, rules, billed=subscriptions.billed_among)
    counts = [
        (_("Unusual amount"), found.count("check.amount_unusual")),
        (_("Much too early"), found.count("check.too_early")),
        (_("Billed already?"), found.count("check.duplicate")),
    ]
    return {"preview": found, "counts": counts, "named": [(each, held_words(each.codes)) for each in found.named]}
