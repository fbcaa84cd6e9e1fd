"""When the web process loads what only programs need."""

import os
import subprocess
import sys

from conto.config.cli.web import FIRST_PAGES_SECONDS, LONGEST_WAIT_SECONDS, PULSE, QUIET_SECONDS, QuietMoment


def test_programs_are_made_ready_when_nobody_waits_for_a_page() -> None:
    quiet = QuietMoment(0)
    assert not quiet.is_now(FIRST_PAGES_SECONDS - 1)
    quiet.note("/customers/", FIRST_PAGES_SECONDS)
    quiet.note(PULSE, FIRST_PAGES_SECONDS + QUIET_SECONDS)
    assert not quiet.is_now(FIRST_PAGES_SECONDS + QUIET_SECONDS - 1)
    assert quiet.is_now(FIRST_PAGES_SECONDS + QUIET_SECONDS)


def test_programs_are_made_ready_at_last_however_busy_people_are() -> None:
    quiet = QuietMoment(0)
    quiet.note("/customers/", LONGEST_WAIT_SECONDS)
    assert not quiet.is_now(LONGEST_WAIT_SECONDS - 1)
    assert quiet.is_now(LONGEST_WAIT_SECONDS)


def test_the_links_of_pages_load_nothing_of_programs() -> None:
    asks = """
import sys, django
django.setup()
from django.urls import resolve, reverse
assert (reverse("contracts"), resolve("/contracts/").url_name) == ("/contracts/", "contracts")
assert "conto.api.urls" not in sys.modules, "a link of a page"
assert reverse("programs:openapi") == "/api/v1/openapi.json"
assert resolve("/api/v1/openapi.json").url_name == "openapi"
"""
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "conto.config.settings"}
    subprocess.run([sys.executable, "-c", asks], check=True, env=environment)
