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
from conto.apps.quotes.recurring_words import (
    SaidAmount,
    SaidItem,
    SaidPart,
    Tongue,
    mark_of,
    recurring_words,
    sum_words,
)
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
    from collections.abc import Collection, Iterable

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
    return replace(
        made,
        recurring=_on_paper(queries.shown_parts(content, content.offered_on), quote.language),
        notes=(*made.notes, agreed) if agreed else made.notes,
        look=replace(look, intro=intro, closing=""),
        watermark=Watermark.DRAFT if quote.state == "draft" else None,
    )


def _on_paper(parts: "tuple[queries.ShownPart, ...]", language: str) -> tuple[RecurringOffer, ...]:
    """Return what recurs as a quote prints it: options with a word beside them, and the sums where there are any.

    Source: Q-12, Q-13.
    """
    offers = [
        RecurringOffer(
            f"{each.group}: {each.title}" if each.group else each.title,
            " · ".join(part for part in (each.rhythm, each.mark) if part),
            tuple((_marked(item, language), item.price) for item in each.items),
            tuple((part.words, part.amount, part.tax, part.is_usual and each.is_taken) for part in each.amounts),
            each.terms,
        )
        for each in recurring_of(parts, language)
    ]
    sums = sums_of(parts, language)
    if sums:
        with translation.override(language):
            title = _("What recurs, together")
        offers.append(
            RecurringOffer(title, "", (), tuple((each.words, each.amount, each.tax, True) for each in sums), ())
        )
    return tuple(offers)


def _marked(item: SaidItem, language: str) -> str:
    if not item.choice:
        return item.name
    with translation.override(language):
        return f"{item.name} ({mark_of(is_taken=item.is_taken)})"


def sums_of(parts: "Collection[queries.ShownPart]", language: str) -> tuple[SaidAmount, ...]:
    """Return what recurs in sums, as its customer reads them; nothing where one part says it all.

    Source: Q-13.
    """
    if len(parts) < 2 and not rules.is_free([each.part for each in parts]):
        return ()
    currency = parts and next(iter(parts)).part.currency
    return sum_words(queries.sums_of(parts), _tongue(language, currency or ""))


def recurring_of(
    parts: "Iterable[queries.ShownPart]", language: str, *, is_accepted: bool = False
) -> tuple[SaidPart, ...]:
    """Return what recurs of a quote as its customer reads it, in a language."""
    return tuple(
        recurring_words(each, _tongue(language, each.part.currency), is_accepted=is_accepted) for each in parts
    )


def _tongue(language: str, currency: str) -> Tongue:
    locale = chosen_locale(language, "")
    return Tongue(
        language,
        speech_of(language[:2], currency),
        lambda minor, currency: format_currency(to_major(minor, currency), currency, locale=locale),
        lambda day: format_date(day, format="long", locale=locale),
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
