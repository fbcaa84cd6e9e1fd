"""Write mails and note what became of them."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from procrastinate.contrib.django import app as queue

from conto.apps.audit import actions as audit
from conto.apps.crm.models import Customer, Tag
from conto.apps.messaging import queries
from conto.apps.messaging.models import InvoiceWords, Mail, MailAttachment, MailServer
from conto.apps.messaging.queries import SEALED_PLACE, MailFile
from conto.apps.messaging.sealed import MAIL_SERVER_ROW, PASSWORD_COLUMN, SEALED_COLUMN
from conto.apps.vault.sealing import seal
from conto.domain import facts
from conto.domain.contact import check_email, fold
from conto.domain.errors import Conflict, RuleBroken
from conto.domain.facts import Actor, changes_between
from conto.domain.ids import new_id
from conto.domain.invoice_words import Occasion, check_words

SENDING_TASK = "send_due_mails"
CLAIM = timedelta(minutes=5)  # a sender that says nothing for this long was cut off
PAUSES = [timedelta(minutes=m) for m in (1, 5, 15, 60, 180, 360, 720, 1440)]
SECURITIES = ("starttls", "tls", "none")
MOST_WORDS = 500


@transaction.atomic
def write_mail(  # noqa: PLR0913 -- a mail has these parts
    *,
    customer: Customer | None,
    purpose: str,
    subject_id: UUID | None,
    to_address: str,
    subject: str,
    text: str,
    language: str,
    actor: Actor,  # noqa: ARG001 -- every write says who; the fact of it is the cause's own
    at: datetime,
    html: str = "",
    attachments: Sequence[MailFile] = (),
    cc_addresses: Sequence[str] = (),
    secret: str = "",
) -> Mail:
    """Put a mail into the outbox; it leaves after the commit, as soon as there is a mail server.

    A `secret`, such as a link that lets its bearer in, stands in the text as {secret} and is sealed beside it: only the
    mail that leaves has it, nobody reads it in the outbox, and it is forgotten with the last try.

    Raises: RuleBroken for an address that is none.
    """
    address = check_email(to_address)
    mail_id = new_id()
    mail = Mail.objects.create(
        id=mail_id,
        customer=customer,
        purpose=purpose,
        subject_id=subject_id,
        to_address=address,
        cc_addresses=[check_email(each) for each in cc_addresses],
        subject=_one_line(subject),
        text=text,
        html=html,
        language=language,
        next_attempt_at=at,
        message_id=_message_id(mail_id),
        secret_sealed=seal(secret, column=SEALED_COLUMN, row_id=mail_id) if secret else "",
        written_at=at,
    )
    for each in attachments:
        MailAttachment.objects.create(
            id=new_id(),
            mail=mail,
            name=_one_line(each.name),
            mime=each.mime,
            content=each.content,
            rendering_id=each.rendering_id,
        )
    _wake_the_sender()
    return mail


@transaction.atomic
def claim_due_mails(*, at: datetime, limit: int = 1) -> list[Mail]:
    """Take mails whose time has come, so that no other sender takes them too; none without a mail server.

    A claim runs out after five minutes: a sender that was killed half-way is followed by another one, and the mail
    keeps its Message-ID, by which a receiver knows a second copy.
    """
    if queries.mail_server() is None:
        return []
    mails = list(queries.due_mails(at).select_for_update(skip_locked=True, of=("self",))[:limit])
    for mail in mails:
        mail.state, mail.attempts, mail.next_attempt_at = "sending", mail.attempts + 1, at + CLAIM
        mail.save(update_fields=["state", "attempts", "next_attempt_at"])
    return mails


@transaction.atomic
def mark_sent(*, mail_id: UUID, attempt: int, at: datetime) -> Mail:
    """Note that the mail server took a mail."""
    mail = _locked(mail_id, attempt)
    if mail.state == "sending":
        mail.state, mail.sent_at, mail.next_attempt_at, mail.error, mail.secret_sealed = "sent", at, None, "", ""
        mail.save(update_fields=["state", "sent_at", "next_attempt_at", "error", "secret_sealed"])
        fact = facts.MailDelivered(
            subject_id=mail.subject_id or mail.id, customer_id=mail.customer_id, recipient=mail.to_address
        )
        audit.record(fact, actor=facts.SYSTEM, at=at)
    return mail


@transaction.atomic
def mark_sent_by_hand(*, mail_id: UUID, actor: Actor, at: datetime) -> Mail:
    """Note that a waiting mail has left by another way, such as somebody's own mail program.

    Raises: Conflict for one that does not wait.
    """
    mail = Mail.objects.select_for_update().get(id=mail_id)
    if mail.state != "waiting":
        raise Conflict("mail.not_waiting", "This mail does not wait any more.")
    mail.state, mail.sent_at, mail.next_attempt_at, mail.error, mail.secret_sealed = "sent", at, None, "", ""
    mail.save(update_fields=["state", "sent_at", "next_attempt_at", "error", "secret_sealed"])
    fact = facts.MailDelivered(
        subject_id=mail.subject_id or mail.id, customer_id=mail.customer_id, recipient=mail.to_address
    )
    audit.record(fact, actor=actor, at=at)
    return mail


@transaction.atomic
def mark_delivered(*, mail_id: UUID) -> Mail:
    """Note that a mail that was sent has reached its reader's mailbox."""
    mail = Mail.objects.select_for_update().get(id=mail_id)
    if mail.state == "sent":
        mail.state = "delivered"
        mail.save(update_fields=["state"])
    return mail


