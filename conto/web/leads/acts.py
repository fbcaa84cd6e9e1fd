"""What is done with a lead on its page: its state, owner and next step, notes, discarding, taking up again."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponseBase
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from conto.apps.leads import actions
from conto.domain.permissions import Permission
from conto.web import htmx
from conto.web.access import needs
from conto.web.leads.forms import StepForm, moment_of
from conto.web.leads.reads import lead_of
from conto.web.reading import actor_of, book, uuid_in


def _back(request: HttpRequest, lead_id: UUID, words: str, undo: str | None = None) -> HttpResponseBase:
    return htmx.toast(htmx.redirect(request, htmx.safe_next(request, f"/leads/{lead_id}/")), words, undo)


def _change(request: HttpRequest, lead: Any, **changes: Any) -> HttpResponseBase:
    actions.change_lead(lead=lead, changes=changes, actor=actor_of(request), at=book(request).at)
    return _back(request, lead.id, _("Saved."))


@needs(Permission.LEAD_EDIT)
@require_POST
def state(request: HttpRequest, lead_id: UUID) -> HttpResponseBase:
    """Say how far a lead is."""
    return _change(request, lead_of(request, lead_id), state=request.POST.get("state", ""))


@needs(Permission.LEAD_EDIT)
@require_POST
def hand_over(request: HttpRequest, lead_id: UUID) -> HttpResponseBase:
    """Give a lead to another member."""
    return _change(request, lead_of(request, lead_id), owner_id=uuid_in(request.POST.get("owner")))


@needs(Permission.LEAD_EDIT)
@require_POST
def step(request: HttpRequest, lead_id: UUID) -> HttpResponseBase:
    """Say what is to be done next with a lead, and when; nothing: it is done."""
    lead = lead_of(request, lead_id)
    form = StepForm(request.POST)
    if not form.is_valid():
        return _back(request, lead.id, _("“%(day)s” is not a day.") % {"day": request.POST.get("step_on", "")[:40]})
    values = form.cleaned_data
    return _change(request, lead, next_step=values["next_step"], next_step_at=moment_of(values["step_on"]))


@needs(Permission.LEAD_EDIT)
@require_POST
def note(request: HttpRequest, lead_id: UUID) -> HttpResponseBase:
    """Write down something about a lead."""
    lead = lead_of(request, lead_id)
    actions.note_lead(lead=lead, text=request.POST.get("text", ""), actor=actor_of(request), at=book(request).at)
    return _back(request, lead.id, _("Noted."))


@needs(Permission.LEAD_EDIT)
@require_POST
def discard(request: HttpRequest, lead_id: UUID) -> HttpResponseBase:
    """Put a lead away of which nothing will come; the toast takes it up again."""
    lead = lead_of(request, lead_id)
    reason = request.POST.get("reason", "")[:500]
    actions.discard_lead(lead=lead, reason=reason, actor=actor_of(request), at=book(request).at)
    return _back(request, lead.id, _("%(name)s is discarded.") % {"name": lead.name}, f"/leads/{lead.id}/reopen")


@needs(Permission.LEAD_EDIT)
@require_POST
def reopen(request: HttpRequest, lead_id: UUID) -> HttpResponseBase:
    """Take a discarded lead up again."""
    lead = lead_of(request, lead_id)
    actions.reopen_lead(lead=lead, actor=actor_of(request), at=book(request).at)
    return _back(request, lead.id, _("%(name)s is a lead again.") % {"name": lead.name})
