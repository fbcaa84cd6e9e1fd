"""The record as a file: CSV for spreadsheets, JSON for programs. Read row by row, so it may be long."""

import csv
import io
import json
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from conto.apps.fields.queries import told_body
from conto.web.reading import safe_cell

if TYPE_CHECKING:
    from conto.apps.audit.models import Fact
    from conto.web.reading import Here

_HEADS = (
    "At", "Recorded at", "Kind", "Actor kind", "Actor", "Subject kind", "Subject", "Customer", "Channel", "Address",
    "Program", "Says", "Payload SHA-256", "Id",
)  # fmt: skip
_ROWS_AT_ONCE = 500


def csv_of(facts: "Iterable[Fact]", here: "Here") -> Iterator[str]:
    """Give the lines of a CSV file; no cell is taken for a formula."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    yield "\ufeff"  # so that spreadsheets read it as UTF-8
    writer.writerow(_HEADS)
    for place, fact in enumerate(facts):
        record = record_of(fact, here)
        origin = record["origin"]
        cells = (
            record["at"], record["recorded_at"], fact.kind, fact.actor_kind, fact.actor_name, fact.subject_kind,
            record["subject_id"], record["customer_id"] or "", origin.get("channel", ""), origin.get("address", ""),
            origin.get("agent", ""), json.dumps(record["says"], ensure_ascii=False), record["payload_sha256"],
            record["id"],
        )  # fmt: skip
        writer.writerow([safe_cell(str(cell)) for cell in cells])
        if place % _ROWS_AT_ONCE == _ROWS_AT_ONCE - 1:
            yield _taken(buffer)
    yield _taken(buffer)


def _taken(buffer: io.StringIO) -> str:
    text = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return text


def json_of(facts: "Iterable[Fact]", here: "Here") -> Iterator[str]:
    """Give the parts of a JSON array with one object per fact."""
    start = "[\n"
    for fact in facts:
        yield start + json.dumps(record_of(fact, here), ensure_ascii=False)
        start = ",\n"
    yield "[]\n" if start == "[\n" else "\n]\n"


def record_of(fact: "Fact", here: "Here") -> dict[str, Any]:
    """Return a fact as JSON values: all that the hash and the seal are made of, but for values that are not seen."""
    return {
        "id": str(fact.id),
        "kind": fact.kind,
        "at": fact.at.isoformat(),
        "recorded_at": fact.recorded_at.isoformat(),
        "actor": {
            "kind": fact.actor_kind,
            "id": str(fact.actor_id) if fact.actor_id else None,
            "name": fact.actor_name,
        },
        "subject_kind": fact.subject_kind,
        "subject_id": str(fact.subject_id),
        "customer_id": str(fact.customer_id) if fact.customer_id else None,
        "entry_id": str(fact.entry_id) if fact.entry_id else None,
        "origin": fact.origin,
        "says": told_body(fact.kind, fact.body, here.business, here.member.role),
        "payload_sha256": bytes(fact.payload_sha256).hex(),
    }
