"""Who hears of what matters: the notices that wait, and where each kind of event goes."""

from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from conto.apps.accounts import queries as accounts
from conto.apps.audit import actions
from conto.apps.audit import queries as audit
from conto.domain.permissions import Permission
from conto.flows.raise_alerts import TITLES
from conto.web import htmx
from conto.web.access import may, member_of, member_only, needs
from conto.web.audit.words import told
from conto.web.reading import actor_of, book, uuid_in

MOST_SHOWN = 20


@needs(Permission.SETTINGS_VIEW)
def alerts(request: HttpRequest) -> HttpResponseBase:
    """Show where each kind of event goes, and change it."""
    here = book(request)
    people = [member for member in accounts.members() if member.is_active]
    if request.method == "POST" and may(here.member, Permission.SETTINGS_EDIT):
        names = {str(member.id) for member in people}
        for event in audit.alert_rules():
            chosen = tuple(each for each in request.POST.getlist(f"to_{event}") if each in names)
            rule = audit.Rule(event, f"mail_{event}" in request.POST, f"page_{event}" in request.POST, chosen)
            actions.change_alert_rule(rule=rule, actor=actor_of(request), at=here.at)
        return htmx.toast(htmx.redirect(request, "/settings/alerts"), _("The alerts are saved."))
    rows = [(rule, _(TITLES[rule.event])) for rule in audit.alert_rules().values()]
    context: dict[str, Any] = {
        "rows": rows,
        "people": [(str(member.id), member.name) for member in people],
        "may_change": may(here.member, Permission.SETTINGS_EDIT),
    }
    return render(request, "audit/alerts.html", context)


@member_only
@require_GET
def notices(request: HttpRequest) -> HttpResponseBase:
    """Bring the notices that wait to the first page; nothing for who may not see the record."""
    if not may(member_of(request), Permission.AUDIT_VIEW):
        return render(request, "audit/notices.html", {"rows": []})
    here = book(request)
    rows = [
        (alert, _(TITLES.get(alert.event, alert.event)), told(alert.fact, here))
        for alert in audit.waiting_alerts()[:MOST_SHOWN]
    ]
    return render(request, "audit/notices.html", {"rows": rows})


@needs(Permission.AUDIT_VIEW)
@require_POST
def seen(request: HttpRequest) -> HttpResponseBase:
    """Take the notices that were shown off the first page."""
    ids = [found for found in map(uuid_in, request.POST.getlist("alert")[:MOST_SHOWN]) if found]
    actions.see_notices(alert_ids=ids, actor=actor_of(request), at=book(request).at)
    return htmx.toast(htmx.redirect(request, "/"), _("Seen. The record keeps it."))
