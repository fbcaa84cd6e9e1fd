"""Audit a book: check every rule and keep on record what was found."""

from datetime import datetime

from conto.apps.audit import actions as audit
from conto.apps.bulk.invariants import Verdict
from conto.domain.facts import BOOK_ITSELF, Actor, BookVerified
from conto.flows.verify_book import verify

VERIFY_TASK = "verify_book"


def audit_book(*, actor: Actor, at: datetime) -> list[Verdict]:
    """Verify the book and record how many rules hold, with the first breaches of those that do not."""
    verdicts = verify()
    broken = [verdict for verdict in verdicts if verdict.violated]
    findings = tuple(f"{each.id} {each.words}: {each.violated} ({'; '.join(each.shown)})" for each in broken)
    fact = BookVerified(subject_id=BOOK_ITSELF, rules=len(verdicts), violated=len(broken), findings=findings)
    audit.record(fact, actor=actor, at=at)
    return verdicts
