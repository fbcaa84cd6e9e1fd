"""See the mails, send one again, correct its address."""

from uuid import UUID

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from conto.apps.messaging import actions, queries
from conto.domain.errors import RuleBroken
from conto.domain.permissions import Permission
from conto.web import htmx
from conto.web.access import needs
from conto.web.reading import actor_of, book, found, uuid_in, words_of
from conto.web.settings.forms import AddressForm

PAGE = 50
VIEWS = {
    "waiting": gettext_lazy("Waiting"),
    "bounced": gettext_lazy("Bounced"),
    "failed": gettext_lazy("Failed"),
    "sent": gettext_lazy("Sent"),
    "": gettext_lazy("All"),
}


@needs(Permission.INVOICE_VIEW)
def outbox(request: HttpRequest) -> HttpResponseBase:
    """Show the mails of one state, the latest first."""
    here = book(request)
    seen = queries.visible_to(here.member)
    counts = queries.mail_counts(seen)
    asked = request.GET.get("state")
    state = asked if asked in VIEWS else next((name for name in counts if counts[name]), "")
    rows = queries.mails(state, of=seen).defer("text", "html")
    last = queries.mail_for(here.member, after) if (after := uuid_in(request.GET.get("after"))) else None
    if last is not None:
        rows = rows.filter(written_at__lte=last.written_at).exclude(written_at=last.written_at, id__gte=last.id)
    page = list(rows[: PAGE + 1])
    context = {
        "views": [(name, word, counts.get(name, 0), name == state) for name, word in VIEWS.items()],
        "rows": page[:PAGE],
        "next": str(page[PAGE - 1].id) if len(page) > PAGE else "",
        "state": state,
        "has_server": queries.mail_server() is not None,
    }
    return render(request, "outbox/outbox.html", context)


@needs(Permission.INVOICE_VIEW)
def mail(request: HttpRequest, mail_id: UUID) -> HttpResponseBase:
    """Show one mail as it left or will leave."""
    shown = found(queries.mail_for(book(request).member, mail_id))
    return _page(request, shown.id, AddressForm(initial={"to_address": shown.to_address}))


@require_POST
@needs(Permission.INVOICE_SEND)
def send_again(request: HttpRequest, mail_id: UUID) -> HttpResponseBase:
    """Send a mail again, to a corrected address or the same."""
    found(queries.mail_for(book(request).member, mail_id))
    form = AddressForm(request.POST)
    if form.is_valid():
        try:
            again = actions.send_again(
                mail_id=mail_id,
                to_address=form.cleaned_data["to_address"],
                actor=actor_of(request),
                at=book(request).at,
            )
        except RuleBroken as refusal:
            form.add_error("to_address", words_of(refusal))
        else:
            said = _("The mail to %(address)s is on its way.") % {"address": again.to_address}
            return htmx.toast(htmx.redirect(request, f"/outbox/{again.id}"), said)
    return _page(request, mail_id, form)


def _page(request: HttpRequest, mail_id: UUID, form: AddressForm) -> HttpResponseBase:
    shown = found(queries.mail_for(book(request).member, mail_id))
    context = {
        "mail": shown,
        "form": form,
        "files": queries.mail_file_names(mail_id),
        "has_server": queries.mail_server() is not None,
    }
    return render(request, "outbox/mail.html", context, status=422 if form.errors else 200)
