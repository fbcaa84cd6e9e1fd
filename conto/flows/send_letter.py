"""Send a letter: a mail that a member writes to a customer, in its conversation, by the outbox of all mails."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction

from conto.apps.accounts import queries as accounts
from conto.apps.correspondence import actions as correspondence
from conto.apps.crm import queries as crm
from conto.apps.deals import actions as deals
from conto.apps.messaging import actions as messaging
from conto.apps.messaging.queries import MailFile
from conto.domain.errors import RuleBroken
from conto.domain.facts import Actor
from conto.domain.letters import ReadFile, check_sizes, filled, type_of_file
from conto.flows.deliver_mail import LETTER

if TYPE_CHECKING:
    from conto.apps.correspondence.models import Letter, LetterTemplate, Thread
    from conto.apps.crm.models import Customer
    from conto.apps.deals.models import Deal

MOST_COPIES = 20
LONGEST_TEXT = 100_000
LONGEST_NAME = 150
_LINE = re.compile(r"[\x00-\x1f\x7f/\\]+")  # what no name of a file has


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterEntry:
    """A letter as it is written."""

    to_address: str
    subject: str
    text: str
    cc_addresses: Sequence[str] = ()
    files: Sequence[tuple[str, bytes]] = ()  # name and content


@transaction.atomic
def send(
    *,
    customer: "Customer",
    entry: LetterEntry,
    actor: Actor,
    at: datetime,
    thread: "Thread | None" = None,
    deal: "Deal | None" = None,
) -> "Letter":
    """Put a letter into the outbox and into its conversation: an answer into that which it answers, else a new one.

    A letter about a deal is something that was done with it.

    Raises: RuleBroken for a letter without words, with an address that is none, or with a file that is not sent.
    Source: S-3, E-9.
    """
    subject, text = " ".join(entry.subject.split()), entry.text.strip()
    if not subject or not text:
        raise RuleBroken("letter.empty", "A letter has a subject and words.")
    if len(text) > LONGEST_TEXT:
        raise RuleBroken("entry.too_long", "At most %(most)s characters.", most=LONGEST_TEXT)
    if len(entry.cc_addresses) > MOST_COPIES:
        raise RuleBroken("letter.too_many_copies", "At most %(most)s people get a copy.", most=MOST_COPIES)
    if thread and thread.customer_id != customer.id:
        raise RuleBroken("letter.of_another", "This conversation is with somebody else.")
    files = _files(entry.files)
    deal_id = deal.id if deal else None
    home = thread or correspondence.begin_thread(subject=subject, customer=customer, deal_id=deal_id, at=at)
    mail = messaging.write_mail(
        customer=customer,
        purpose=LETTER,
        subject_id=home.id,
        to_address=entry.to_address,
        cc_addresses=entry.cc_addresses,
        subject=subject,
        text=text,
        language=customer.language,
        attachments=[MailFile(each.name, each.mime, each.content) for each in files],
        actor=actor,
        at=at,
    )
    letter = correspondence.write_letter(thread=home, mail=mail, files=files, actor=actor, at=at)
    if home.deal_id:
        deals.note_contact(deal_id=home.deal_id, at=at)
    return letter


def _files(given: Sequence[tuple[str, bytes]]) -> list[ReadFile]:
    check_sizes([len(content) for _name, content in given])
    named = [(_LINE.sub(" ", name).strip()[-LONGEST_NAME:] or "file", content) for name, content in given]
    return [ReadFile(name, type_of_file(name, content), len(content), content) for name, content in named]


def words_for(
    template: "LetterTemplate", customer: "Customer", *, contact_name: str, deal: "Deal | None", member_name: str
) -> tuple[str, str]:
    """Return the subject and text of a template, filled in for a customer."""
    seller = accounts.legal_entities().first()
    name = contact_name or (customer.name if customer.kind == "person" else "")
    values = {
        "customer": customer.name,
        "contact": name or customer.name,
        "first_name": name.split(" ")[0] if name else customer.name,
        "deal": deal.name if deal else "",
        "seller": seller.name if seller else "",
        "member": member_name,
    }
    return filled(template.subject, values), filled(template.text, values)


def recipients(customer: "Customer") -> list[tuple[str, str]]:
    """Return the addresses to which a letter to a customer can go, with the names behind them."""
    found = {each.email: each.name for each in crm.contacts_of(customer) if each.email}
    if customer.email:
        found.setdefault(customer.email, customer.name)
    return list(found.items())
