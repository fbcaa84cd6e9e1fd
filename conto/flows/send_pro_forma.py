"""Send a draft as a pro forma invoice: a paper with its mark, no number, no entry, and never a tax document."""

import hashlib
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

from babel.numbers import format_currency
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from conto.apps.audit import actions as audit
from conto.apps.crm import queries as crm
from conto.apps.invoicing import queries
from conto.apps.messaging import actions as messaging
from conto.apps.messaging.queries import MailFile
from conto.domain import facts
from conto.domain.document import Watermark
from conto.domain.errors import RuleBroken
from conto.domain.facts import Actor
from conto.domain.money import to_major
from conto.gateways.documents import render

if TYPE_CHECKING:
    from conto.apps.invoicing.models import Draft
    from conto.apps.messaging.models import Mail
    from conto.domain.document import IssuedDocument

NO_TAX_DOCUMENT = gettext_noop(
    "This is not an invoice for tax purposes: it gives no right to deduct tax. The invoice follows with the supply."
)


@dataclass(frozen=True, slots=True)
class Proposal:
    """The mail as it would go out."""

    to_address: str
    subject: str
    text: str
    file_name: str


def paper(draft: "Draft", *, on: date) -> "IssuedDocument":
    """Return a draft as a pro forma invoice of a day.

    Raises: RuleBroken `pro_forma.of_credit_note`, or when it cannot be computed.
    """
    if draft.kind == "credit_note":
        raise RuleBroken("pro_forma.of_credit_note", "A credit note has no pro forma.")
    with translation.override(draft.language):
        note = _(NO_TAX_DOCUMENT)
    return queries.preview(draft, on, watermark=Watermark.PRO_FORMA, note=note)


def pdf(draft: "Draft", *, on: date) -> bytes:
    """Return a draft as a pro forma invoice on paper.

    Raises: RuleBroken of `paper`.
    """
    return render.render_pdf(paper(draft, on=on))


def proposal(draft: "Draft", *, on: date) -> Proposal:
    """Return the mail for a pro forma invoice, in the draft's language.

    Raises: RuleBroken of `paper`.
    """
    made = paper(draft, on=on)
    recipients = crm.billing_profile(draft.customer).recipients
    with translation.override(draft.language):
        total = to_major(made.totals.payable_minor, made.currency)
        known = {
            "seller": draft.legal_entity.name,
            "total": format_currency(total, made.currency, locale=draft.language),
        }
        subject = _("Pro forma invoice from %(seller)s") % known
        text = (
            _(
                "Hello,\n\nplease find attached our pro forma invoice over %(total)s. It is no invoice for tax"
                " purposes; that one follows with the supply.\n\nKind regards\n%(seller)s"
            )
            % known
        )
    return Proposal(recipients[0] if recipients else "", subject, text, f"pro-forma-{on.isoformat()}.pdf")


def send(draft: "Draft", *, on: date, to_address: str, subject: str, text: str, actor: Actor, at: datetime) -> "Mail":
    """Put a pro forma invoice on its way; the paper is made first, outside the transaction that writes the mail.

    Raises: RuleBroken of `paper`, or for an address that is none.
    """
    made = paper(draft, on=on)
    content = render.render_pdf(made)
    with transaction.atomic():
        mail = messaging.write_mail(
            customer=draft.customer,
            purpose="pro_forma",
            subject_id=draft.id,
            to_address=to_address,
            subject=subject,
            text=text,
            language=draft.language,
            attachments=[MailFile(f"pro-forma-{on.isoformat()}.pdf", "application/pdf", content=content)],
            actor=actor,
            at=at,
        )
        sent = facts.ProFormaSent(
            subject_id=draft.id,
            customer_id=draft.customer_id,
            recipient=to_address,
            currency=made.currency,
            total_minor=made.totals.payable_minor,
            message_id=mail.id,
            pdf_sha256=hashlib.sha256(content).hexdigest(),
        )
        audit.record(sent, actor=actor, at=at)
    return mail
