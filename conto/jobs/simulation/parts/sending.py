"""Documents go out by mail; somebody empties the outbox while there is no mail server."""

from datetime import date, datetime, timedelta

from conto.apps.messaging import actions as messaging
from conto.apps.messaging import queries
from conto.domain.errors import RuleBroken
from conto.flows import send_document
from conto.jobs.simulation.company import Issued, Part

LIES_DAYS = 2  # a mail in the outbox, before somebody sends it by hand


class Sending(Part):
    """What leaves the house."""

    def morning(self, day: date) -> None:
        """Plan to empty the outbox, every other working day."""
        if day.weekday() in {0, 2, 4}:
            at = self.company.moment(day, "outbox", hours=(17, 17))
            self.company.on(at, "outbox", self._empty_the_outbox)

    def issued(self, document: Issued) -> None:
        """Plan to send a document some minutes after its issue."""
        if document.issued_at.date() >= self.company.papers_from:
            minutes = self.company.chance("send", document.number).randint(3, 25)
            at = document.issued_at + timedelta(minutes=minutes)
            self.company.on(at, f"send {document.number}", lambda at: self._send(document, at))

    def _send(self, document: Issued, at: datetime) -> None:
        try:
            send_document.send(self.company.document(document), actor=self.company.finance, at=at)
        except RuleBroken as refusal:
            if refusal.code != "send.no_address":
                raise

    def _empty_the_outbox(self, at: datetime) -> None:
        for mail in queries.mails("waiting").filter(written_at__lt=at - timedelta(days=LIES_DAYS), state="waiting"):
            messaging.mark_sent_by_hand(mail_id=mail.id, actor=self.company.finance, at=at)
