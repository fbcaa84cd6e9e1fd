"""What a customer says on the page of a quote: kept, and told to whoever looks after that customer."""

from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from conto.apps.crm import queries as crm
from conto.apps.messaging import actions as messaging
from conto.apps.quotes import actions as quotes
from conto.apps.quotes import queries
from conto.domain.facts import SYSTEM, Actor
from conto.flows.answer_customer import who_looks_after

if TYPE_CHECKING:
    from conto.apps.accounts.models import Member
    from conto.apps.quotes.models import Quote


@transaction.atomic
def ask(quote: "Quote", *, name: str, email: str, body: str, at: datetime) -> None:
    """Keep a customer's question about a quote and write it to whoever looks after it.

    Raises: RuleBroken `question.empty`, `question.too_long`, or for an address that is none.
    """
    question = quotes.ask_question(quote=quote, name=name, email=email, body=body, at=at)
    known = {**_known(quote), "name": question.name or quote.customer.name, "body": question.body}
    known["answer"] = question.email or quote.customer.email
    for member in _who(quote):
        with translation.override(member.language):
            subject = _("%(name)s asks about %(number)s") % known
            text = _("%(name)s asks about %(number)s:\n\n%(body)s\n\nAnswer to: %(answer)s\n%(page)s") % known
        _write(quote, member.email, "question", subject, text, member.language, at)


@transaction.atomic
def decline(quote: "Quote", *, name: str, reason: str, actor: Actor, at: datetime) -> None:
    """Decline a quote for its customer and tell whoever looks after it.

    Raises: Conflict when it is not open.
    """
    declined = quotes.decline_quote(quote=quote, name=name, reason=reason, actor=actor, at=at)
    known = {**_known(declined), "name": name.strip() or declined.customer.name, "body": reason.strip() or "–"}
    for member in _who(declined):
        with translation.override(member.language):
            subject = _("%(name)s declined %(number)s") % known
            text = _("%(name)s declined %(number)s:\n\n%(body)s\n\n%(page)s") % known
        _write(declined, member.email, "quote_answer", subject, text, member.language, at)


@transaction.atomic
def tell_accepted(quote: "Quote", *, name: str, at: datetime) -> None:
    """Tell whoever looks after a quote that it is accepted."""
    known = {**_known(quote), "name": name}
    for member in _who(quote):
        with translation.override(member.language):
            subject = _("%(name)s accepted %(number)s") % known
            text = _("%(name)s accepted %(number)s. What it billed is here:\n%(page)s") % known
        _write(quote, member.email, "quote_answer", subject, text, member.language, at)


@transaction.atomic
def send_new_link(quote: "Quote", *, at: datetime) -> bool:
    """Send a fresh link to the address that the customer's record has, never to one that a visitor gives.

    Return whether there is such an address.
    """
    recipients = list(crm.billing_profile(quote.customer).recipients)
    if not recipients:
        return False
    link = quotes.create_link(quote=quote, actor=Actor(None, "customer", quote.customer.name), at=at)
    known = {
        "number": queries.label_of(quote),
        "seller": quote.legal_entity.name,
        "link": f"{settings.PUBLIC_URL}/q/{link.token}",
    }
    with translation.override(quote.language):
        subject = _("Your new link to %(number)s") % known
        text = _("Hello,\n\nhere is the new link to %(number)s that was asked for:\n%(link)s\n\n%(seller)s") % known
    _write(quote, recipients[0], "link", subject, text, quote.language, at)
    return True


def _known(quote: "Quote") -> dict[str, Any]:
    return {"number": queries.label_of(quote), "page": f"{settings.PUBLIC_URL}/quotes/{quote.id}"}


def _who(quote: "Quote") -> "list[Member]":
    return [quote.owner] if quote.owner and quote.owner.is_active else who_looks_after(quote.customer)


def _write(quote: "Quote", address: str, purpose: str, subject: str, text: str, language: str, at: datetime) -> None:
    messaging.write_mail(
        customer=quote.customer,
        purpose=purpose,
        subject_id=quote.id,
        to_address=address,
        subject=subject,
        text=text,
        language=language,
        actor=SYSTEM,
        at=at,
    )
