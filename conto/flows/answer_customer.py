"""What a customer asks on the page of a document: kept, and passed on to whoever looks after that customer."""

from datetime import datetime
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from conto.apps.accounts import queries as accounts
from conto.apps.crm import queries as crm
from conto.apps.invoicing import actions as invoicing
from conto.apps.messaging import actions as messaging
from conto.domain.facts import SYSTEM, Actor
from conto.domain.permissions import Role

if TYPE_CHECKING:
    from conto.apps.accounts.models import Member
    from conto.apps.crm.models import Customer
    from conto.apps.invoicing.models import Document


def who_looks_after(customer: "Customer") -> "list[Member]":
    """Return the customer's owner, else the owners of the business."""
    if customer.owner and customer.owner.is_active:
        return [customer.owner]
    return list(accounts.members().filter(role=Role.OWNER.value, is_active=True)[:3])


@transaction.atomic
def ask(document: "Document", *, name: str, email: str, body: str, at: datetime) -> None:
    """Keep a customer's question and write it to whoever looks after the customer.

    Raises: RuleBroken `question.empty`, `question.too_long`, or for an address that is none.
    """
    question = invoicing.ask_question(document=document, name=name, email=email, body=body, at=at)
    known = {
        "name": question.name or document.customer.name,
        "number": document.number,
        "body": question.body,
        "answer": question.email or document.customer.email,
        "page": f"{settings.PUBLIC_URL}/invoices/{document.id}",
    }
    for member in who_looks_after(document.customer):
        with translation.override(member.language):
            subject = _("%(name)s asks about %(number)s") % known
            text = _("%(name)s asks about %(number)s:\n\n%(body)s\n\nAnswer to: %(answer)s\n%(page)s") % known
        _write(document, member.email, "question", subject, text, member.language, at)


@transaction.atomic
def send_new_link(document: "Document", *, at: datetime) -> bool:
    """Send a fresh link to the address that the customer's record has, never to one that a visitor gives.

    Return whether there is such an address.
    """
    recipients = list(crm.billing_profile(document.customer).recipients)
    if not recipients:
        return False
    actor = Actor(None, "customer", document.customer.name)
    link = invoicing.create_link(document=document, actor=actor, at=at)
    known = {
        "number": document.number,
        "seller": document.legal_entity.name,
        "link": f"{settings.PUBLIC_URL}/i/{link.token}",
    }
    with translation.override(document.language):
        subject = _("Your new link to %(number)s") % known
        text = _("Hello,\n\nhere is the new link to %(number)s that was asked for:\n%(link)s\n\n%(seller)s") % known
    _write(document, recipients[0], "link", subject, text, document.language, at)
    return True


def _write(
    document: "Document", address: str, purpose: str, subject: str, text: str, language: str, at: datetime
) -> None:
    messaging.write_mail(
        customer=document.customer,
        purpose=purpose,
        subject_id=document.id,
        to_address=address,
        subject=subject,
        text=text,
        language=language,
        actor=SYSTEM,
        at=at,
    )
