"""Send a document: papers made and judged, a link for the customer, and a mail in the customer's language."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

from babel.dates import format_date
from babel.numbers import format_currency
from django.conf import settings
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from conto.apps.audit import actions as audit
from conto.apps.crm import queries as crm
from conto.apps.invoicing import actions as invoicing
from conto.apps.invoicing import queries
from conto.apps.messaging import actions as messaging
from conto.apps.messaging import queries as messaging_queries
from conto.apps.messaging.queries import MailFile
from conto.apps.payments import queries as payments
from conto.domain import facts
from conto.domain.errors import RuleBroken
from conto.domain.facts import Actor
from conto.domain.invoice_words import (
    LONGEST_SUBJECT,
    Occasion,
    Words,
    check_words,
    filled,
    fitting,
    occasions,
)
from conto.domain.money import to_major
from conto.domain.period import local_day
from conto.flows import get_documents
from conto.flows.charge_words import told_of

if TYPE_CHECKING:
    from conto.apps.invoicing.models import Document
    from conto.apps.messaging.models import Mail

LINK_PLACE = "{link}"


@dataclass(frozen=True, slots=True)
class Proposal:
    """The mail as it would go out; `{link}` in the text becomes the customer's own link."""

    to_address: str
    subject: str
    text: str
    file_names: tuple[str, ...]
    delivery_method: str
    words: Words | None = None  # that somebody wrote for this; none: those that come with Conto
    occasions: tuple[Occasion, ...] = ()


def proposal(document: "Document", *, on: date) -> Proposal:
    """Return the mail that the customer's profile asks for, in the document's language and in the words that fit.

    Source: IW-1.
    """
    profile = crm.billing_profile(document.customer)
    words, now, history = _fitting(document, on)
    if words is not None and history is not None:
        values = _values(document, history, profile, on, document.language)
        subject, text = _said(words.subject, words.text, values)
    else:
        with translation.override(document.language):
            subject, text = _words(document)
    files = queries.attachments_of(document.id).filter(is_sent=True).values_list("name", flat=True)
    made = [f"{stem}{_ENDINGS[kind]}" for kind in _kinds(profile.delivery_method) for stem in [_stem(document)]]
    recipients = profile.recipients
    return Proposal(
        recipients[0] if recipients else "", subject, text, (*made, *files), profile.delivery_method, words, now
    )


def as_read(document: "Document", *, subject: str, text: str, language: str, on: date) -> tuple[str, str]:
    """Return subject and text as the customer of a document would read them in a language, if it were sent on a day.

    Raises: RuleBroken as `check_words`.
    Source: IW-3.
    """
    check_words(kind="credit_note" if document.kind == "credit_note" else "invoice", subject=subject, text=text)
    profile, history = crm.billing_profile(document.customer), payments.paid_history(document, on)
    said = _said(subject, text, _values(document, history, profile, on, language))
    return said[0], said[1].replace(LINK_PLACE, f"{settings.PUBLIC_URL}/i/…")


def _said(subject: str, text: str, values: dict[str, str]) -> tuple[str, str]:
    return filled(subject, values)[:LONGEST_SUBJECT], filled(text, values)


def send(
    document: "Document",
    *,
    actor: Actor,
    at: datetime,
    to_address: str = "",
    subject: str = "",
    text: str = "",
) -> "Mail":
    """Put a document on its way: the papers are made first, outside the transaction that writes the mail.

    Raises: RuleBroken `send.no_address`, or why the papers cannot be made.
    """
    proposed = proposal(document, on=local_day(at, document.legal_entity.zone))
    address = to_address or proposed.to_address
    if not address:
        raise RuleBroken("send.no_address", "%(name)s has no mail address.", name=document.customer.name)
    papers = [
        (kind, get_documents.kept(document, kind, at=at)) for kind in _sendable(document, proposed.delivery_method)
    ]
    with transaction.atomic():
        link = invoicing.create_link(document=document, actor=actor, at=at)
        mail = messaging.write_mail(
            customer=document.customer,
            purpose="document",
            subject_id=document.id,
            to_address=address,
            subject=subject or proposed.subject,
            text=(text or proposed.text).replace(LINK_PLACE, f"{settings.PUBLIC_URL}/i/{link.token}"),
            language=document.language,
            attachments=[
                *(
                    MailFile(f"{_stem(document)}{_ENDINGS[kind]}", _MIMES[kind], rendering_id=p.id)
                    for kind, p in papers
                ),
                *(
                    MailFile(file.name, file.mime, content=bytes(file.content))
                    for file in queries.attachments_of(document.id).filter(is_sent=True)
                ),
            ],
            actor=actor,
            at=at,
        )
        sent = facts.DocumentSent(
            subject_id=document.id,
            customer_id=document.customer_id,
            number=document.number,
            channel="email",
            recipient=address,
            message_id=mail.id,
        )
        audit.record(sent, actor=actor, at=at)
    return mail


