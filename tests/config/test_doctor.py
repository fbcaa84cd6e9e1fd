"""`conto doctor`: what it finds of holes, files and people, in plain words."""

import json
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from conto.apps.accounts import actions as accounts
from conto.apps.accounts.models import Member
from conto.apps.integrations import actions as integrations
from conto.config import field_keys
from conto.config.cli import advisories, doctor
from conto.config.cli.advisories import hole_remarks, locked_libraries
from conto.config.cli.output import CommandError
from conto.config.home import Home
from conto.domain.facts import SYSTEM
from conto.domain.permissions import Permission, Role
from conto.flows.checkup import look_around
from conto.flows.set_up_book import Numbers, set_up_book
from tests.web.living import SELLER

NOW = datetime.now(UTC)


def advisory(name: str, *events: dict[str, str], **more: Any) -> dict[str, Any]:
    affected = {"package": {"ecosystem": "PyPI", "name": name}, "ranges": [{"type": "ECOSYSTEM", "events": [*events]}]}
    return {"id": f"PYSEC-{name}", "summary": "Anybody can do anything.", "affected": [affected], **more}


def codes(remarks: Any) -> list[tuple[str, str]]:
    return [(remark.code, remark.severity) for remark in remarks]


def test_holes_are_looked_up_in_a_file_of_advisories(tmp_path: Path) -> None:
    file = tmp_path / "osv.json"
    open_one = advisory("Django", {"introduced": "0"}, {"fixed": "99.0"})
    unmended = advisory("lxml", {"introduced": "1.0"})
    past = advisory("cryptography", {"introduced": "0"}, {"fixed": "1.0"})
    withdrawn = advisory("psycopg", {"introduced": "0"}, withdrawn="2026-01-01T00:00:00Z")
    file.write_text(json.dumps([open_one, unmended, past, withdrawn, advisory("not-ours", {"introduced": "0"})]))
    found = list(hole_remarks(file))
    assert codes(found) == [("known_hole", "serious"), ("known_hole", "warning")]
    django = locked_libraries()["django"]
    assert found[0].text == f"django {django} has a known hole, PYSEC-Django: Anybody can do anything."
    assert found[0].advice == "It is mended in 99.0: get the next version of Conto."
    file.write_text("\n".join(json.dumps(each) for each in (past, withdrawn)))
    assert codes(hole_remarks(file)) == [("no_known_hole", "fine")]
    file.write_text("{}")
    with pytest.raises(CommandError, match="no OSV advisories"):
        list(hole_remarks(file))


def test_who_cannot_ask_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    (remark,) = hole_remarks(None)
    assert remark.severity == "warning"
    assert remark.text.endswith("could not be asked: pip-audit is not installed here.")


class _Osv(BaseHTTPRequestHandler):
    """Stands for osv.dev: it knows of one hole."""

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        name = asked["package"]["name"]
        hole = advisory(name, {"introduced": "0"}, {"fixed": "99.0"}, aliases=[], modified="2026-01-01T00:00:00Z")
        said = json.dumps({"vulns": [hole] if name == "django" else []}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture
def osv(monkeypatch: pytest.MonkeyPatch) -> Iterator[HTTPServer]:
    server = HTTPServer(("127.0.0.1", 0), _Osv)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setenv(advisories.OSV, f"http://127.0.0.1:{server.server_port}/v1/query")
    yield server
    server.shutdown()
    server.server_close()


def test_pip_audit_asks_over_a_socket(osv: HTTPServer, monkeypatch: pytest.MonkeyPatch) -> None:
    found = list(hole_remarks(None))
    assert codes(found) == [("known_hole", "serious")]
    assert "PYSEC-django" in found[0].text
    monkeypatch.setenv(advisories.OSV, "http://127.0.0.1:9/v1/query")
    assert codes(hole_remarks(None)) == [("holes_not_asked", "warning")]


def test_open_folders_and_forgotten_rotations_are_told(tmp_path: Path, home: Home) -> None:
    own = Home(tmp_path / "home")
    own.prepare()
    own.secrets()
    assert doctor._files(own) == doctor._keys(own) == []
    own.backups.chmod(0o755)
    (remark,) = doctor._files(own)
    assert (remark.severity, remark.advice) == ("serious", f"Run: chmod 700 {own.backups}")
    field_keys.begin_rotation(own, at=NOW - timedelta(days=500))
    assert codes(doctor._keys(own)) == [("rotation_open", "warning")]
    field_keys.let_others_go(own)
    assert codes(doctor._keys(own)) == [("old_field_key", "note")]


@pytest.mark.django_db
def test_people_rights_and_settings_that_stand_open_are_told(settings: Any) -> None:
    assert codes(look_around(now=datetime.now(UTC), at=NOW)) == [("unsafe_disk", "serious"), ("database", "fine")]
    set_up_book(seller=SELLER, bank_account=None, numbers=Numbers(), actor=SYSTEM, at=NOW)
    long_ago = NOW - timedelta(days=200)
    owner = accounts.add_first_owner(email="a@example.com", name="Ada", password="a long pass phrase 42", at=long_ago)
    accounts.add_member(
        email="s@example.com", name="Sam", role=Role.SALES, password="a long pass phrase 42", actor=SYSTEM, at=long_ago
    )
    Member.objects.filter(id=owner.id).update(last_login=long_ago)
    accounts.invite_member(email="new@example.com", name="New", role="sales", actor=SYSTEM, at=NOW)
    made = integrations.make_key(
        member=owner, name="Shop", scopes=[Permission.BACKUP_MANAGE], lasts_days=365, actor=SYSTEM, at=long_ago,
        now=long_ago,
    )  # fmt: skip
    settings.DEBUG, settings.ALLOWED_HOSTS, settings.PUBLIC_URL = True, ["*"], "http://conto.example"
    settings.ALLOW_PRIVATE_TARGETS, settings.METRICS_TOKEN = True, "short"
    remarks = look_around(now=datetime.now(UTC), at=NOW)
    said = {remark.code: remark.text for remark in remarks}
    assert {code for code, severity in codes(remarks) if severity == "serious"} == {
        "debug_on", "any_host", "no_https", "no_backup", "unsafe_disk",
    }  # fmt: skip
    assert {code for code, severity in codes(remarks) if severity == "warning"} == {
        "private_targets", "short_metrics_token", "no_second_step", "dormant", "unused_keys", "mighty_keys",
    }  # fmt: skip
    assert "Ada" in said["no_second_step"]
    assert "Sam" not in said["no_second_step"]
    assert "Sam" in said["never_signed_in"]
    assert "new@example.com" in said["invitations_open"]
    assert made.key.last_four in said["unused_keys"]
    assert [remark.severity for remark in remarks] == sorted(
        (remark.severity for remark in remarks), key=["serious", "warning", "note", "fine"].index
    )
    later = look_around(now=datetime.now(UTC) + timedelta(minutes=1), at=NOW)
    assert ("clocks_apart", "serious") in codes(later)
