"""Deliver mail: take one waiting mail, hand it to the mail server outside any transaction, note what it said."""

from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING

from conto.apps.accounts import queries as accounts
from conto.apps.correspondence import queries as correspondence
from conto.apps.invoicing import queries as invoicing
from conto.apps.messaging import actions as messaging
from conto.apps.messaging import queries as mails
from conto.domain.errors import Conflict, RuleBroken
from conto.flows import measure_letter, withdraw_consent
from conto.gateways.mail.smtp import File, Letter, NotReached, Refused, SmtpServer, send

if TYPE_CHECKING:
    from conto.apps.messaging.models import Mail
    from conto.apps.messaging.queries import MailFile

LETTER = "letter"  # the purpose of a mail that a member wrote to a customer


def deliver_next(*, at: datetime) -> bool:
    """Deliver the mail that waits longest, and tell whether there was one.

    Three steps, two short transactions: claim, hand over, note. A sender killed between them leaves a claim that runs
    out; the mail is then sent again with the same Message-ID.
    """
    claimed = messaging.claim_due_mails(at=at, limit=1)
    if not claimed:
        return False
    mail = claimed[0]
    try:
        send(_letter(mail, at), _server())
    except Refused as refusal:
        messaging.mark_bounced(mail_id=mail.id, reason=str(refusal), at=at)
    except (NotReached, RuleBroken) as failure:
        with suppress(Conflict):  # another sender took the mail over when our claim had run out
            messaging.mark_failed(mail_id=mail.id, attempt=mail.attempts, reason=_words(failure), at=at)
    else:
        with suppress(Conflict):
            messaging.mark_sent(mail_id=mail.id, attempt=mail.attempts, at=at)
    return True


def send_test_mail(*, letter: Letter, at: datetime) -> None:
    """Hand a test mail over at once, so that whoever asked reads the server's answer.

    Raises: Refused, NotReached.
    """
    send(letter, _server())
    messaging.note_mail_server_works(at=at)


def _server() -> SmtpServer:
    details = mails.mail_server_details()
    if details is None:
        raise NotReached("There is no mail server.")
    return SmtpServer(
        host=details.host,
        port=details.port,
        security=details.security,
        username=details.username,
        password=details.password,
        from_address=details.from_address,
        from_name=details.from_name,
    )


def _letter(mail: "Mail", at: datetime) -> Letter:
    seller = accounts.legal_entities().first()
    thread = correspondence.headers_of(mail) if mail.purpose == LETTER else None
    way_out = withdraw_consent.way_out(mail.to_address) if thread and not mail.cc_addresses else ""
    text = mails.text_to_send(mail)
    text = withdraw_consent.signed_off(text, way_out, language=mail.language) if way_out else text
    return Letter(
        message_id=mail.message_id,
        to_address=mail.to_address,
        cc_addresses=mail.cc_addresses,
        reply_to=(thread.reply_to if thread else "") or (seller.email if seller else ""),
        in_reply_to=thread.in_reply_to if thread else "",
        references=thread.references if thread else (),
        author_name=thread.author_name if thread else "",
        subject=mail.subject,
        text=text,
        html=mail.html or (measure_letter.html_for(mail, text, at=at) if way_out else ""),
        language=mail.language,
        unsubscribe=way_out,
        written_at=mail.written_at,
        files=[File(each.name, each.mime, _content(each)) for each in mails.mail_files(mail.id)],
    )


def _content(file: "MailFile") -> bytes:
    if file.content is not None:
        return file.content
    rendering = invoicing.rendering_content(file.rendering_id) if file.rendering_id else None
    if rendering is None:
        raise RuleBroken("mail.file_gone", "The file %(name)s of this mail is not there.", name=file.name)
    return rendering


def _words(failure: Exception) -> str:
    return failure.message % failure.params if isinstance(failure, RuleBroken) else str(failure)
