"""The limits that keep the house readable and its money exact."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from tests.architecture.sources import ROOT, dotted, python_files, spot, tracked_files, tree

# The sandbox is a payment provider: a server that stands for one elsewhere, with a clock of its own.
OWN_CLOCK = ROOT / "conto" / "gateways" / "payment" / "sandbox"
BELOW_ENTRANCES = ("conto/domain", "conto/apps", "conto/gateways", "conto/flows")
CLOCKS = re.compile(
    r"(^|\.)(datetime\.(now|utcnow|today)|timezone\.(now|localdate|localtime)|date\.today|time\.(time|time_ns)"
    r"|localdate|localtime)$"
)
# Where money is counted; a share of pixels or seconds elsewhere may be a float.
MONEY = ("conto/domain", "conto/apps", "conto/flows")
BANNED = {"utils", "util", "common", "helpers", "helper", "manager", "service", "services", "info", "handle", "handler"}
BANNED |= {"data", "process", "processor", "misc"}
LONGEST_FILE = 500
LONGEST_FUNCTION = 60
# A process of the operating system, which is what the word means.
MEANT = {"kept_process", "KeptProcess"}
# Django finds template tags, commands and migrations by these names.
NAMED_BY_DJANGO = {"templatetags", "management", "migrations"}


def _calls(path: Path) -> Iterator[tuple[ast.Call, str]]:
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Call):
            yield node, dotted(node.func)


def test_the_clock_is_read_at_the_entrances_only() -> None:
    reads = [
        f"{spot(path, call)} {name}()"
        for path in python_files(*BELOW_ENTRANCES)
        if OWN_CLOCK not in path.parents
        for call, name in _calls(path)
        if CLOCKS.search(name)
    ]
    stamps = [
        f"{spot(path, call)} {keyword.arg}"
        for path in python_files(*BELOW_ENTRANCES)
        for call, _ in _calls(path)
        for keyword in call.keywords
        if keyword.arg in {"auto_now", "auto_now_add"}
    ]
    handed_on = [
        f"{spot(path, node)} default={name}"
        for path in python_files(*BELOW_ENTRANCES)
        for node in ast.walk(tree(path))
        if isinstance(node, ast.keyword) and node.arg == "default" and CLOCKS.search(name := dotted(node.value))
    ]
    assert reads + stamps + handed_on == []


def test_no_float_comes_near_money() -> None:
    found = [
        f"{spot(path, node)} {name}"
        for path in python_files(*MONEY)
        for node in ast.walk(tree(path))
        if (name := dotted(node)).split(".")[-1] in {"float", "FloatField"}
    ]
    literals = [
        f"{spot(path, node)} {node.value}"
        for path in python_files(*MONEY)
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Constant) and isinstance(node.value, float)
    ]
    assert found + literals == []


def test_files_are_short() -> None:
    lines = {path: path.read_text().count("\n") for path in python_files("conto", "tests", "bench")}
    assert {str(path.relative_to(ROOT)): n for path, n in lines.items() if n > LONGEST_FILE} == {}


def test_functions_are_short() -> None:
    long = {
        f"{spot(path, node)} {node.name}": size
        for path in python_files("conto", "tests", "bench")
        for node in ast.walk(tree(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (size := (node.end_lineno or 0) - node.lineno + 1) > LONGEST_FUNCTION
    }
    assert long == {}


def test_no_drawer_for_leftovers() -> None:
    wrong = []
    for path in python_files("conto"):
        parts = path.relative_to(ROOT).with_suffix("").parts
        names = [*parts, *(node.name for node in ast.walk(tree(path)) if isinstance(node, ast.ClassDef))]
        for name in names:
            words = set(re.sub(r"([a-z])([A-Z])", r"\1_\2", name).lower().split("_"))
            if words & BANNED and name not in NAMED_BY_DJANGO | MEANT:
                wrong.append(f"{path.relative_to(ROOT)}: {name}")
    assert wrong == []


def test_no_note_is_left_for_later() -> None:
    notes = re.compile(r"#\s*(TODO|FIXME|XXX|HACK)\b")
    wrong = [
        str(path.relative_to(ROOT))
        for path in python_files("conto", "tests", "bench")
        if notes.search(path.read_text())
    ]
    assert wrong == []


def test_locks_name_no_host() -> None:
    locks = tracked_files("requirements/*.txt")
    assert len(locks) >= 4
    assert [path.name for path in locks if "://" in path.read_text()] == []
    assert '"resolved"' not in (ROOT / "package-lock.json").read_text()


def test_every_locked_library_has_a_hash() -> None:
    for path in tracked_files("requirements/*.txt"):
        if path.name == "overrides.txt":
            continue
        libraries = re.split(r"(?m)^(?=[a-z0-9])", path.read_text())[1:]
        assert libraries, path.name
        assert [block.split()[0] for block in libraries if "--hash=sha256:" not in block] == []


def test_what_the_lists_ask_for_is_locked() -> None:
    for name in ("base", "dev", "postgres", "node"):
        lock = (ROOT / "requirements" / f"{name}.txt").read_text()
        locked = {line.split("==")[0] for line in lock.splitlines() if re.match(r"[a-z0-9]", line)}
        asked = {
            re.split(r"[^A-Za-z0-9._-]", line.strip())[0].lower().replace("_", "-")
            for line in (ROOT / "requirements" / f"{name}.in").read_text().splitlines()
            if line.strip() and not line.startswith(("#", "-"))
        }
        assert asked - locked == set(), f"{name}: run ./dev lock"
