"""CSV files that spreadsheets open as they are meant: UTF-8, nothing taken for a formula, amounts with a point."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from datetime import tzinfo
from decimal import Decimal
from typing import Any

from django.http import StreamingHttpResponse
from django.utils import timezone, translation

from conto.domain.money import minor_digits, to_major
from conto.web.reading import safe_cell

_ROWS_AT_ONCE = 500


def csv_file(name: str, heads: Sequence[Any], rows: Iterable[Sequence[Any]]) -> StreamingHttpResponse:
    """Return rows as a file to download, written while it is read."""
    response = StreamingHttpResponse(as_the_page(_lines(heads, rows)), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def amount(minor: int, currency: str) -> Decimal:
    """Return an amount as a cell: a number with the decimals of its currency."""
    return to_major(minor, currency).quantize(Decimal(1).scaleb(-minor_digits(currency)))


def as_the_page(parts: Iterator[str]) -> Iterator[str]:
    """Give the parts of a file in the language and zone of its reader, although the page is over while it is read."""
    return _in(translation.get_language() or "en", timezone.get_current_timezone(), parts)


def _in(language: str, zone: tzinfo, parts: Iterator[str]) -> Iterator[str]:
    while True:
        with translation.override(language), timezone.override(zone):
            part = next(parts, None)
        if part is None:
            return
        yield part


def _lines(heads: Sequence[Any], rows: Iterable[Sequence[Any]]) -> Iterator[str]:
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    yield "\ufeff"  # so that spreadsheets read it as UTF-8
    writer.writerow([str(head) for head in heads])
    for place, row in enumerate(rows):
        writer.writerow([safe_cell(cell) if isinstance(cell, str) else cell for cell in row])
        if place % _ROWS_AT_ONCE == _ROWS_AT_ONCE - 1:
            yield buffer.getvalue()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue()
