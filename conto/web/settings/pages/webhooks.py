"""Which programs elsewhere are told facts, how that goes, and what was told."""

from datetime import UTC, datetime
from itertools import groupby
from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from conto.apps.integrations import actions, queries
from conto.domain import webhooks
from conto.domain.errors import Conflict, RuleBroken
from conto.domain.facts import FACTS
from conto.domain.permissions import Permission
from conto.flows import send_webhooks
from conto.web import htmx
from conto.web.access import needs
from conto.web.freshness import fresh
from conto.web.reading import actor_of, book, found, uuid_in, words_of
from conto.web.settings.webhook_forms import EndpointForm, SinceForm, event_groups
from conto.web.settings.webhook_words import outcome_tone, outcome_words

_MANAGE = Permission.INTEGRATION_MANAGE
_ADDRESS = "/settings/webhooks"
PAGE = 50
VIEWS = {
    "": gettext_lazy("All"),
    "waiting": gettext_lazy("Waiting"),
    "failed": gettext_lazy("Failed"),
    "delivered": gettext_lazy("Delivered"),
}


@needs(_MANAGE)
def endpoints(request: HttpRequest) -> HttpResponseBase:
    """Show who is told what, and how that goes."""
    rows = list(queries.endpoints())
    healths = queries.healths()
    return render(request, "settings/webhooks.html", {"rows": [(row, healths[row.id]) for row in rows]})


@needs(_MANAGE)
def events(request: HttpRequest) -> HttpResponseBase:
    """Show every event that can be told, with what its details hold."""
    rows = [(name, kind, sorted(_fields(kind))) for name, kind in webhooks.event_types().items()]
    groups = [(subject, list(each)) for subject, each in groupby(rows, key=lambda row: row[0].partition(".")[0])]
    return render(request, "settings/webhook_events.html", {"groups": groups})


@never_cache
@needs(_MANAGE)
@fresh
def add(request: HttpRequest) -> HttpResponseBase:
    """Add an endpoint; its secret is shown once."""
    form = EndpointForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            made = actions.add_endpoint(**form.values(), actor=actor_of(request), at=book(request).at)
        except RuleBroken as refusal:
            form.refuse(refusal)
        else:
            return render(request, "settings/webhook_secret.html", {"endpoint": made.endpoint, "secret": made.secret})
    return _form_page(request, form, None)


@needs(_MANAGE)
def change(request: HttpRequest, endpoint_id: UUID) -> HttpResponseBase:
    """Change where and what an endpoint is told."""
    row = found(queries.endpoint(endpoint_id))
    form = EndpointForm(request.POST or None, initial=EndpointForm.initial_of(row))
    if request.method == "POST" and form.is_valid():
        try:
            actions.change_endpoint(
                endpoint_id=endpoint_id, **form.values(), actor=actor_of(request), at=book(request).at
            )
        except RuleBroken as refusal:
            form.refuse(refusal)
        else:
            return htmx.toast(htmx.redirect(request, f"{_ADDRESS}/{endpoint_id}"), _("The endpoint is saved."))
    return _form_page(request, form, row)


@needs(_MANAGE)
def endpoint(request: HttpRequest, endpoint_id: UUID) -> HttpResponseBase:
    """Show one endpoint: how it does, and its deliveries, the latest first."""
    row = found(queries.endpoint(endpoint_id))
    here = book(request)
    state = request.GET.get("state", "")
    state = state if state in VIEWS else ""
    deliveries = queries.deliveries_of(endpoint_id, state)
    after = uuid_in(request.GET.get("after"))
    if after:
        deliveries = deliveries.filter(id__lt=after)
    page = list(deliveries[: PAGE + 1])
    tries = queries.last_attempts([each.id for each in page[:PAGE]])
    health, failed = queries.health_of(endpoint_id), queries.failed_count(endpoint_id)
    counts = {"waiting": health.waiting, "failed": failed}
    context = {
        "endpoint": row,
        "health": health,
        "types": [webhooks.event_type(kind) for kind in row.kinds if kind in FACTS],
        "two_secrets_until": row.previous_until if row.previous_until and row.previous_until > here.at else None,
        "views": [(name, word, counts.get(name, 0), name == state) for name, word in VIEWS.items()],
        "rows": [(each, webhooks.event_type(each.kind), _shown(tries.get(each.id))) for each in page[:PAGE]],
        "next": str(page[PAGE - 1].id) if len(page) > PAGE else "",
        "state": state,
        "failed": failed,
        "since": SinceForm(initial={"since": (row.failing_since or here.at).date()}),
    }
    return render(request, "settings/webhook.html", context)


@never_cache
@require_POST
@needs(_MANAGE)
@fresh
def rotate(request: HttpRequest, endpoint_id: UUID) -> HttpResponseBase:
    """Give an endpoint a new secret, shown once."""
    found(queries.endpoint(endpoint_id))
    made = actions.rotate_secret(endpoint_id=endpoint_id, actor=actor_of(request), at=book(request).at)
    context = {"endpoint": made.endpoint, "secret": made.secret, "rotated": True}
    return render(request, "settings/webhook_secret.html", context)


