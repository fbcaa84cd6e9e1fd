"""The front end's build: Node from the machine or from a Python package, run only when its sources have changed."""

import hashlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BUILT = ROOT / "conto" / "web" / "static" / "build"
PACKAGES = ROOT / "node_modules"
STAMP = ".conto-stamp"
OLDEST_NODE = 20


class FrontendError(Exception):
    """The front end can't be built; the message says why."""


def main(arguments: list[str]) -> int:
    """Build what is out of date; with "types", check the types instead."""
    if not (ROOT / "package.json").exists():
        return 0
    try:
        if arguments == ["types"]:
            _npm("run", "types")
        else:
            install()
            build()
    except FrontendError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


def install() -> None:
    """Install the packages of package-lock.json, unless they are those already."""
    wanted = _digest([ROOT / "package-lock.json"])
    if _stamp_of(PACKAGES) == wanted:
        return
    sys.stderr.write("Installing the front end's packages ...\n")
    _npm("ci", "--no-fund", "--no-audit", "--loglevel=error")
    (PACKAGES / STAMP).write_text(wanted)


def build() -> None:
    """Build the pages' styles and scripts, unless nothing they are made of has changed."""
    wanted = _digest(_sources())
    if _stamp_of(BUILT) == wanted:
        return
    sys.stderr.write("Building the front end ...\n")
    _npm("run", "--silent", "build")
    (BUILT / STAMP).write_text(wanted)


def _sources() -> list[Path]:
    # Styles are made from the class names that templates and Python files use.
    web = ROOT / "conto" / "web"
    found = [
        path
        for path in web.rglob("*")
        if path.is_file()
        and BUILT not in path.parents
        and path.suffix in {".html", ".py", ".ts", ".mjs", ".js", ".css", ".json", ".svg"}
    ]
    return [ROOT / "package-lock.json", ROOT / "package.json", *sorted(found)]


def _digest(paths: Iterable[Path]) -> str:
    digest = hashlib.sha256()
    for path in paths:
        digest.update(str(path.relative_to(ROOT)).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def _stamp_of(folder: Path) -> str:
    try:
        return (folder / STAMP).read_text()
    except OSError:
        return ""


def _npm(*arguments: str) -> None:
    environment = _environment_with_node()
    npm = shutil.which("npm", path=environment["PATH"])
    if npm is None:
        raise FrontendError("Node is here, but not its npm. Install npm too, or remove that Node.")
    answer = subprocess.run([npm, *arguments], cwd=ROOT, env=environment, check=False, capture_output=True, text=True)
    if answer.returncode != 0:
        said = (answer.stdout + answer.stderr).strip()
        raise FrontendError(f"npm {' '.join(arguments)} failed:\n{said[-4000:]}")


def _environment_with_node() -> dict[str, str]:
    """Return an environment whose PATH has a Node that is new enough."""
    own = str(Path(sys.prefix) / "bin")
    environment = {**os.environ, "npm_config_update_notifier": "false"}
    cache = ROOT / ".cache" / "npm"
    environment.setdefault("npm_config_cache", str(cache))
    for path in (os.environ.get("PATH", ""), f"{own}{os.pathsep}{os.environ.get('PATH', '')}"):
        if _node_major(path) >= OLDEST_NODE and shutil.which("npm", path=path):
            return {**environment, "PATH": path}
    sys.stderr.write("Installing Node for the front end's build ...\n")
    lock = ROOT / "requirements" / "node.txt"
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"]
    answer = subprocess.run([*pip, "--require-hashes", "-r", str(lock)], cwd=ROOT, check=False)
    path = f"{own}{os.pathsep}{os.environ.get('PATH', '')}"
    if answer.returncode != 0 or _node_major(path) < OLDEST_NODE:
        raise FrontendError(f"Conto's pages are built with Node {OLDEST_NODE} or later, which could not be installed.")
    return {**environment, "PATH": path}


def _node_major(path: str) -> int:
    node = shutil.which("node", path=path)
    if node is None:
        return 0
    try:
        answer = subprocess.run([node, "--version"], capture_output=True, text=True, check=False, timeout=20)
    except (OSError, subprocess.TimeoutExpired):
        return 0
    match = re.match(r"v(\d+)\.", answer.stdout)
    return int(match.group(1)) if match and answer.returncode == 0 else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
