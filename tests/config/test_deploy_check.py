"""`manage.py check --deploy` as an administrator runs it: no warning, neither on this machine nor behind TLS."""

import os
import subprocess
import sys

import pytest
from django.core.exceptions import ImproperlyConfigured

from conto.config.address import NEEDED_BEYOND_THIS_MACHINE, host_of, is_this_machine, refuse_plain_http
from tests.environment import ROOT

CHECK = """
import sys
from django.core.management import execute_from_command_line
execute_from_command_line(["manage.py", "check", "--deploy", "--fail-level", "WARNING"])
from django.conf import settings as s
print(s.DEBUG, s.SESSION_COOKIE_SECURE, s.CSRF_COOKIE_SECURE, s.SECURE_SSL_REDIRECT, s.SECURE_HSTS_SECONDS >= 31536000,
      s.SECURE_HSTS_INCLUDE_SUBDOMAINS, s.SESSION_COOKIE_NAME.startswith("__Host-"), len(s.SILENCED_SYSTEM_CHECKS))
"""


def check(**surroundings: str) -> "subprocess.CompletedProcess[str]":
    # Browser tests that were collected beside these allow Django more than a server may.
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("CONTO_", "DJANGO_")) or name == "CONTO_HOME"
    }
    return subprocess.run(
        [sys.executable, "-c", CHECK],
        env=kept | surroundings | {"DJANGO_SETTINGS_MODULE": "conto.config.settings"},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


def test_behind_tls_nothing_is_missing_and_nothing_is_silenced() -> None:
    said = check(CONTO_URL="https://conto.example.com")
    assert said.returncode == 0, said.stdout + said.stderr
    assert "no issues (0 silenced)" in said.stdout
    assert said.stdout.splitlines()[-1] == "False True True True True True True 0"


def test_on_this_machine_only_what_needs_tls_is_silenced() -> None:
    said = check()
    assert said.returncode == 0, said.stdout + said.stderr
    assert "no issues" in said.stdout
    assert (
        said.stdout.splitlines()[-1] == f"False False False False False False False {len(NEEDED_BEYOND_THIS_MACHINE)}"
    )


def test_who_serves_other_machines_without_tls_is_told_what_it_costs() -> None:
    said = check(CONTO_URL="http://192.168.1.20:8000", CONTO_ALLOW_PLAIN_HTTP="1")
    assert said.returncode == 1
    assert "security.W012" in said.stderr


@pytest.mark.parametrize(
    ("url", "hosts"),
    [
        ("http://conto.example.com", ["localhost"]),
        ("http://192.168.1.20:8000", []),
        ("http://localhost:8000", ["localhost", "conto.example.com"]),
        ("http://localhost:8000", ["*"]),
        ("http://localhost.example.com", []),
    ],
)
def test_other_machines_are_not_served_without_tls(url: str, hosts: list[str]) -> None:
    with pytest.raises(ImproperlyConfigured, match="without encryption"):
        refuse_plain_http(url, hosts, is_wanted=False)
    refuse_plain_http(url, hosts, is_wanted=True)


def test_this_machine_and_tls_need_no_leave() -> None:
    refuse_plain_http("http://localhost:8000", ["127.0.0.1", "[::1]", "books.localhost"], is_wanted=False)
    refuse_plain_http("https://conto.example.com", ["conto.example.com"], is_wanted=False)
    assert is_this_machine("[::1]")
    assert host_of("http://[::1]:8000") == "[::1]"


@pytest.mark.parametrize("url", ["conto.example.com", "ftp://conto.example.com", "https://conto.example.com/books"])
def test_an_address_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="must be an address such as"):
        host_of(url)
