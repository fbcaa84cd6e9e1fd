"""Write letters: to a customer, about a deal, as an answer."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from conto.apps.correspondence import queries
from conto.apps.crm import queries as crm
from conto.apps.deals import queries as deals
from conto.apps.messaging import queries as messaging
from conto.domain.errors import RuleBroken
from conto.domain.letters import check_sizes
from conto.domain.permissions import Permission
from conto.flows import send_letter
from conto.flows.send_letter import LetterEntry
from conto.web import htmx
from conto.web.access import needs
from conto.web.letters.forms import LetterForm
from conto.web.letters.pages import thread_of
from conto.web.reading import actor_of, book, found, uuid_in, words_of

_EDIT = Permission.LETTER_EDIT


@needs(_EDIT)
def new(request: HttpRequest) -> HttpResponseBase:
    """Write to a customer, or about a deal; a template gives the words to begin with."""
    here = book(request)
    deal_id = uuid_in(request.GET.get("deal"))
    deal = found(deals.deal_for(here.member, deal_id)) if deal_id else None
    customer_id = deal.customer_id if deal else uuid_in(request.GET.get("customer"))
    if customer_id is None:
        return redirect("customers")
    customer = found(crm.customer_for(here.member, customer_id))
    people = send_letter.recipients(customer)
    first = {"to_address": (deal.contact.email if deal and deal.contact else "") or (people[0][0] if people else "")}
    template_id = uuid_in(request.GET.get("template"))
    template = queries.template(template_id) if template_id else None
    if template:
        first["subject"], first["text"] = send_letter.words_for(
            template, customer, contact_name=dict(people).get(first["to_address"], ""), deal=deal,
            member_name=here.member.name,
        )  # fmt: skip
    return _page(request, customer=customer, deal=deal, thread=None, first=first)


@needs(_EDIT)
def answer(request: HttpRequest, thread_id: UUID) -> HttpResponseBase:
    """Answer in a conversation, to whoever wrote last."""
    row = thread_of(request, thread_id)
    if row.customer is None:
        return redirect("thread", thread_id=row.id)
    last = queries.last_letter(row)
    to = last.from_address if last and last.direction == "in" else (row.people[0] if row.people else "")
    subject = row.subject if row.subject.lower().startswith("re:") else f"Re: {row.subject}"
    first = {"to_address": to, "subject": subject, "text": _quoted(last) if last and last.direction == "in" else ""}
    return _page(request, customer=row.customer, deal=None, thread=row, first=first)


def _quoted(letter: Any) -> str:
    lines = [f"> {line}" for line in letter.text[:5000].splitlines()]
    return "\n\n" + "\n".join(lines)


def _files(request: HttpRequest) -> list[tuple[str, bytes]]:
    """Read the files that come along; one too many or too large is not read, the rule refuses it by its size."""
    uploads = request.FILES.getlist("files")
    check_sizes([each.size or 0 for each in uploads])
    return [(each.name or "", each.read()) for each in uploads]


def _page(request: HttpRequest, *, customer: Any, deal: Any, thread: Any, first: dict[str, str]) -> HttpResponseBase:
    here = book(request)
    form = LetterForm(request.POST or None, initial=first)
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        try:
            entry = LetterEntry(
                to_address=values["to_address"],
                cc_addresses=values["cc"],
                subject=values["subject"],
                text=values["text"],
                files=_files(request),
            )
            letter = send_letter.send(
                customer=customer, entry=entry, thread=thread, deal=deal, actor=actor_of(request), at=here.at
            )
        except RuleBroken as refusal:
            form.add_error(None, words_of(refusal))
        else:
            return htmx.toast(htmx.redirect(request, f"/letters/{letter.thread_id}/"), _("The letter is on its way."))
    context = {
        "form": form, "customer": customer, "deal": deal, "thread": thread,
        "recipients": send_letter.recipients(customer), "templates": [] if thread else list(queries.templates()),
        "has_server": messaging.mail_server() is not None, "has_mailbox": queries.first_mailbox() is not None,
    }  # fmt: skip
    return render(request, "letters/write.html", context, status=422 if form.errors else 200)