@transaction.atomic
def mark_bounced(*, mail_id: UUID, reason: str, at: datetime) -> Mail:
    """Note that a mail cannot reach its reader, with the server's words."""
    mail = Mail.objects.select_for_update().get(id=mail_id)
    if mail.state != "bounced":
        mail.state, mail.error, mail.next_attempt_at, mail.secret_sealed = "bounced", reason[:2000], None, ""
        mail.save(update_fields=["state", "error", "next_attempt_at", "secret_sealed"])
        fact = facts.MailBounced(
            subject_id=mail.subject_id or mail.id,
            customer_id=mail.customer_id,
            recipient=mail.to_address,
            reason=mail.error,
        )
        audit.record(fact, actor=facts.SYSTEM, at=at)
    return mail


@transaction.atomic
def mark_failed(*, mail_id: UUID, attempt: int, reason: str, at: datetime) -> Mail:
    """Note that a try failed; the mail waits for the next one, or has failed after the last."""
    mail = _locked(mail_id, attempt)
    if mail.state != "sending":
        return mail
    mail.error = reason[:2000]
    if mail.attempts > len(PAUSES):
        mail.state, mail.next_attempt_at, mail.secret_sealed = "failed", None, ""
    else:
        mail.state, mail.next_attempt_at = "waiting", at + PAUSES[mail.attempts - 1]
    mail.save(update_fields=["state", "next_attempt_at", "error", "secret_sealed"])
    if mail.state == "failed":
        fact = facts.MailBounced(
            subject_id=mail.subject_id or mail.id,
            customer_id=mail.customer_id,
            recipient=mail.to_address,
            reason=mail.error[:300],
        )
        audit.record(fact, actor=facts.SYSTEM, at=at)
    return mail


