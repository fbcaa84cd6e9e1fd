"""Which mailboxes are read, how that goes, and what was missed."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_POST

from conto.apps.correspondence import actions, queries
from conto.apps.correspondence.actions import MailboxEntry
from conto.domain.errors import RuleBroken
from conto.domain.letters import with_token
from conto.domain.permissions import Permission
from conto.flows import fetch_mail
from conto.gateways.mail.imap import NoMailbox
from conto.web import htmx
from conto.web.access import needs
from conto.web.letters.forms import MailboxForm
from conto.web.reading import actor_of, book, found, words_of

_VIEW, _EDIT = Permission.SETTINGS_VIEW, Permission.SETTINGS_EDIT
_ADDRESS = "/settings/mailboxes"


@needs(_VIEW)
@require_GET
def index(request: HttpRequest) -> HttpResponseBase:
    """Show the mailboxes and how far each is complete."""
    counts = queries.gap_counts()
    rows = [(row, counts.get(row.id, 0)) for row in queries.mailboxes()]
    return render(request, "letters/mailboxes.html", {"rows": rows})


def _mailbox(mailbox_id: UUID) -> Any:
    return found(queries.mailbox(mailbox_id))


@needs(_VIEW)
@require_GET
def mailbox(request: HttpRequest, mailbox_id: UUID) -> HttpResponseBase:
    """Show a mailbox: up to when the book is complete, what became of its messages, its gaps."""
    return _shown(request, _mailbox(mailbox_id))


def _shown(request: HttpRequest, row: Any, **more: Any) -> HttpResponseBase:
    context = {
        "mailbox": row,
        "gaps": list(queries.gaps(row.id)[:100]),
        "lacking": queries.gap_counts().get(row.id, 0),
        "counts": queries.ledger_counts(row.id),
        "copies": with_token(row.address, row.token) if row.uses_plus else "",
        **more,
    }
    return render(request, "letters/mailbox.html", context)


@needs(_EDIT)
@sensitive_post_parameters("password")
def new(request: HttpRequest) -> HttpResponseBase:
    """Read one more mailbox."""
    form = MailboxForm(request.POST or None, initial={"read_since": book(request).today, "security": "tls"})
    if request.method == "POST" and form.is_valid():
        try:
            row = actions.add_mailbox(new=_entry(form), actor=actor_of(request), at=book(request).at)
        except RuleBroken as refusal:
            form.add_error(None, words_of(refusal))
        else:
            words = _("The mailbox is read every minute from now on. Try it with a test.")
            return htmx.toast(htmx.redirect(request, f"{_ADDRESS}/{row.id}"), words)
    context = {"form": form, "title": _("New mailbox"), "back": _ADDRESS}
    return render(request, "letters/mailbox_form.html", context, status=422 if form.errors else 200)


def _entry(form: MailboxForm) -> MailboxEntry:
    values = form.cleaned_data
    return MailboxEntry(**values | {"folders": values["folders"].splitlines(), "password": values["password"] or None})


@needs(_EDIT)
@sensitive_post_parameters("password")
def change(request: HttpRequest, mailbox_id: UUID) -> HttpResponseBase:
    """Change how a mailbox is read; an empty password keeps the one that is there."""
    row = _mailbox(mailbox_id)
    names = ("name", "address", "host", "port", "security", "username", "read_since", "uses_plus", "keeps_unknown")
    first = {name: getattr(row, name) for name in names} | {"folders": "\n".join(row.folders)}
    form = MailboxForm(request.POST or None, initial=first)
    if request.method == "POST" and form.is_valid():
        try:
            actions.change_mailbox(mailbox_id=row.id, entry=_entry(form), actor=actor_of(request), at=book(request).at)
        except RuleBroken as refusal:
            form.add_error(None, words_of(refusal))
        else:
            return htmx.toast(htmx.redirect(request, f"{_ADDRESS}/{row.id}"), _("Saved."))
    context = {"form": form, "title": row.name, "back": f"{_ADDRESS}/{row.id}", "mailbox": row}
    return render(request, "letters/mailbox_form.html", context, status=422 if form.errors else 200)


@needs(_EDIT)
@require_POST
def test(request: HttpRequest, mailbox_id: UUID) -> HttpResponseBase:
    """Log in to a mailbox now and show which folders it has, or what its server said."""
    row = _mailbox(mailbox_id)
    try:
        return _shown(request, row, tried=True, folders=fetch_mail.try_mailbox(row))
    except NoMailbox as failure:
        return _shown(request, row, tried=True, failure=str(failure))
    except RuleBroken as refusal:
        return _shown(request, row, tried=True, failure=words_of(refusal))


@needs(_EDIT)
@require_POST
def set_active(request: HttpRequest, mailbox_id: UUID) -> HttpResponseBase:
    """Stop reading a mailbox, or go on with it."""
    row, wanted = _mailbox(mailbox_id), request.POST.get("active") == "1"
    actions.set_mailbox_active(mailbox_id=row.id, is_active=wanted, actor=actor_of(request), at=book(request).at)
    words = _("The mailbox is read again.") if wanted else _("The mailbox is read no longer.")
    return htmx.toast(htmx.redirect(request, f"{_ADDRESS}/{row.id}"), words)


@needs(_EDIT)
@require_POST
def read_again(request: HttpRequest, mailbox_id: UUID) -> HttpResponseBase:
    """Read once more what was passed over or could not be read."""
    row = _mailbox(mailbox_id)
    n = actions.read_again(mailbox_id=row.id, actor=actor_of(request), at=book(request).at)
    words = ngettext("%(n)s message is read again.", "%(n)s messages are read again.", n) % {"n": n}
    return htmx.toast(htmx.redirect(request, f"{_ADDRESS}/{row.id}"), words)


@needs(_EDIT)
@require_POST
def settle(request: HttpRequest, mailbox_id: UUID) -> HttpResponseBase:
    """Note that somebody has looked after what a mailbox lacks."""
    row = _mailbox(mailbox_id)
    actions.settle_gaps(mailbox_id=row.id, actor=actor_of(request), at=book(request).at)
    return htmx.toast(htmx.redirect(request, f"{_ADDRESS}/{row.id}"), _("The gaps are looked after."))


@needs(_EDIT)
@require_POST
def remove(request: HttpRequest, mailbox_id: UUID) -> HttpResponseBase:
    """Forget how a mailbox is read; its letters stay."""
    row = _mailbox(mailbox_id)
    actions.remove_mailbox(mailbox_id=row.id, actor=actor_of(request), at=book(request).at)
    return htmx.toast(htmx.redirect(request, _ADDRESS), _("The mailbox is forgotten; its letters stay."))
