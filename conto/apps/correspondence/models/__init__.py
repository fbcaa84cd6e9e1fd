"""Tables of correspondence, one file per thing."""

from conto.apps.correspondence.models.letters import DIRECTIONS, Letter, LetterFile, LetterSight, LetterTemplate, Thread
from conto.apps.correspondence.models.mailboxes import LEDGER_STATES, LetterLedger, Mailbox, MailboxFolder

__all__ = [
    "DIRECTIONS",
    "LEDGER_STATES",
    "Letter",
    "LetterFile",
    "LetterLedger",
    "LetterSight",
    "LetterTemplate",
    "Mailbox",
    "MailboxFolder",
    "Thread",
]
