"""How mail leaves, and a test that it does."""

from uuid import uuid4

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from conto.apps.messaging import actions, queries
from conto.domain.errors import RuleBroken
from conto.domain.permissions import Permission
from conto.flows import deliver_mail
from conto.gateways.mail.smtp import Letter, NotReached, Refused
from conto.web import htmx
from conto.web.access import needs
from conto.web.reading import actor_of, book, words_of
from conto.web.settings.forms import AddressForm, MailServerForm

_VIEW, _EDIT = Permission.SETTINGS_VIEW, Permission.SETTINGS_EDIT
_ADDRESS = "/settings/mail"


@needs(_VIEW)
def mail(request: HttpRequest) -> HttpResponseBase:
    """Show how mail leaves."""
    server = queries.mail_server()
    here = book(request)
    if server is not None:
        names = ("host", "port", "security", "username", "from_address", "from_name")
        initial = {name: getattr(server, name) for name in names}
    else:
        initial = {"port": 587, "security": "starttls", "from_name": here.business.name, "from_address": ""}
    return _page(request, MailServerForm(initial=initial), AddressForm(initial={"to_address": here.member.email}))


@require_POST
@needs(_EDIT)
@sensitive_post_parameters("password")
def save(request: HttpRequest) -> HttpResponseBase:
    """Save how mail leaves; an empty password keeps the one that is there."""
    form = MailServerForm(request.POST)
    if form.is_valid():
        values = {**form.cleaned_data, "password": form.cleaned_data["password"] or None}
        try:
            actions.set_mail_server(**values, actor=actor_of(request), at=book(request).at)
        except RuleBroken as refusal:
            form.add_error(None, words_of(refusal))
        else:
            return htmx.toast(
                htmx.redirect(request, _ADDRESS),
                _("The mail server is saved. Waiting mails leave now; try it with a test."),
            )
    return _page(request, form, AddressForm(initial={"to_address": book(request).member.email}))


@require_POST
@needs(_EDIT)
def test(request: HttpRequest) -> HttpResponseBase:
    """Send a test mail at once and show what the server answered."""
    here = book(request)
    form = AddressForm(request.POST)
    said, tone = "", "settled"
    if form.is_valid():
        letter = Letter(
            message_id=f"<test.{uuid4().hex}@conto.localhost>",
            to_address=form.cleaned_data["to_address"],
            subject=_("Test mail of %(business)s") % {"business": here.business.name},
            text=_("If you read this, your mail server works and invoices will leave by it."),
            written_at=here.at,
        )
        try:
            deliver_mail.send_test_mail(letter=letter, at=here.at)
            said = _("The mail server took the test mail for %(address)s.") % {"address": letter.to_address}
        except (Refused, NotReached) as failure:
            said, tone = str(failure), "late"
    context = {"tests": form, "said": said, "tone": tone}
    return render(request, "settings/mail.html#test", context)


@require_POST
@needs(_EDIT)
def remove(request: HttpRequest) -> HttpResponseBase:
    """Forget the mail server."""
    actions.remove_mail_server(actor=actor_of(request), at=book(request).at)
    return htmx.toast(htmx.redirect(request, _ADDRESS), _("The mail server is forgotten; mails wait in the outbox."))


def _page(request: HttpRequest, form: MailServerForm, tests: AddressForm) -> HttpResponseBase:
    context = {"form": form, "tests": tests, "server": queries.mail_server(), "counts": queries.mail_counts()}
    return render(request, "settings/mail.html", context, status=422 if form.errors else 200)
