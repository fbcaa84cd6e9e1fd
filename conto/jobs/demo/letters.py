"""The letters that lie on the desk when the demo opens: written from the record, answered, and one that was guessed.

The demo has no mail server to ask, so its mailbox rests; what came by it was kept as the worker keeps it.
"""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from conto.apps.correspondence import actions, queries
from conto.apps.correspondence.actions import MailboxEntry, Spot
from conto.apps.crm import actions as people
from conto.apps.crm import queries as crm
from conto.apps.messaging import actions as messaging
from conto.domain.consent import ConsentEntry, Purpose, Way
from conto.domain.letters import Person, ReadFile, ReadLetter
from conto.domain.measuring import mark_of
from conto.flows import send_letter
from conto.flows.send_letter import LetterEntry
from conto.flows.withdraw_consent import usual_words
from conto.jobs.simulation.company import Company, Part

if TYPE_CHECKING:
    from conto.apps.correspondence.models import Letter

ADDRESS = "post@demo.example"
JANA, TOM = Person("jana@meridian.example", "Jana Okafor"), Person("tom@orcharddental.example", "Tom Whitfield")
PLAN = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
    b"2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\ntrailer<</Root 1 0 R>>\n"
)
OFFER = (
    "Guten Tag Frau Okafor,\n\nim Dezember hätten wir eine Woche frei. Passt das für die Winterkampagne?\n\n"
    "Ein paar Arbeiten: https://kestrelfinch.example/winter"
)
WANTS = "Gern! Anbei unser Plan. Können Sie bis Montag sagen, wie viele Tage Sie rechnen?\n\nBeste Grüße\nJana Okafor"
ASKS = "Hello,\n\ncan we move the call to Thursday? Mornings are better for us.\n\nTom"
WORDS = (
    (
        "de", "first", "Ihre erste Rechnung {number} von {seller}",
        ("Guten Tag {contact},\n\nschön, dass Sie bei uns sind. Anbei die Rechnung {number} über {total},\n"
         "zahlbar bis {due}. Hier sehen, besprechen und bezahlen Sie sie: {link}\n\nHerzliche Grüße\n{seller}"),
    ),
    (
        "de", "reliable", "Rechnung {number} von {seller}",
        ("Guten Tag {contact},\n\ndanke, dass wir uns auf Sie verlassen können: Jede Rechnung war pünktlich bezahlt.\n"
         "Anbei die Rechnung {number} über {total}, zahlbar bis {due}: {link}\n\nHerzliche Grüße\n{seller}"),
    ),
    (
        "en", "first", "Your first invoice {number} from {seller}",
        ("Hello {contact},\n\nit is good to have you. Attached is invoice {number} over {total},\n"
         "payable by {due}. See it, ask about it or pay it here: {link}\n\nKind regards\n{seller}"),
    ),
    (
        "en", "overdue", "Invoice {number} from {seller}, and what is still open",
        ("Hello {contact},\n\nplease find attached invoice {number} over {total}, payable by {due}. From before\n"
         "{overdue} is still open since {days_late} days. Is anything unclear? Ask or pay here: {link}\n\n"
         "Kind regards\n{seller}"),
    ),
)  # fmt: skip
LATER = "Thursday at ten, then. I will have the numbers of new patients at hand.\n\nTom"


def letters_of(ends_on: date) -> type[Part]:
    """Return the part of life that leaves letters on the desk on a day."""

    class Letters(Part):
        def __init__(self, company: Company) -> None:
            super().__init__(company)
            told = _Told(company)
            self.stories: tuple[tuple[int, str, Callable[[datetime], None]], ...] = (
                (240, "words", told.write_words),
                (13, "mailbox", told.connect),
                (13, "agreed", told.agree),
                (12, "winter", told.write_winter),
                (11, "winter read", told.read_winter),
                (11, "winter answered", told.answer_winter),
                (5, "call", told.hear_call),
                (4, "call again", told.hear_later),
            )

        def morning(self, day: date) -> None:
            for days_before, word, act in self.stories:
                if (ends_on - day).days == days_before:
                    at = self.company.moment(day, "letters", word, hours=(9, 10))
                    self.company.on(at, f"letters {word}", act)

    return Letters


