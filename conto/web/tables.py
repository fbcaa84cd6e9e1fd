"""Files of spreadsheets as people hand them in: which encoding, which separator, what stands where."""

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass

from django.http import HttpRequest

from conto.domain.errors import RuleBroken

MOST_BYTES = 5_000_000


@dataclass(frozen=True, slots=True)
class Table:
    """The heads of a file's columns, and its lines with their numbers."""

    heads: list[str]
    lines: list[tuple[int, list[str]]]


def text_of(request: HttpRequest) -> str:
    """Return the text of the file that was handed in.

    Raises: RuleBroken when there is none, when it is too large, or no text.
    """
    file = request.FILES.get("file")
    if file is None:
        raise RuleBroken("import.no_file", "Choose a file first.")
    if (file.size or 0) > MOST_BYTES:
        raise RuleBroken("import.file_too_large", "This file is larger than 5 MB. Take it over in parts.")
    content = file.read()
    for encoding in ("utf-8-sig", "cp1252"):
        try:
            return str(content.decode(encoding)).replace("\x00", "")
        except UnicodeDecodeError:
            continue
    raise RuleBroken("import.not_a_table", "This is no table. Save it as CSV and try again.")


def table_of(text: str, most_rows: int) -> Table:
    """Return the table that a text is; its cells stand between commas, semicolons or tabs.

    Raises: RuleBroken for what is no table, or too long a one.
    """
    first = text.partition("\n")[0]
    marks: Iterable[str] = (",", ";", "\t")
    table = csv.reader(io.StringIO(text, newline=""), delimiter=max(marks, key=first.count))
    try:
        heads = [plain(head) for head in next(table, [])]
        lines = [(table.line_num, [plain(cell) for cell in cells]) for cells in table if any(map(str.strip, cells))]
    except csv.Error as wrong:
        raise RuleBroken("import.not_a_table", "This is no table. Save it as CSV and try again.") from wrong
    if len(lines) > most_rows:
        raise RuleBroken("import.too_many_rows", "At most %(most)s rows at once.", most=most_rows)
    return Table(heads, lines)


def plain(cell: str) -> str:
    """Return a cell without what an export writes before it so that no spreadsheet takes it for a formula."""
    text = cell.strip()
    return text[1:] if text[:1] == "'" and text[1:2] in "=+-@" else text
