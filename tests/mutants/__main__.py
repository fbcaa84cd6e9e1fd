"""Changes the rules about money one by one and counts which changes no test notices: `./dev mutants`.

What stands in functions is changed by mutmut; tables, enumerations, defaults and properties, which mutmut leaves alone,
are changed here with mutmut's own operators. Both are tried by the tests of the domain alone, without Django and
database, in `.cache/mutants`.
"""

import os
import shutil
import sys
from collections import Counter

from tests.environment import ROOT
from tests.mutants import functions, tables
from tests.mutants.equivalent import reason_of

WORK = ROOT / ".cache" / "mutants"
LEAST_PERCENT = 85
# The same examples in every run, and few: a rule that only the hundredth example holds is not held.
CONFTEST = """from hypothesis import settings
settings.register_profile("mutants", derandomize=True, database=None, deadline=None, max_examples=15)
settings.load_profile("mutants")
"""


def main() -> int:
    """Run everything and print the figures."""
    os.nice(10)
    _lay_out()
    made = functions.run(WORK, tables.TESTS)
    found = {name: (tables.change_of(WORK / "functions", name), is_noticed) for name, is_noticed in made.items()}
    return _report({**found, **tables.run(WORK)})


def _lay_out() -> None:
    for name in ("conto/domain", "tests/domain"):
        shutil.copytree(ROOT / name, WORK / name, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("conto/__init__.py", "tests/__init__.py", "conto/locale/de/LC_MESSAGES/django.mo"):
        (WORK / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, WORK / name)
    (WORK / "tests/conftest.py").write_text(CONFTEST)


def _report(found: dict[str, tuple[str, bool]]) -> int:
    made: Counter[str] = Counter()
    killed: Counter[str] = Counter()
    excused: Counter[str] = Counter()
    for name, (change, is_killed) in found.items():
        module = name.split(".")[2]
        made[module] += 1
        killed[module] += is_killed
        if not is_killed and reason_of(name, change):
            excused[module] += 1
        elif not is_killed:
            print(f"unnoticed: {name}\n    {change}")  # noqa: T201
    for module in made:
        _line(module, made[module], killed[module], excused[module])
    total = made.total() - excused.total()
    _line("together", made.total(), killed.total(), excused.total())
    return int(killed.total() * 100 < LEAST_PERCENT * total)


def _line(title: str, made: int, killed: int, excused: int) -> None:
    score = 100 * killed / (made - excused)
    print(f"{title:12} {made:5} made {killed:5} noticed {excused:4} change nothing  {score:5.1f} %")  # noqa: T201


if __name__ == "__main__":
    sys.exit(main())
