"""Keep the last seal outside of the book, and check the chain of seals against what was kept."""

import json
import os
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings

from conto.apps.audit import actions as audit
from conto.apps.audit import queries
from conto.apps.audit.queries import ChainVerdict, Head
from conto.domain.errors import RuleBroken
from conto.domain.facts import SYSTEM


def check(file: Path | None = None) -> ChainVerdict:
    """Compute every seal anew and compare with the seals kept outside: in `file`, else in this book's own file.

    Raises: RuleBroken `anchor.unreadable`.
    """
    if file is None:
        here = anchor_file()
        mark = queries.database_mark()
        kept = [line for line in _lines(here) if line.get("database") == mark] if here.exists() else []
    else:
        kept = list(_lines(file))
    return queries.check_chain([(int(line["number"]), str(line["seal"])) for line in kept])


def keep_outside(*, at: datetime) -> Head | None:
    """Seal what is not sealed, write the last seal to the file of this book, and write down that this was done.

    The file stands outside of the database and grows by a line a day: copy it to where nobody who can change the
    database can change it.
    """
    head = audit.seal_facts()
    if head is None:
        return None
    file = anchor_file()
    _append(file, {
        "book": settings.BOOK,
        "database": queries.database_mark(),
        "number": head.number,
        "seal": head.seal,
        "facts": head.last_position,
        "sealed_at": head.sealed_at.isoformat(),
        "kept_at": at.isoformat(),
    })  # fmt: skip
    audit.note_anchor(head=head, places=(file.name,), actor=SYSTEM, at=at)
    return head


def last_seal() -> Head | None:
    """Return the last seal of the book."""
    return queries.head_seal()


def anchor_file() -> Path:
    """Return the file to which the seals of this book are kept."""
    return Path(settings.ANCHORS) / f"{settings.BOOK}.jsonl"


def _append(file: Path, line: dict[str, Any]) -> None:
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle = os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(handle, (json.dumps(line, sort_keys=True) + "\n").encode())
        os.fsync(handle)
    finally:
        os.close(handle)


def _lines(file: Path) -> Iterator[dict[str, Any]]:
    for place, text in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
        if not text.strip():
            continue
        try:
            line = json.loads(text)
            int(line["number"]), str(line["seal"])
        except (ValueError, TypeError, KeyError) as error:
            raise RuleBroken(
                "anchor.unreadable", "Line %(line)s of %(file)s is no seal.", line=place, file=file.name
            ) from error
        yield line
