"""What has to be known to put a letter into its conversation."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from django.db.models import Q

from conto.apps.accounts import queries as accounts
from conto.apps.correspondence.models import Letter, Mailbox, Thread
from conto.apps.crm import queries as crm
from conto.apps.messaging import queries as messaging
from conto.apps.messaging.models import Mail
from conto.apps.messaging.queries import TO_MEMBERS
from conto.domain.letters import SUBJECT_LASTS, Alike

MOST_ALIKE = 50


def own_addresses() -> frozenset[str]:
    """Return the addresses of this business: mailboxes, the sender of mails, legal entities, members."""
    server = messaging.mail_server()
    found = {
        *Mailbox.objects.filter(removed_at=None).values_list("address", flat=True),
        *accounts.members().filter(is_active=True).values_list("email", flat=True),
        *accounts.legal_entities().values_list("email", flat=True),
        server.from_address if server else "",
    }
    return frozenset(address.lower() for address in found if address)


def thread_of_token(tokens: Collection[str]) -> Thread | None:
    """Return the conversation to whose address a letter was sent; that it was merged into, if it was."""
    found = Thread.objects.select_related("merged_into").filter(token__in=tokens).first() if tokens else None
    return found.merged_into or found if found else None


def referred_threads(message_id: str, references: Sequence[str]) -> list[Thread]:
    """Return the conversations of letters that one names, that name it or the same; the nearest first."""
    named = list(references)
    wanted = [*named, message_id] if message_id else named
    if not wanted:
        return []
    rows = Letter.objects.filter(Q(message_id__in=named) | Q(reference_ids__overlap=wanted)).select_related("thread")
    near = {name: len(named) - n for n, name in enumerate(named)}
    found = sorted(rows[:500], key=lambda row: (near.get(row.message_id, len(named) + 1), row.thread.started_at))
    return list({row.thread_id: row.thread for row in found}.values())


def mail_answered(references: Sequence[str]) -> Mail | None:
    """Return the mail of ours that a letter answers and that is in no conversation yet, the nearest one."""
    if not references:
        return None
    named = [f"<{reference}>" for reference in references]
    rows = Mail.objects.filter(message_id__in=named, customer__isnull=False).exclude(purpose__in=TO_MEMBERS)
    return max(rows, key=lambda mail: named.index(mail.message_id), default=None)


def alike_threads(subject_key: str, people: Collection[str], at: datetime) -> list[Alike]:
    """Return the conversations with a subject and one of some people, from around a moment."""
    if not subject_key or not people:
        return []
    rows = Thread.objects.filter(
        subject_key=subject_key,
        people__overlap=list(people),
        merged_into=None,
        last_at__gte=at - SUBJECT_LASTS,
        last_at__lte=at + SUBJECT_LASTS,
    ).order_by("-last_at")[:MOST_ALIKE]
    return [Alike(row.id, frozenset(row.people), row.last_at) for row in rows]


def the_customer(addresses: Sequence[str], known: dict[str, list[crm.AtAddress]]) -> crm.AtAddress | None:
    """Return the customer of the first address that is of exactly one; archived ones only count alone."""
    for address in addresses:
        found = known.get(address, [])
        found = [each for each in found if not each.is_archived] or found
        if len({each.customer_id for each in found}) == 1:
            return min(found, key=lambda each: each.contact_id is None)
    return None


def letter_of_identity(identity: bytes, message_id: str) -> Letter | None:
    """Return a letter that is in the book already: the same message, or one of our own that came back as a copy."""
    of_ours = Q(message_id=message_id, mail__isnull=False) if message_id else Q(pk=None)
    return Letter.objects.filter(Q(identity=identity) | of_ours).order_by("noted_at").first()


def member_id_of(address: str) -> UUID | None:
    """Return the member who has an address."""
    member = accounts.member_by_email(address) if address else None
    return member.id if member else None
