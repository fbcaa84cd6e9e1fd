"""Changes in functions: made by mutmut, tried by forking a pytest that has already collected the tests.

A change is tried in some hundredths of a second this way, where mutmut's own runs collect the tests for each anew. What
the tests compute while they are collected is computed without the change; so a change that nobody noticed is tried once
more from the beginning.
"""

import hashlib
import os
import shutil
import signal
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
from _pytest.runner import runtestprotocol
from mutmut.mutation.file_mutation import mutate_file_contents

SECONDS = 60
UNNOTICED = {"0", "0-anew"}
AT_ONCE = 2
ARGUMENTS = ["-s", "-x", "-p", "no:cacheprovider", "-p", "_hypothesis_pytestplugin", "-c", os.devnull]


def lay_out(work: Path, modules: list[str]) -> dict[str, list[str]]:
    """Write every changed form of every function beside it, and list the changes of each module by their names."""
    (work / "pyproject.toml").write_text('[tool.mutmut]\nsource_paths = ["conto"]\n')
    os.chdir(work)
    names = {}
    for name in ("conto", "tests"):
        shutil.copytree(work / name, work / "functions" / name, dirs_exist_ok=True)
    for module in modules:
        path = work / f"conto/domain/{module}.py"
        made = mutate_file_contents(str(path), path.read_text())
        (work / f"functions/conto/domain/{module}.py").write_text(made.code)
        dotted = f"conto.domain.{module.replace('/', '.')}"
        if made.mutant_names:
            names[module] = [f"{dotted}.{name.rpartition('.')[2]}" for name in made.mutant_names]
    return names


def run(work: Path, tests: dict[str, list[str]]) -> dict[str, bool]:
    """Try every change, and return whether a test noticed it.

    Hours: so what was tried is written down at once, and not tried again until the rule or its tests are others.
    """
    noticed: dict[str, bool] = {}
    for module, names in lay_out(work, list(tests)).items():
        out = work / f"noticed-{_digest(work, module, tests[module])}.txt"
        tried = _tried(out)
        if left := [name for name in names if name not in tried]:
            _in_a_process(partial(_collected, work, tests[module], left, out))
            tried = _tried(out)
        for name in [name for name in names if tried[name] == "0"]:
            _in_a_process(partial(_anew, work, tests[module], name, out))
        tried = _tried(out)
        noticed |= {name: tried[name] not in UNNOTICED for name in names}
    return noticed


def _digest(work: Path, module: str, tests: list[str]) -> str:
    sources = [f"conto/domain/{module}.py", *(f"tests/domain/{test}.py" for test in tests)]
    return hashlib.sha256(b"".join((work / source).read_bytes() for source in sources)).hexdigest()[:16]


def _tried(out: Path) -> dict[str, str]:
    """Return how each change ended by now: a status, `0` when nobody noticed, `0-anew` when it was tried again."""
    lines = out.read_text().splitlines() if out.exists() else []
    return {name: status for name, _, status in (line.partition(" ") for line in lines)}


def _in_a_process(trying: Callable[[], None]) -> None:
    process = os.fork()
    if not process:
        trying()
        os._exit(0)
    os.waitpid(process, 0)


class _Loop:
    """Takes the place of pytest's loop: runs the collected tests once for each change, each time in a new process."""

    def __init__(self, names: list[str], out: Path) -> None:
        self.names, self.out = names, out

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        items = sorted(session.items, key=lambda item: hasattr(getattr(item, "obj", None), "hypothesis"))
        assert _status(items, "") == 0, "the tests fail without any change"
        running: dict[int, str] = {}
        with self.out.open("a") as out:
            for name in self.names:
                if len(running) == AT_ONCE:
                    out.writelines(_first_done(running))
                    out.flush()
                process = os.fork()
                if not process:
                    os._exit(_status(items, name))
                running[process] = name
            while running:
                out.writelines(_first_done(running))
        return True


def _first_done(running: dict[int, str]) -> Iterator[str]:
    process, status = os.wait()
    yield f"{running.pop(process)} {status}\n"


def _status(items: list[pytest.Item], name: str) -> int:
    os.environ["MUTANT_UNDER_TEST"] = name
    signal.alarm(SECONDS if name else 0)
    for item, following in zip(items, [*items[1:], None], strict=True):
        if any(report.failed for report in runtestprotocol(item, nextitem=following, log=False)):
            return 1
    return 0


def _enter(tree: Path) -> None:
    """Let this process see the changed rules and nothing else of the house."""
    os.chdir(tree)
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    for name in [name for name in sys.modules if name == "conto" or name.startswith(("conto.", "tests"))]:
        del sys.modules[name]
    house = Path(__file__).resolve().parents[2]
    sys.path[:] = [str(tree), *(entry for entry in sys.path if entry and Path(entry).resolve() != house)]
    with Path(os.devnull).open("w") as nothing:
        os.dup2(nothing.fileno(), 1)
        os.dup2(nothing.fileno(), 2)


def _collected(work: Path, tests: list[str], names: list[str], out: Path) -> None:
    _enter(work / "functions")
    os.environ["MUTANT_UNDER_TEST"] = ""
    paths = [f"tests/domain/{test}.py" for test in tests]
    pytest.main([*ARGUMENTS, f"--rootdir={work / 'functions'}", *paths], plugins=[_Loop(names, out)])


def _anew(work: Path, tests: list[str], name: str, out: Path) -> None:
    _enter(work / "functions")
    os.environ["MUTANT_UNDER_TEST"] = name
    code = pytest.main([*ARGUMENTS, f"--rootdir={work / 'functions'}", *[f"tests/domain/{test}.py" for test in tests]])
    with out.open("a") as written:
        written.write(f"{name} {int(code) or '0-anew'}\n")