class _Told:
    def __init__(self, company: Company) -> None:
        self.company = company

    def connect(self, at: datetime) -> None:
        """Set the mailbox up."""
        entry = MailboxEntry(
            name="Post", address=ADDRESS, host="imap.demo.example", username=ADDRESS, password="demo",  # noqa: S106 -- of a mailbox that is not there
            folders=("INBOX", "Archiv"), read_since=at.date(),
        )  # fmt: skip
        box = actions.add_mailbox(new=entry, actor=self.company.founder, at=at)
        actions.set_mailbox_active(mailbox_id=box.id, is_active=False, actor=self.company.founder, at=at)

    def write_words(self, at: datetime) -> None:
        """Write the words that invoices go out with, by what happened before."""
        for language, occasion, subject, text in WORDS:
            messaging.save_invoice_words(
                row=None, kind="invoice", language=language, customer=None, tag="", occasion=occasion, subject=subject,
                text=text, actor=self.company.founder, at=at,
            )  # fmt: skip

    def write_winter(self, at: datetime) -> None:
        """Write to a customer from the record."""
        customer = self.company.customer("meridian")
        if customer is not None:
            entry = LetterEntry(to_address=JANA.address, subject="Winterkampagne", text=OFFER)
            send_letter.send(customer=customer, entry=entry, actor=self.company.sales, at=at)

    def agree(self, at: datetime) -> None:
        """Note what two people said on the phone: one agrees to everything, one to news only."""
        for key, person, purposes in (("meridian", JANA, list(Purpose)), ("orchard", TOM, [Purpose.NEWS])):
            customer = self.company.customer(key)
            there = crm.contacts_of(customer).filter(email=person.address).first() if customer else None
            if there is None:
                continue
            for purpose in purposes:
                words = usual_words(purpose)
                entry = ConsentEntry(purpose=purpose, is_given=True, way=Way.BY_HAND, wording=words, language="de")
                people.note_consent(contact=there, entry=entry, actor=self.company.sales, at=at)

    def read_winter(self, at: datetime) -> None:
        """Let the customer open the letter and look at the works."""
        written = self._latest("Winterkampagne")
        if written and actions.begin_measuring(letter=written, at=written.sent_at):
            actions.note_opened(letter_id=written.id, at=at - timedelta(minutes=50))
            for link in queries.links_of_letter(written):
                actions.note_followed(letter_id=written.id, mark=mark_of(link), at=at - timedelta(minutes=49))

    def answer_winter(self, at: datetime) -> None:
        """Let the customer answer, with a file."""
        written = self._latest("Winterkampagne")
        if written:
            files = (ReadFile("Winterplan.pdf", "application/pdf", len(PLAN), PLAN),)
            quoted = "\n".join(f"> {line}" for line in OFFER.splitlines())
            self._hear(
                1, JANA, "Re: Winterkampagne", f"{WANTS}\n\n{quoted}", at, references=(written.message_id,), files=files
            )

    def hear_call(self, at: datetime) -> None:
        """Let another customer write first."""
        self._hear(2, TOM, "Our call", ASKS, at)

    def hear_later(self, at: datetime) -> None:
        """Let it answer with a program that names no earlier letter."""
        self._hear(3, TOM, "Re: Our call", LATER, at)

    def _latest(self, subject: str) -> "Letter | None":
        return queries.letters(self.company.owner).filter(subject=subject).first()

    def _hear(
        self,
        n: int,
        sender: Person,
        subject: str,
        text: str,
        at: datetime,
        *,
        references: tuple[str, ...] = (),
        files: tuple[ReadFile, ...] = (),
    ) -> None:
        box = queries.mailboxes().filter(address=ADDRESS).first()
        if box is None:
            return
        sent_at = at - timedelta(minutes=20)
        read = ReadLetter(
            message_id=f"{n}.demo@{sender.address.partition('@')[2]}", references=references, sender=sender,
            to=(Person(ADDRESS),), cc=(), delivered_to=(), subject=subject, text=text, sent_at=sent_at,
            received_at=sent_at, files=files,
        )  # fmt: skip
        actions.keep_message(spot=Spot(box, "INBOX", 1, n), read=read, at=at)