@transaction.atomic
def send_again(*, mail_id: UUID, to_address: str, actor: Actor, at: datetime) -> Mail:
    """Send a mail again, to a corrected address or the same; one that was sent already leaves as a new mail.

    Raises: Conflict while it is being sent, and for one with a secret, which goes to one address and once.
    """
    mail = Mail.objects.select_for_update(of=("self",)).select_related("customer").get(id=mail_id)
    if SEALED_PLACE in mail.text:
        raise Conflict("mail.had_secret", "This mail carries a link for one person. Make a new link instead.")
    if mail.state == "sending" and mail.next_attempt_at and mail.next_attempt_at > at:
        raise Conflict("mail.being_sent", "This mail is being sent right now.")
    if mail.state in {"sent", "delivered"}:
        return write_mail(
            customer=mail.customer,
            purpose=mail.purpose,
            subject_id=mail.subject_id,
            to_address=to_address,
            cc_addresses=mail.cc_addresses,
            subject=mail.subject,
            text=mail.text,
            html=mail.html,
            language=mail.language,
            attachments=queries.mail_files(mail.id),
            actor=actor,
            at=at,
        )
    before = {"to_address": mail.to_address}
    mail.to_address = check_email(to_address)
    mail.state, mail.attempts, mail.next_attempt_at, mail.error = "waiting", 0, at, ""
    mail.save(update_fields=["to_address", "state", "attempts", "next_attempt_at", "error"])
    changes = facts.changes_between(before, {"to_address": mail.to_address})
    if changes:
        fact = facts.SettingsChanged(subject_id=mail.id, customer_id=mail.customer_id, area="mail", changes=changes)
        audit.record(fact, actor=actor, at=at)
    _wake_the_sender()
    return mail


@transaction.atomic
def set_mail_server(  # noqa: PLR0913 -- a mail server has these parts
    *,
    host: str,
    port: int,
    security: str,
    username: str,
    password: str | None,
    from_address: str,
    from_name: str,
    actor: Actor,
    at: datetime,
) -> MailServer:
    """Say how mail leaves; the password is sealed, and None keeps the one that is there. Waiting mails leave now.

    Raises: RuleBroken for details that cannot be right.
    """
    if security not in SECURITIES:
        raise RuleBroken("mail_server.unknown_security", "%(security)s is no way to encrypt.", security=security)
    if not host.strip() or not 1 <= port <= 65535:
        raise RuleBroken("mail_server.no_host", "A mail server needs a name and a port.")
    row = MailServer.objects.select_for_update().first() or MailServer(id=1)
    before = {name: getattr(row, name) for name in _SERVER_FIELDS}
    row.host, row.port, row.security, row.username = host.strip(), port, security, username.strip()
    row.from_address, row.from_name = check_email(from_address), _one_line(from_name)
    changes = facts.changes_between(before, {name: getattr(row, name) for name in _SERVER_FIELDS})
    if password is not None:
        row.password_sealed = seal(password, column=PASSWORD_COLUMN, row_id=MAIL_SERVER_ROW) if password else ""
        changes["password"] = [None, "changed"]
    row.verified_at, row.changed_at = None, at
    row.save()
    queries.due_mails(at + PAUSES[-1]).filter(state="waiting").update(next_attempt_at=at)
    audit.record(
        facts.SettingsChanged(subject_id=MAIL_SERVER_ROW, area="mail_server", changes=changes), actor=actor, at=at
    )
    _wake_the_sender()
    return row


@transaction.atomic
def note_mail_server_works(*, at: datetime) -> None:
    """Note that a test mail was taken by the mail server."""
    MailServer.objects.filter(id=1).update(verified_at=at)


@transaction.atomic
def remove_mail_server(*, actor: Actor, at: datetime) -> None:
    """Forget the mail server; mails wait in the outbox again."""
    MailServer.objects.filter(id=1).delete()
    change = {"host": ["", None]}
    audit.record(
        facts.SettingsChanged(subject_id=MAIL_SERVER_ROW, area="mail_server", changes=change), actor=actor, at=at
    )


_SERVER_FIELDS = ("host", "port", "security", "username", "from_address", "from_name")


def _locked(mail_id: UUID, attempt: int) -> Mail:
    """Return the mail under lock; one that another sender has taken over since keeps that sender's state."""
    mail = Mail.objects.select_for_update().get(id=mail_id)
    if mail.attempts != attempt:
        raise Conflict("mail.taken_over", "Another sender has taken this mail over.")
    return mail


def _message_id(mail_id: UUID) -> str:
    server = queries.mail_server()
    domain = server.from_address.rpartition("@")[2] if server else "conto.localhost"
    return f"<{mail_id.hex}@{domain}>"


