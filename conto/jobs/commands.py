"""What the command line starts: each reads the clock once and tells one story."""

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.utils import timezone

from conto.apps.accounts import actions as members
from conto.apps.accounts import queries as accounts
from conto.apps.accounts.queries import SellerDetails
from conto.apps.bulk.invariants import Verdict
from conto.apps.invoicing import actions as invoicing
from conto.apps.invoicing import queries as documents
from conto.apps.subscriptions import actions as subscriptions
from conto.domain.checkup import Remark
from conto.domain.errors import RuleBroken
from conto.domain.facts import SYSTEM, Actor, Origin
from conto.domain.money import minor_digits, to_major
from conto.domain.orders import read_orders
from conto.domain.permissions import Role
from conto.flows import billing_run, checkup, mend_book, verify_book
from conto.flows import check_seals as seals
from conto.flows import import_orders as orders_story
from conto.flows.set_up_book import Beginning, Numbers, set_up_book
from conto.jobs.clock import book_now

Say = Callable[[str], None]
IMPORT = Actor(None, "import", "Import of orders", Origin("import", agent="orders"))
_FINDINGS_SHOWN = 20


def after_migrate() -> None:
    """Write what this version keeps of records that are older than it."""
    subscriptions.write_missing_movements(at=book_now())


def set_up(
    *,
    name: str,
    country: str,
    currency: str,
    zone: str,
    owner: tuple[str, str] | None = None,
    language: str = "en",
    preset: str = "",
) -> None:
    """Set an empty book up without the wizard: the business, with mail address and password its owner, and a preset.

    Raises: RuleBroken, with nothing kept.
    """
    now = timezone.now()
    seller = SellerDetails(
        name=name,
        country=country,
        currency=currency,
        zone=zone,
        language=language,
        is_tax_registered=country != "US",
    )
    beginning = Beginning(preset) if preset else None
    set_up_book(seller=seller, bank_account=None, numbers=Numbers(), actor=SYSTEM, at=now, beginning=beginning)
    if owner:
        members.add_member(
            email=owner[0], name=owner[0].partition("@")[0], role=Role.OWNER, password=owner[1], actor=SYSTEM, at=now
        )


def import_orders(file: Path, *, say: Say, source: str = "orders", series_prefix: str = "") -> dict[str, Any]:
    """Import the order list of an online shop for the book's default seller.

    Raises: RuleBroken when the book is not set up, or a line cannot be read; then nothing is imported.
    """
    at = book_now()
    entity = accounts.legal_entities().first()
    if entity is None:
        raise RuleBroken("import.no_business", "This book has no business yet: finish its set-up in the browser first.")
    with file.open(encoding="utf-8-sig") as lines:
        try:
            read = read_orders(lines, entity.currency)
        except UnicodeDecodeError as error:
            raise RuleBroken("import.not_text", "Nothing was imported. The file is no text in UTF-8.") from error
    if read.findings:
        shown = "\n".join(finding.text for finding in read.findings[:_FINDINGS_SHOWN])
        raise RuleBroken(
            "import.bad_lines", "Nothing was imported. %(lines)s", lines=f"These lines cannot be read:\n{shown}"
        )
    series = documents.default_series(entity, "invoice")
    if series_prefix:
        named = documents.series_of(entity).filter(prefix=series_prefix).first()
        series = named or invoicing.save_series(
            legal_entity=entity, kind="invoice", prefix=series_prefix, is_default=False, actor=IMPORT, at=at
        )
    if series is None:
        raise RuleBroken("import.no_series", "There is no number series for invoices.")
    orders_story.check_dates(
        read.orders, source=source, last_issued_on=documents.last_issued_on(series), legal_entity=entity
    )
    done = orders_story.import_orders(
        read.orders, legal_entity=entity, series=series, source=source, actor=IMPORT, at=at, say=say
    )
    digits = minor_digits(done.currency)
    return {
        "orders": len(read.orders),
        "customers": done.customers,
        "invoices": done.invoices,
        "payments": done.payments,
        "already there": done.already_there,
        "total": f"{to_major(done.total_minor, done.currency):.{digits}f} {done.currency}",
    }


def verify(*, say: Say) -> dict[str, Any]:
    """Check every invariant of the book, saying each with its count as it is checked."""

    def line(verdict: Verdict) -> None:
        mark = "ok  " if not verdict.violated else "FAIL"
        say(f"{mark} {verdict.id}  {verdict.words}: {verdict.checked:,} checked, {verdict.violated:,} violated")
        for breach in verdict.shown:
            say(f"          {breach}")

        if verdict.violated:
            say(f"          {mend_book.advice(verdict.id)}")

    verdicts = verify_book.verify(line)
    return {
        "checks": [asdict(verdict) for verdict in verdicts],
        "violated": sum(verdict.violated for verdict in verdicts),
    }


def look_around() -> list[Remark]:
    """Look at the safety of the book."""
    return checkup.look_around(now=timezone.now(), at=book_now())


def mend(rule: str) -> str:
    """Make anew what a rule is about, and say how much was wrong.

    Raises: RuleBroken where nothing can be made anew.
    """
    rows = mend_book.mend(rule, actor=SYSTEM, now=timezone.now(), at=book_now())
    return f"{rule}: {rows:,} made anew."


def check_seals(anchor: Path | None = None) -> dict[str, Any]:
    """Check the chain of seals against the seals kept outside.

    Raises: RuleBroken when a file of seals cannot be read.
    """
    verdict = seals.check(anchor)
    head = seals.last_seal()
    return {
        "seals": verdict.seals,
        "facts": verdict.facts,
        "head": head.seal if head else None,
        "breaches": list(verdict.breaches),
    }


def bill(*, is_dry: bool, say: Say) -> dict[str, Any]:
    """Bill what is due by the clock of the book, or tell what that would come to."""
    at = book_now()
    total = billing_run.dry_run(at=at) if is_dry else billing_run.run_and_tell(actor=SYSTEM, at=at, say=say)
    return {
        "settled": total.settled,
        "documents": total.documents,
        "totals": [f"{to_major(minor, code)} {code}" for code, minor in sorted(total.totals_minor.items())],
        "aside": [f"{number}: {refusal}" for number, refusal in total.aside],
    }


def keep_seal() -> dict[str, Any]:
    """Keep the last seal outside now."""
    head = seals.keep_outside(at=book_now())
    return {"number": head.number if head else 0, "seal": head.seal if head else "", "file": str(seals.anchor_file())}
