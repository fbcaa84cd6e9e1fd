"""Changes in what mutmut leaves alone: tables, enumerations, defaults, properties."""

import difflib
import hashlib
import io
import json
import os
import re
import shutil
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import libcst as cst
import pytest
from libcst.metadata import MetadataWrapper
from mutmut.mutation.file_mutation import MutationVisitor
from mutmut.mutation.mutators import mutation_operators, operator_string
from mutmut.mutation.pragma_handling import IgnoredCode

# The rules that are held, and the tests that hold them.
TESTS: dict[str, list[str]] = {
    "money": ["test_money", "test_compute"],
    "discount": ["test_discount"],
    "journal": ["test_journal"],
    "permissions": ["test_permissions"],
    "tax/__init__": ["test_tax"],
    "tax/decision": ["test_tax"],
    "tax/model": ["test_tax"],
    "tax/rates": ["test_tax"],
    "invoice/__init__": ["test_compute"],
    "invoice/checks": ["test_checks"],
    "invoice/compute": ["test_compute"],
    "invoice/credit": ["test_credit"],
    "invoice/model": ["test_compute", "test_credit"],
    "invoice/parts": ["test_parts_and_terms"],
    "invoice/terms": ["test_parts_and_terms"],
    "late": ["test_late"],
    "collection": ["test_collection"],
    "project/retainer": ["test_retainer"],
    "stock": ["test_stock"],
    "repeat": ["test_repeat"],
}
WORKERS = 2
SECONDS = 60
Change = tuple[cst.CSTNode, cst.CSTNode]


def _left_out(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    """Leave one element out of a table."""
    if isinstance(node, cst.Set | cst.Dict | cst.Tuple | cst.List) and len(node.elements) > 1:
        for n in range(len(node.elements)):
            yield node.with_changes(elements=[*node.elements[:n], *node.elements[n + 1 :]])


def _other_string(node: cst.BaseString) -> Iterator[cst.BaseString]:
    yield from list(operator_string(node))[:1]  # the other ones differ by upper and lower case only


class _Tables(MutationVisitor):
    """Collects the changes outside of the functions that mutmut changes itself."""

    def _skip_node_and_children(self, node: cst.CSTNode) -> bool:
        if isinstance(node, cst.FunctionDef):
            marks = [mark.decorator.value for mark in node.decorators if isinstance(mark.decorator, cst.Name)]
            return not set(marks) & {"property", "cache"}
        left_alone = cst.Import | cst.ImportFrom | cst.Decorator | cst.Annotation
        return isinstance(node, left_alone) or _is_names_of_module(node)


def _is_names_of_module(node: cst.CSTNode) -> bool:
    return (
        isinstance(node, cst.Assign)
        and isinstance(node.targets[0].target, cst.Name)
        and (node.targets[0].target.value in {"__all__", "__slots__"})
    )


def changes_of(path: Path) -> list[tuple[str, str]]:
    """List the changes of a module: what each is, and the module's text with it."""
    code = path.read_text()
    module = cst.parse_module(code)
    wrapper = MetadataWrapper(module)
    operators = [(kind, operator) for kind, operator in mutation_operators if operator is not operator_string]
    visitor = _Tables(
        [*operators, (cst.BaseString, _other_string), (cst.CSTNode, _left_out)],
        IgnoredCode(set(), set(), set()),
    )
    module = wrapper.visit(visitor)
    found = {}
    for mutation in visitor.mutations:
        changed = module.deep_replace(mutation.original_node, mutation.mutated_node)
        text = changed.code if isinstance(changed, cst.Module) else code
        if text != code:
            found[_difference(code.splitlines(), text.splitlines())] = text
    return list(found.items())


def _difference(before: Sequence[str], after: Sequence[str]) -> str:
    lines = difflib.unified_diff(before, after, lineterm="", n=0)
    return " | ".join(" ".join(line.split()) for line in lines if not line.startswith(("---", "+++", "@@")))


def run(work: Path) -> dict[str, tuple[str, bool]]:
    """Try every change, and return what each was, by its name, and whether a test noticed it."""
    kept_in = work / "tables.json"
    kept: dict[str, bool] = json.loads(kept_in.read_text()) if kept_in.exists() else {}
    trees = [_tree(work, n) for n in range(WORKERS)]
    sys.dont_write_bytecode = True
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    found: dict[str, tuple[str, bool]] = {}
    waiting = []
    for module, tests in TESTS.items():
        process = os.fork()
        if not process:
            _test(trees[0], module)
        assert os.waitpid(process, 0)[1] == 0, f"the tests of {module} fail without any change"
        state = b"".join((work / f"tests/domain/{test}.py").read_bytes() for test in tests)
        for n, (change, text) in enumerate(changes_of(work / f"conto/domain/{module}.py"), 1):
            key = hashlib.sha256(state + text.encode()).hexdigest()
            trial = _Trial(module, f"conto.domain.{module.replace('/', '.')}.table_{n}", change, text, key)
            if kept.get(key):
                found[trial.name] = (change, True)
            else:
                waiting.append(trial)
    for trial, noticed in _try_all(waiting, trees):
        found[trial.name] = (trial.change, noticed)
        kept[trial.key] = noticed
        kept_in.write_text(json.dumps(kept))
    return found


def _tree(work: Path, n: int) -> Path:
    tree = work / f"tree{n}"
    for name in ("conto", "tests"):
        shutil.copytree(work / name, tree / name, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))
    return tree


