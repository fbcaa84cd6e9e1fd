"""Hand one mail to an SMTP server and say what it answered."""

import smtplib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import format_datetime, formataddr
from ssl import SSLError

from django.core.mail import EmailMultiAlternatives
from django.core.mail.backends.smtp import EmailBackend

TIMEOUT_SECONDS = 20
PERMANENT = 500  # SMTP: 5xx is for good, 4xx is for now


@dataclass(frozen=True, slots=True)
class SmtpServer:
    """Where and how mail is handed over."""

    host: str
    port: int
    security: str  # starttls | tls | none
    username: str
    password: str = field(repr=False)
    from_address: str = ""
    from_name: str = ""
    timeout_seconds: float = TIMEOUT_SECONDS


@dataclass(frozen=True, slots=True)
class File:
    """A file of a mail."""

    name: str
    mime: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail as it leaves."""

    message_id: str
    to_address: str
    subject: str
    text: str
    written_at: datetime
    html: str = ""
    cc_addresses: Sequence[str] = ()
    reply_to: str = ""
    in_reply_to: str = ""
    references: Sequence[str] = ()
    author_name: str = ""  # of a letter that a person wrote
    language: str = ""
    unsubscribe: str = ""  # the address where who receives it takes consent back
    files: Sequence[File] = ()


class Refused(Exception):  # noqa: N818 - named for what happened
    """The server refuses the recipient or the message for good; its words are the text."""


class NotReached(Exception):  # noqa: N818 - named for what happened
    """The mail could not be handed over this time; a later try may succeed."""


def send(letter: Letter, server: SmtpServer) -> None:
    """Hand a mail over; coming back means that the server took it for every recipient.

    Raises: Refused, NotReached.
    """
    backend = EmailBackend(
        host=server.host,
        port=server.port,
        username=server.username,
        password=server.password,
        use_tls=server.security == "starttls",
        use_ssl=server.security == "tls",
        timeout=server.timeout_seconds,
        fail_silently=False,
    )
    try:
        backend.send_messages([_message(letter, server)])
    except (smtplib.SMTPException, OSError) as error:
        raise _understood(error, server) from error


def _understood(  # noqa: PLR0911 -- one answer per kind of failure
    error: smtplib.SMTPException | OSError, server: SmtpServer
) -> Refused | NotReached:
    """Tell a refusal for good from a failure of the moment, in words."""
    match error:
        case smtplib.SMTPRecipientsRefused():
            return _judged(*next(iter(error.recipients.values())), recipients=error.recipients)
        case smtplib.SMTPAuthenticationError():
            return NotReached(f"The mail server refuses the user name or password: {_words(error.smtp_error)}")
        case smtplib.SMTPSenderRefused():
            # It refuses us, not the reader: an address to correct in the settings, then the mail may leave.
            return NotReached(f"The mail server refuses the sender {error.sender}: {_words(error.smtp_error)}")
        case smtplib.SMTPDataError():
            return _judged(error.smtp_code, error.smtp_error)
        case smtplib.SMTPException():
            late = isinstance(error.__context__, TimeoutError)
            return NotReached(_late(server) if late else f"The mail server broke off: {error}")
        case SSLError():
            return NotReached(f"No safe connection to the mail server: {error.reason or error}")
        case TimeoutError():
            return NotReached(_late(server))
    return NotReached(f"The mail server {server.host} cannot be reached: {error.strerror or error}")


def _late(server: SmtpServer) -> str:
    return f"The mail server {server.host} did not answer in time."


def _judged(
    code: int, words: bytes | str, recipients: dict[str, tuple[int, bytes]] | None = None
) -> Refused | NotReached:
    said = f"{code} {_words(words)}"
    if recipients and len(recipients) > 1:
        said = "; ".join(f"{address}: {each} {_words(text)}" for address, (each, text) in recipients.items())
    return Refused(said) if code >= PERMANENT else NotReached(said)


def _words(words: bytes | str) -> str:
    text = words.decode("utf-8", "replace") if isinstance(words, bytes) else words
    return " ".join(text.split())


def _message(letter: Letter, server: SmtpServer) -> EmailMultiAlternatives:
    headers = {"Message-ID": letter.message_id, "Date": format_datetime(letter.written_at)}
    if letter.language:
        headers["Content-Language"] = letter.language
    if letter.unsubscribe:
        headers["List-Unsubscribe"] = f"<{letter.unsubscribe}>"
        if letter.unsubscribe.startswith("https:"):  # mail programs press the button over https only (RFC 8058)
            headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    if letter.in_reply_to:
        headers["In-Reply-To"] = f"<{letter.in_reply_to}>"
        headers["References"] = " ".join(f"<{each}>" for each in letter.references)
    if not letter.author_name:
        # Machines that are away on holiday shall not answer an invoice.
        headers["Auto-Submitted"] = "auto-generated"
    names = [name for name in (letter.author_name, server.from_name) if name]
    message = EmailMultiAlternatives(
        subject=letter.subject,
        body=letter.text,
        from_email=formataddr((", ".join(names), server.from_address)) if names else server.from_address,
        to=[letter.to_address],
        cc=list(letter.cc_addresses),
        reply_to=[letter.reply_to] if letter.reply_to else None,
        headers=headers,
    )
    if letter.html:
        message.attach_alternative(letter.html, "text/html")
    for file in letter.files:
        message.attach(file.name, file.content, file.mime)
    return message
