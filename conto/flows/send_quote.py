"""Send a quote: frozen and hashed, with its paper, a link for the customer and a mail in the customer's language."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import TYPE_CHECKING

from babel.dates import format_date
from babel.numbers import format_currency
from django.conf import settings
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from conto.apps.crm import queries as crm
from conto.apps.invoicing import queries as invoicing
from conto.apps.messaging import actions as messaging
from conto.apps.messaging.queries import MailFile
from conto.apps.quotes import actions as quotes
from conto.apps.quotes import queries
from conto.apps.quotes.recurring_words import SaidPart, Tongue, recurring_words
from conto.apps.quotes.words import contract_words
from conto.domain import quote as rules
from conto.domain.document import RecurringOffer, Watermark
from conto.domain.errors import RuleBroken
from conto.domain.facts import Actor
from conto.domain.money import to_major
from conto.flows.value_deal import value_by_quote
from conto.gateways.documents import render
from conto.gateways.documents.figures import chosen_locale
from conto.gateways.documents.speech import speech_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from conto.apps.messaging.models import Mail
    from conto.apps.quotes.models import Quote
    from conto.domain.document import IssuedDocument

LINK_PLACE = "{link}"
NUMBER_PLACE = "{number}"


@dataclass(frozen=True, slots=True)
class Proposal:
    """The mail as it would go out; `{link}` and `{number}` become the customer's own link and the quote's number."""

    to_address: str
    subject: str
    text: str


def paper(quote: "Quote", *, on: date) -> "IssuedDocument":
    """Return a quote with the look of the seller's papers; a draft with the word draft across it.

    Raises: RuleBroken when it cannot be computed.
    """
    made = queries.paper(quote, on)
    look = invoicing.look_of(quote.legal_entity, quote.language)
    intro = "\n".join(part for part in (quote.title, quote.introduction) if part)
    agreed = " ".join(contract_words(rules.read_offer(quote.contract_terms), quote.language))
    content = queries.content_of(quote, on)
    said = recurring_of(queries.shown_parts(content, content.offered_on), quote.language)
    return replace(
        made,
        recurring=tuple(
            RecurringOffer(
                each.title,
                each.rhythm,
                tuple((item.name, item.price) for item in each.items),
                tuple((part.words, part.amount, part.tax, part.is_usual) for part in each.amounts),
                each.terms,
            )
            for each in said
        ),
        notes=(*made.notes, agreed) if agreed else made.notes,
        look=replace(look, intro=intro, closing=""),
        watermark=Watermark.DRAFT if quote.state == "draft" else None,
    )


def recurring_of(
    parts: "Iterable[queries.ShownPart]", language: str, *, is_accepted: bool = False
) -> tuple[SaidPart, ...]:
    """Return what recurs of a quote as its customer reads it, in a language."""
    locale = chosen_locale(language, "")
    return tuple(
        recurring_words(
            each,
            Tongue(
                language,
                speech_of(language[:2], each.part.currency),
                lambda minor, currency: format_currency(to_major(minor, currency), currency, locale=locale),
                lambda day: format_date(day, format="long", locale=locale),
            ),
            is_accepted=is_accepted,
        )
        for each in parts
    )


def pdf(quote: "Quote", *, on: date) -> bytes:
    """Return a quote on paper.

    Raises: RuleBroken when it cannot be computed.
    """
    return render.render_pdf(paper(quote, on=on))


def proposal(quote: "Quote") -> Proposal:
    """Return the mail that goes with a quote, in its language."""
    recipients = crm.billing_profile(quote.customer).recipients
    address = (quote.contact.email if quote.contact else "") or (recipients[0] if recipients else "")
    with translation.override(quote.language):
        total = to_major(quote.shown_total_minor, quote.currency)
        known = {
            "number": queries.label_of(quote) or NUMBER_PLACE,
            "seller": quote.legal_entity.name,
            "total": format_currency(total, quote.currency, locale=quote.language),
            "until": format_date(quote.valid_until, format="long", locale=quote.language),
            "link": LINK_PLACE,
        }
        subject = _("Quote %(number)s from %(seller)s") % known
        text = (
            _(
                "Hello,\n\nplease find attached our quote %(number)s over %(total)s. It is open until %(until)s.\n"
                "Choose, ask or accept it here: %(link)s\n\nKind regards\n%(seller)s"
            )
            % known
        )
    return Proposal(address, subject, text)


def send(
    quote: "Quote",
    *,
    actor: Actor,
    at: datetime,
    to_address: str = "",
    subject: str = "",
    text: str = "",
    expected_revision: int | None = None,
) -> "Mail":
    """Send a draft, or a quote that is sent already once more.

    It is frozen first; its paper is made outside the transaction that writes the mail.

    Raises: RuleBroken `send.no_address`, or what stands against sending it; Conflict when it cannot be sent any more.
    """
    proposed = proposal(quote)
    address = to_address or proposed.to_address
    if not address:
        raise RuleBroken("send.no_address", "%(name)s has no mail address.", name=quote.customer.name)
    if quote.state == "draft":
        quote = quotes.freeze_quote(quote=quote, actor=actor, at=at, expected_revision=expected_revision)
    content = pdf(quote, on=quote.valid_until)
    number = queries.label_of(quote)
    with transaction.atomic():
        value_by_quote(quote, actor=actor, at=at, only_if_none=True)
        link = quotes.create_link(quote=quote, actor=actor, at=at)
        told = (text or proposed.text).replace(LINK_PLACE, f"{settings.PUBLIC_URL}/q/{link.token}")
        mail = messaging.write_mail(
            customer=quote.customer,
            purpose="quote",
            subject_id=quote.id,
            to_address=address,
            subject=(subject or proposed.subject).replace(NUMBER_PLACE, number),
            text=told.replace(NUMBER_PLACE, number),
            language=quote.language,
            attachments=[MailFile(f"{number.replace('/', '-')}.pdf", "application/pdf", content=content)],
            actor=actor,
            at=at,
        )
        quotes.note_mailed(quote=quote, number=number, recipient=address, message_id=mail.id, actor=actor, at=at)
    return mail