@dataclass(frozen=True)
class _Trial:
    """One change to be tried."""

    module: str
    name: str
    change: str
    text: str
    key: str  # of the change and of the tests that did or did not notice it


def _try_all(waiting: list[_Trial], trees: list[Path]) -> Iterator[tuple[_Trial, bool]]:
    """Try changes, one in each tree at a time, and give back whether a test noticed each."""
    running: dict[int, tuple[_Trial, Path]] = {}
    free = list(trees)
    for trial in waiting:
        if not free:
            yield _first_done(running, free)
        tree = free.pop()
        (tree / f"conto/domain/{trial.module}.py").write_text(trial.text)
        process = os.fork()
        if not process:
            _test(tree, trial.module)
        running[process] = (trial, tree)
    while running:
        yield _first_done(running, free)


def _first_done(running: dict[int, tuple[_Trial, Path]], free: list[Path]) -> tuple[_Trial, bool]:
    process, status = os.wait()
    trial, tree = running.pop(process)
    shutil.copy2(tree.parent / f"conto/domain/{trial.module}.py", tree / f"conto/domain/{trial.module}.py")
    free.append(tree)
    return trial, status != 0


def _test(tree: Path, module: str) -> None:
    """Run the tests of a module in this process, which ends with what they say."""
    signal.alarm(SECONDS)
    os.chdir(tree)
    for name in [name for name in sys.modules if name == "conto" or name.startswith(("conto.", "tests"))]:
        del sys.modules[name]
    sys.path[:] = [str(tree), *(entry for entry in sys.path if entry and Path(entry) != Path.cwd())]
    arguments = [
        "-x",
        "-p",
        "no:cacheprovider",
        "-p",
        "_hypothesis_pytestplugin",
        f"--rootdir={tree}",
        "-c",
        os.devnull,
    ]
    with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
        code = pytest.main([*arguments, *[f"tests/domain/{test}.py" for test in TESTS[module]]])
    os._exit(int(code))


@cache
def _functions(path: Path) -> dict[str, list[str]]:
    code = path.read_text().replace(" # type: ignore # mutmut generated", "")
    found: dict[str, list[str]] = {}
    name = ""
    for line in code.splitlines():
        if start := re.match(r"\s*def (x[_ǁ]\S*__mutmut_\w+)\(", line):
            name = start[1]
        if name:
            found.setdefault(name, []).append(line.replace(name, "it"))
    return found


def change_of(tree: Path, name: str) -> str:
    """Return what mutmut changed, from the file in which it wrote all changes of a module."""
    module, _, changed = name.rpartition(".")
    functions = _functions(tree / f"{module.replace('.', '/')}.py")
    return _difference(functions[re.sub(r"\d+$", "orig", changed)], functions[changed])
