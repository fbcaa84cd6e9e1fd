"""Reads of mails and of the mail server."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Count, F, Q, QuerySet

from conto.apps.accounts.models import Member
from conto.apps.crm import queries as crm
from conto.apps.crm.models import Tag
from conto.apps.messaging.models import InvoiceWords, Mail, MailAttachment, MailServer
from conto.apps.messaging.sealed import MAIL_SERVER_ROW, PASSWORD_COLUMN, SEALED_COLUMN
from conto.apps.vault.sealing import unseal
from conto.domain.invoice_words import Occasion, Words
from conto.domain.permissions import Permission

SEALED_PLACE = "{secret}"
# What is written to members: it tells of their log-ins, of bank details changed, of who raised whose role.
TO_MEMBERS = frozenset({"alert", "invitation", "lead", "mention", "password", "security"})


@dataclass(frozen=True, slots=True)
class MailServerDetails:
    """How mail leaves, with the password in the clear: for the gateway only, never for a page."""

    host: str
    port: int
    security: str
    username: str
    password: str
    from_address: str
    from_name: str


@dataclass(frozen=True, slots=True)
class MailFile:
    """A file that goes out with a mail: its own bytes, or the id of a stored rendering."""

    name: str
    mime: str
    content: bytes | None = None
    rendering_id: UUID | None = None


def mail_server() -> MailServer | None:
    """Return how mail leaves, or nothing while mails wait in the outbox."""
    return MailServer.objects.first()


def mail_server_details() -> MailServerDetails | None:
    """Return how mail leaves with the password unsealed."""
    row = mail_server()
    if row is None:
        return None
    secret = row.password_sealed
    return MailServerDetails(
        host=row.host,
        port=row.port,
        security=row.security,
        username=row.username,
        password=unseal(secret, column=PASSWORD_COLUMN, row_id=MAIL_SERVER_ROW) if secret else "",
        from_address=row.from_address,
        from_name=row.from_name,
    )


def visible_to(member: Member) -> QuerySet[Mail]:
    """Return the mails that a member may see: those to members only with the record of who did what."""
    if not member.may(Permission.INVOICE_VIEW):
        return Mail.objects.none()
    if member.may(Permission.AUDIT_VIEW):
        return Mail.objects.all()
    return Mail.objects.filter(crm.sight_of(member)).exclude(purpose__in=TO_MEMBERS)


def mails(state: str = "", *, of: QuerySet[Mail] | None = None) -> QuerySet[Mail]:
    """Return mails, the latest first, each with its customer; `waiting` counts those on their way in."""
    found = (Mail.objects.all() if of is None else of).select_related("customer").order_by("-written_at", "-id")
    if state == "waiting":
        return found.filter(state__in=["waiting", "sending"])
    if state == "sent":
        return found.filter(state__in=["sent", "delivered"])
    return found.filter(state=state) if state else found


def mail_for(member: Member, mail_id: UUID) -> Mail | None:
    """Return one mail with its customer, or nothing when it is not visible."""
    return visible_to(member).select_related("customer").filter(id=mail_id).first()


def text_to_send(mail: Mail) -> str:
    """Return the text of a mail with its secret in place: for the gateway only, never for a page."""
    if not mail.secret_sealed:
        return mail.text
    return mail.text.replace(SEALED_PLACE, unseal(mail.secret_sealed, column=SEALED_COLUMN, row_id=mail.id))


def mail_files(mail_id: UUID) -> list[MailFile]:
    """Return the files of a mail, by name."""
    rows = MailAttachment.objects.filter(mail_id=mail_id).order_by("name", "id")
    return [
        MailFile(row.name, row.mime, bytes(row.content) if row.content is not None else None, row.rendering_id)
        for row in rows
    ]


def mail_file_names(mail_id: UUID) -> list[str]:
    """Return the names of a mail's files without reading them."""
    return list(MailAttachment.objects.filter(mail_id=mail_id).order_by("name").values_list("name", flat=True))


def mails_about(subject_id: UUID) -> QuerySet[Mail]:
    """Return the mails about a document or payment, the latest first."""
    return Mail.objects.filter(subject_id=subject_id).order_by("-written_at", "-id")


def subjects_mailed(subject_ids: Collection[UUID]) -> set[UUID]:
    """Return about which of some documents a mail was written, for who writes them."""
    rows = Mail.objects.filter(subject_id__in=subject_ids, purpose="document").order_by()
    return {subject_id for subject_id in rows.values_list("subject_id", flat=True) if subject_id}


def mail_states(member: Member, subject_ids: Collection[UUID]) -> dict[UUID, str]:
    """Return the state of the latest mail about each document, of what a member sees."""
    rows = Mail.objects.filter(crm.sight_of(member), subject_id__in=subject_ids, purpose="document")
    pairs = rows.order_by("written_at", "id").values_list("subject_id", "state")
    return {subject_id: state for subject_id, state in pairs if subject_id}


def mail_counts(of: QuerySet[Mail] | None = None) -> dict[str, int]:
    """Return how many mails wait, bounced and failed."""
    rows = (
        (Mail.objects.all() if of is None else of)
        .filter(state__in=["waiting", "sending", "bounced", "failed"])
        .values("state")
        .annotate(count=Count("id"))
    )
    counts = {row["state"]: int(row["count"]) for row in rows}
    return {
        "waiting": counts.get("waiting", 0) + counts.get("sending", 0),
        "bounced": counts.get("bounced", 0),
        "failed": counts.get("failed", 0),
    }


def due_mails(at: datetime) -> QuerySet[Mail]:
    """Return the mails whose time has come: waiting ones, and those whose sender was cut off."""
    return Mail.objects.filter(state__in=["waiting", "sending"], next_attempt_at__lte=at).order_by(
        "next_attempt_at", "id"
    )


def invoice_words_page(member: Member) -> list[InvoiceWords]:
    """Return the words that invoices are sent with; those for customers whom the member does not see are missing.

    Source: IW-1.
    """
    return list(_words_seen(member))


def invoice_words_for(member: Member, words_id: UUID) -> InvoiceWords | None:
    """Return words by id, unless they are for a customer whom the member does not see."""
    return _words_seen(member).filter(id=words_id).first()


def _words_seen(member: Member) -> QuerySet[InvoiceWords]:
    seen = Q(customer=None) | Q(customer__in=crm.customers(member))
    rows = InvoiceWords.objects.filter(seen).select_related("customer", "tag")
    return rows.order_by(F("customer__name").asc(nulls_first=True), F("tag__folded").asc(nulls_first=True), "kind",
        "occasion", "language", "id")  # fmt: skip


def words_that_may_fit(*, kind: str, language: str, customer_id: UUID) -> tuple[list[Words], set[str]]:
    """Return the words for a customer, for its tags and for all, and those tags, with one query or two.

    Source: IW-1.
    """
    rows = InvoiceWords.objects.filter(kind=kind, language=language).filter(Q(customer=None) | Q(customer=customer_id))
    found = [
        Words(
            row.id, row.kind, row.language, row.customer_id, row.tag.folded if row.tag else "",
            Occasion(row.occasion) if row.occasion else None, row.subject, row.text,
        )
        for row in rows.select_related("tag")
    ]  # fmt: skip
    if not any(words.tag for words in found):
        return found, set()
    return found, set(Tag.objects.filter(customers=customer_id).values_list("folded", flat=True))