def _one_line(text: str) -> str:
    """Return a text without line breaks, which would start a new header."""
    return " ".join(text.split())


def _wake_the_sender() -> None:
    """Put a job into the queue in this transaction: the worker hears of it at the commit."""
    queue.configure_task(SENDING_TASK).defer()


@transaction.atomic
def save_invoice_words(  # noqa: PLR0913 -- words have these parts
    *,
    row: InvoiceWords | None,
    kind: str,
    language: str,
    customer: Customer | None,
    tag: str,
    occasion: str,
    subject: str,
    text: str,
    actor: Actor,
    at: datetime,
) -> InvoiceWords:
    """Add words that invoices are sent with, or change them.

    Raises: RuleBroken as `check_words`, `invoice_words.taken`, `invoice_words.for_one_or_many`,
        `invoice_words.unknown_tag`, `invoice_words.unknown_occasion`.
    Source: IW-1, IW-3.
    """
    kept = InvoiceWords.objects.select_for_update().get(id=row.id) if row else InvoiceWords(id=new_id())
    before = _words_as_told(kept) if row else {}
    kept.kind, kept.language, kept.customer = kind, language, customer
    kept.tag = _tag_named(tag)
    if customer is not None and kept.tag is not None:
        raise RuleBroken("invoice_words.for_one_or_many", "Words are for one customer or for a tag, not for both.")
    if occasion not in ("", *Occasion):
        raise RuleBroken("invoice_words.unknown_occasion", "There is no such occasion.")
    kept.occasion, kept.subject = occasion, " ".join(subject.split())
    kept.text = text.replace("\r\n", "\n").strip()
    check_words(kind=kind, subject=kept.subject, text=kept.text)
    others = InvoiceWords.objects.exclude(id=kept.id)
    same = {"kind": kind, "language": language, "customer": customer, "tag": kept.tag, "occasion": occasion}
    if others.filter(**same).exists():
        raise RuleBroken("invoice_words.taken", "There are words for this already. Change those.")
    if others.count() >= MOST_WORDS:
        raise RuleBroken("invoice_words.too_many", "At most %(most)s.", most=MOST_WORDS)
    changes = changes_between(before, _words_as_told(kept))
    if not changes:
        return kept
    kept.changed_at = at
    kept.save()
    changed = facts.InvoiceWordsChanged(
        subject_id=kept.id, customer_id=kept.customer_id, whom=_whom(kept), occasion=kept.occasion,
        language=kept.language, changes=changes,
    )  # fmt: skip
    audit.record(changed, actor=actor, at=at)
    return kept


@transaction.atomic
def remove_invoice_words(*, row: InvoiceWords, actor: Actor, at: datetime) -> None:
    """Take words away; invoices are sent with what fits next.

    Raises: Conflict when somebody else was faster.
    Source: IW-1.
    """
    kept = InvoiceWords.objects.select_for_update().filter(id=row.id).first()
    if kept is None:
        raise Conflict("invoice_words.gone", "These words are not there any more.")
    removed = facts.InvoiceWordsRemoved(
        subject_id=kept.id, customer_id=kept.customer_id, whom=_whom(kept), occasion=kept.occasion,
        language=kept.language,
    )  # fmt: skip
    kept.delete()
    audit.record(removed, actor=actor, at=at)


def _tag_named(name: str) -> Tag | None:
    if not name.strip():
        return None
    tag = Tag.objects.filter(folded=fold(name)[:50]).first()
    if tag is None:
        raise RuleBroken("invoice_words.unknown_tag", "No customer has the tag “%(name)s”.", name=name.strip()[:50])
    return tag


def _whom(row: InvoiceWords) -> str:
    return row.customer.name if row.customer else row.tag.name if row.tag else ""


def _words_as_told(row: InvoiceWords) -> dict[str, str]:
    return {
        "kind": row.kind, "language": row.language, "whom": _whom(row), "occasion": row.occasion,
        "subject": row.subject, "text": row.text,
    }  # fmt: skip
