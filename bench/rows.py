"""What a row of a long list costs with template tags, against the same row with components.

    python bench/rows.py

One run, side by side: lists draw their rows with tags; this says why. The ratio counts.
"""

from __future__ import annotations

import os
from datetime import date
from statistics import median
from time import perf_counter

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "conto.config.settings")

import django

django.setup()

from django.template import engines  # noqa: E402

ROWS = 200
ROUNDS = 9
TAGS = '{% money row.minor "EUR" %}{% state_chip "overdue" %}{% icon "x" %}'
COMPONENTS = '<c-money :amount="row.minor" currency="EUR" /><c-state of="overdue" />{% icon "x" %}'


def seconds_a_row(cells: str) -> float:
    """Return the median seconds that one row takes."""
    from django_cotton.compiler_regex import CottonCompiler  # noqa: PLC0415 -- only this bench compiles by hand

    source = CottonCompiler().process("{% for row in rows %}" + cells + "{% endfor %}")
    template = engines["django"].from_string(source)
    rows = [{"minor": at * 101, "due": date(2026, 10, 1 + at % 28)} for at in range(ROWS)]
    times = []
    for _ in range(ROUNDS):
        started = perf_counter()
        template.render({"rows": rows})
        times.append((perf_counter() - started) / ROWS)
    return median(times)


def main() -> None:
    """Print both and their ratio."""
    tags, components = seconds_a_row(TAGS), seconds_a_row(COMPONENTS)
    print(f"a row with tags        {tags * 1e6:8.0f} microseconds")
    print(f"a row with components  {components * 1e6:8.0f} microseconds")
    print(f"components against tags {components / tags:7.1f}")


if __name__ == "__main__":
    main()