@require_POST
@needs(_MANAGE)
def set_enabled(request: HttpRequest, endpoint_id: UUID) -> HttpResponseBase:
    """Disable an endpoint, or enable it again."""
    row = found(queries.endpoint(endpoint_id))
    actor, at = actor_of(request), book(request).at
    if row.is_enabled:
        actions.disable_endpoint(endpoint_id=endpoint_id, actor=actor, at=at)
        said = _("The endpoint is disabled. What waits for it is kept.")
    else:
        actions.enable_endpoint(endpoint_id=endpoint_id, actor=actor, at=at)
        said = _("The endpoint is enabled. What waited for it leaves now.")
    there = f"{_ADDRESS}/{endpoint_id}"
    return htmx.toast(htmx.redirect(request, there), said, undo_url=f"{there}/enabled")


@require_POST
@needs(_MANAGE)
def remove(request: HttpRequest, endpoint_id: UUID) -> HttpResponseBase:
    """Forget an endpoint with all its deliveries."""
    found(queries.endpoint(endpoint_id))
    actions.remove_endpoint(endpoint_id=endpoint_id, actor=actor_of(request), at=book(request).at)
    return htmx.toast(htmx.redirect(request, _ADDRESS), _("The endpoint is removed."))


@require_POST
@needs(_MANAGE)
def test(request: HttpRequest, endpoint_id: UUID) -> HttpResponseBase:
    """Send a test event at once and show what the endpoint answered."""
    row = found(queries.endpoint(endpoint_id))
    outcome = send_webhooks.send_test(
        endpoint_id=endpoint_id, actor=actor_of(request), at=book(request).at, world_clock=timezone.now
    )
    context = {"endpoint": row, "tried": outcome, "said": outcome_words(outcome.name, outcome.status)}
    return render(request, "settings/webhook.html#test", {**context, "tone": outcome_tone(outcome.name)})


@require_POST
@needs(_MANAGE)
def replay_failed(request: HttpRequest, endpoint_id: UUID) -> HttpResponseBase:
    """Send again every delivery that failed since a day."""
    found(queries.endpoint(endpoint_id))
    here, there = book(request), f"{_ADDRESS}/{endpoint_id}"
    form = SinceForm(request.POST)
    if not form.is_valid():
        return htmx.toast(htmx.redirect(request, there), _("Write a day, such as 2026-11-20."), tone="late")
    zone = timezone.get_current_timezone()
    since = datetime.combine(form.cleaned_data["since"], datetime.min.time(), zone).astimezone(UTC)
    try:
        count = actions.replay_failed(endpoint_id=endpoint_id, since=since, actor=actor_of(request), at=here.at)
    except Conflict as refusal:
        return htmx.toast(htmx.redirect(request, there), words_of(refusal), tone="late")
    said = ngettext("%(n)s delivery is sent again.", "%(n)s deliveries are sent again.", count) % {"n": count}
    return htmx.toast(htmx.redirect(request, f"{there}?state=waiting"), said)


@needs(_MANAGE)
def delivery(request: HttpRequest, delivery_id: UUID) -> HttpResponseBase:
    """Show one delivery: the message as it is told, and each try."""
    row = found(queries.delivery(delivery_id))
    context = {
        "delivery": row,
        "endpoint": row.endpoint,
        "type": webhooks.event_type(row.kind),
        "content": queries.readable_content(row),
        "tries": [_shown(each) for each in queries.attempts_of(delivery_id)],
    }
    return render(request, "settings/webhook_delivery.html", context)


@require_POST
@needs(_MANAGE)
def replay(request: HttpRequest, delivery_id: UUID) -> HttpResponseBase:
    """Send one delivery again."""
    found(queries.delivery(delivery_id))
    there = f"{_ADDRESS}/deliveries/{delivery_id}"
    try:
        actions.replay_delivery(delivery_id=delivery_id, actor=actor_of(request), at=book(request).at)
    except Conflict as refusal:
        return htmx.toast(htmx.redirect(request, there), words_of(refusal), tone="late")
    return htmx.toast(htmx.redirect(request, there), _("The message is sent again, with the same id."))


def _form_page(request: HttpRequest, form: EndpointForm, row: Any) -> HttpResponseBase:
    wanted = set(form["types"].value() or ())
    context = {
        "form": form,
        "endpoint": row,
        "groups": [(subject, [(name, name in wanted) for name in names]) for subject, names in event_groups()],
        "allows_private": settings.ALLOW_PRIVATE_TARGETS,
    }
    return render(request, "settings/webhook_form.html", context, status=422 if form.errors else 200)


def _shown(attempt: Any) -> dict[str, Any] | None:
    if attempt is None:
        return None
    return {
        "row": attempt,
        "words": outcome_words(attempt.outcome, attempt.status),
        "tone": outcome_tone(attempt.outcome),
    }


def _fields(kind: str) -> set[str]:
    return set(FACTS[kind].__dataclass_fields__) - {"subject_id", "customer_id", "entry_id"}