def make_papers(document: "Document", *, at: datetime) -> None:
    """Make and keep the papers that sending attaches, where they can be made, so that sending itself is quick."""
    try:
        for kind in _sendable(document, crm.billing_profile(document.customer).delivery_method):
            get_documents.kept(document, kind, at=at)
    except RuleBroken:
        return  # sending says why


def try_to_send(document: "Document", *, actor: Actor, at: datetime) -> RuleBroken | None:
    """Send a document of a set; a refusal is returned, so that the others go on."""
    try:
        send(document, actor=actor, at=at)
    except RuleBroken as refusal:
        return refusal
    return None


_ENDINGS = {"pdf": ".pdf", "cii": "-cii.xml", "ubl": "-ubl.xml"}
_MIMES = {"pdf": "application/pdf", "cii": "application/xml", "ubl": "application/xml"}


def _kinds(delivery_method: str) -> tuple[queries.RenderingKind, ...]:
    match delivery_method:
        case "einvoice":
            return ("pdf", "ubl")
        case "portal":
            return ()
        case _:
            return ("pdf",)


def _sendable(document: "Document", delivery_method: str) -> tuple[queries.RenderingKind, ...]:
    """Return what goes out; a currency that has no e-invoice goes as PDF alone."""
    kinds = _kinds(delivery_method)
    return tuple(kind for kind in kinds if kind == "pdf" or document.minor_digits <= 2)


def _stem(document: "Document") -> str:
    return document.number.replace("/", "-")


def _fitting(document: "Document", on: date) -> tuple[Words | None, tuple[Occasion, ...], payments.PaidHistory | None]:
    """Return the words that fit a document; a customer's history is looked at only where some words depend on it."""
    kind = "credit_note" if document.kind == "credit_note" else "invoice"
    known, tags = messaging_queries.words_that_may_fit(
        kind=kind, language=document.language, customer_id=document.customer_id
    )
    if not known:
        return None, (), None
    history = payments.paid_history(document, on)
    now = occasions(history.before, has_earlier=history.has_earlier, on=on)
    words = fitting(known, kind=kind, language=document.language, customer_id=document.customer_id, tags=tags, now=now)
    return words, now, history


def _values(
    document: "Document", history: payments.PaidHistory, profile: crm.BillingProfile, on: date, locale: str
) -> dict[str, str]:
    """Return what is filled into the words of somebody.

    Source: IW-3.
    """
    currency = document.currency
    contact = next((person.name for person in profile.contacts if person.name), "")
    late = [(on - each.due_on).days for each in history.before if each.is_open and each.due_on < on]
    return {
        "number": document.number,
        "total": format_currency(to_major(document.payable_minor, currency), currency, locale=locale),
        "due": format_date(document.due_on, format="long", locale=locale) if document.due_on else "",
        "link": LINK_PLACE,
        "seller": document.legal_entity.name,
        "customer": document.customer.name,
        "contact": contact or document.customer.name,
        "overdue": format_currency(to_major(history.overdue_minor, currency), currency, locale=locale),
        "days_late": str(max(late, default=0)),
        "invoices": str(len(history.before)),
        "since": str(history.first_on.year if history.first_on else document.issued_on.year),
    }


def _words(document: "Document") -> tuple[str, str]:
    locale = document.language
    known = {
        "number": document.number,
        "seller": document.legal_entity.name,
        "total": format_currency(to_major(document.payable_minor, document.currency), document.currency, locale=locale),
        "due": format_date(document.due_on, format="long", locale=locale),
        "link": LINK_PLACE,
    }
    if document.kind == "credit_note":
        subject = _("Credit note %(number)s from %(seller)s")
        text = _(
            "Hello,\n\nplease find attached our credit note %(number)s over %(total)s.\n"
            "You can also see it here: %(link)s\n\nKind regards\n%(seller)s"
        )
    elif charged := told_of(document):
        subject = _("Invoice %(number)s from %(seller)s")
        text = _CHARGED[charged]()
    else:
        subject = _("Invoice %(number)s from %(seller)s")
        text = _(
            "Hello,\n\nplease find attached our invoice %(number)s over %(total)s, payable by %(due)s.\n"
            "See it, ask about it or pay it here: %(link)s\n\nThank you and kind regards\n%(seller)s"
        )
    return subject % known, text % known


_CHARGED = {
    "will": lambda: _(
        "Hello,\n\nplease find attached our invoice %(number)s over %(total)s. We charge it to the card that you have "
        "saved; there is nothing for you to do.\nYou can see it or ask about it here: %(link)s\n\nThank you and kind "
        "regards\n%(seller)s"
    ),
    "was": lambda: _(
        "Hello,\n\nplease find attached our invoice %(number)s over %(total)s. It was charged to the card that you "
        "have saved; there is nothing for you to do.\nYou can see it or ask about it here: %(link)s\n\nThank you and "
        "kind regards\n%(seller)s"
    ),
}
