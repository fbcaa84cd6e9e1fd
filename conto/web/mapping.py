"""What the columns of somebody's file are: guessed by their heads, chosen by who takes it over, told when wrong."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest

from conto.domain.contact import fold
from conto.domain.errors import RuleBroken
from conto.domain.fields import FieldRule
from conto.web.reading import words_of
from conto.web.tables import Table

_LONGEST_EXAMPLE = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """What columns can be: by key and word, and own fields that whoever takes the file over may fill in."""

    heads: Mapping[str, str]
    left_out: Sequence[str]  # of an export; they are known and not taken over
    also: Mapping[str, str]  # what programs elsewhere call them, folded, and the key
    fields: Sequence[FieldRule]

    @property
    def offered(self) -> list[tuple[str, str]]:
        """Return what a column can be taken over as."""
        heads = [(key, word) for key, word in self.heads.items() if key not in self.left_out]
        return heads + [(f"own.{field.key}", field.label) for field in self.fields if field.is_entered]

    def chosen(self, request: HttpRequest, given: Sequence[str]) -> list[str]:
        """Return what each column is, by key and empty for what is not taken over: as chosen, else by its head."""
        words = (
            dict(self.also) | {fold(word): key for key, word in self.heads.items()} | {key: key for key in self.heads}
        )
        words |= {fold(field.label): f"own.{field.key}" for field in self.fields}
        words |= {f"own.{field.key}": f"own.{field.key}" for field in self.fields}
        guessed = [words.get(fold(head), "") for head in given]
        chosen = [request.POST.get(f"column.{place}", guess) for place, guess in enumerate(guessed)]
        known = {key for key, _word in self.offered}
        return [key if key in known else "" for key in chosen]

    def demand_once(self, columns: Sequence[str]) -> None:
        """Refuse two columns that are the same.

        Raises: RuleBroken.
        """
        twice = next((key for key in columns if key and columns.count(key) > 1), "")
        if twice:
            raise RuleBroken("import.column_twice", "Two columns are “%(column)s”.", column=self.word_of(twice))

    def choices(self, table: Table, columns: Sequence[str]) -> list[dict[str, Any]]:
        """Return the columns of a file as the page shows them, each with a cell of it and what it can be."""
        made = []
        for place, (head, key) in enumerate(zip(table.heads, columns, strict=True)):
            cells = (cells[place] for _line, cells in table.lines if place < len(cells) and cells[place])
            made.append({
                "name": f"column.{place}", "head": head or f"{place + 1}", "key": key,
                "example": next(cells, "")[:_LONGEST_EXAMPLE], "offered": self.offered,
            })  # fmt: skip
        return made

    def problems(self, by_field: Mapping[str, RuleBroken]) -> list[tuple[str, str, str]]:
        """Return what cannot stand: line, column and why, in the order of lines."""
        found = []
        for place, broken in by_field.items():
            line, _dot, name = place.partition(".")
            found.append((line, self.word_of(name), words_of(broken)))
        return sorted(found, key=lambda each: int(each[0]) if each[0].isdecimal() else 0)

    def word_of(self, key: str) -> str:
        """Return what a column is called."""
        labels = {f"own.{field.key}": field.label for field in self.fields}
        return self.heads.get(key) or labels.get(key, key)
