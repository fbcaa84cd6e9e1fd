"""Known holes in the libraries that this version is locked to: asked of pip-audit, or looked up in a file."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from conto.config.cli.migrate import ROOT
from conto.config.cli.output import CommandError
from conto.domain.checkup import Remark

LOCK = ROOT / "requirements" / "base.txt"
OSV = "CONTO_OSV_URL"  # another address of the OSV database, such as a mirror inside of a house
SECONDS = 180
_PINNED = re.compile(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)", re.MULTILINE)
_HOLE = "%(name)s %(version)s has a known hole, %(id)s: %(summary)s"


def hole_remarks(advisories: Path | None) -> Iterator[Remark]:
    """Tell of known holes in libraries; where nobody could be asked, say that."""
    found = _in_file(advisories) if advisories else _asked()
    if isinstance(found, str):
        yield Remark(
            "holes_not_asked",
            "warning",
            "Whether there are known holes in the libraries could not be asked: %(why)s",
            "Install pip-audit (uv tool install pip-audit) on a machine with a way out, or give a file of advisories "
            "(OSV): conto doctor --advisories FILE.",
            {"why": found},
        )
        return
    for name, version, advisory in found:
        fixed = ", ".join(sorted(_fixes(advisory, name)))
        yield Remark(
            "known_hole",
            "serious" if fixed else "warning",
            _HOLE,
            "It is mended in %(fixed)s: get the next version of Conto." if fixed else "There is no mended version yet.",
            {
                "name": name,
                "version": version,
                "id": advisory.get("id", "?"),
                "summary": str(advisory.get("summary") or advisory.get("description") or "")[:200],
                "fixed": fixed,
            },
        )
    if not found:
        yield Remark(
            "no_known_hole", "fine", "No known hole in %(count)d libraries.", params={"count": len(locked_libraries())}
        )


def locked_libraries() -> dict[str, str]:
    """Return every library of this version with the version that it is locked to."""
    return {str(canonicalize_name(name)): version for name, version in _PINNED.findall(LOCK.read_text())}


def _asked() -> list[tuple[str, str, dict[str, Any]]] | str:
    """Let pip-audit ask, and return its findings, or why there are none."""
    program = shutil.which("pip-audit", path=os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]))
    if program is None:
        return "pip-audit is not installed here."
    command = [program, "-r", str(LOCK), "--disable-pip", "--require-hashes", "-f", "json", "--progress-spinner", "off"]
    if os.environ.get(OSV):
        command += ["-s", "osv", "--osv-url", os.environ[OSV]]
    try:
        answer = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)
        told = json.loads(answer.stdout)["dependencies"]
    except subprocess.TimeoutExpired:
        return f"pip-audit had no answer after {SECONDS} seconds."
    except (ValueError, KeyError):
        last = (answer.stderr.strip().splitlines() or ["it said nothing"])[-1]
        return f"pip-audit got no answer ({last[:200]})"
    return [(each["name"], each["version"], hole) for each in told for hole in each.get("vulns", [])]


def _in_file(path: Path) -> list[tuple[str, str, dict[str, Any]]]:
    """Look the locked libraries up in OSV advisories: one object, a list, {"vulns": …}, or an object a line.

    Raises: CommandError when the file can't be read as such.
    """
    try:
        advisories = _read(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise CommandError(f"The advisories in {path} can't be read: {error}") from error
    libraries = locked_libraries()
    return [
        (name, version, advisory)
        for advisory in advisories
        if not advisory.get("withdrawn")
        for name, version in libraries.items()
        if any(_concerns(affected, name, version) for affected in advisory.get("affected", []))
    ]


def _read(text: str) -> list[dict[str, Any]]:
    try:
        found = json.loads(text)
    except ValueError:
        found = [json.loads(line) for line in text.splitlines() if line.strip()]
    if isinstance(found, dict):
        found = found.get("vulns", [found])
    if not all(isinstance(each, dict) and "id" in each for each in found):
        raise ValueError("these are no OSV advisories")
    return list(found)


def _concerns(affected: dict[str, Any], name: str, version: str) -> bool:
    package = affected.get("package", {})
    if package.get("ecosystem") != "PyPI" or canonicalize_name(str(package.get("name", ""))) != name:
        return False
    spans = [each.get("events", []) for each in affected.get("ranges", []) if each.get("type") == "ECOSYSTEM"]
    return version in affected.get("versions", []) or any(_lies_in(events, Version(version)) for events in spans)


def _lies_in(events: list[dict[str, str]], version: Version) -> bool:
    """Tell whether a version lies in the span that events tell: introduced, and not fixed up to it."""
    is_in = False
    try:
        for event in sorted(events, key=lambda each: Version(next(iter(each.values())))):
            ((what, at),) = event.items()
            if what == "introduced" and version >= Version(at):
                is_in = True
            elif (what == "fixed" and version >= Version(at)) or (what == "last_affected" and version > Version(at)):
                is_in = False
    except (InvalidVersion, ValueError):
        return True  # what can't be read is looked at by a person
    return is_in


def _fixes(advisory: dict[str, Any], name: str) -> set[str]:
    if "fix_versions" in advisory:  # as pip-audit says it
        return set(advisory["fix_versions"])
    return {
        event["fixed"]
        for affected in advisory.get("affected", [])
        if canonicalize_name(str(affected.get("package", {}).get("name", ""))) == name
        for span in affected.get("ranges", [])
        if span.get("type") == "ECOSYSTEM"
        for event in span.get("events", [])
        if "fixed" in event
    }
