"""Settings and the database that a book stands on."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import gettext_noop as _g

from conto.apps.bulk.condition import surroundings
from conto.apps.bulk.invariants import ask
from conto.apps.bulk.schema_invariants import INVARIANTS as OF_SCHEMA
from conto.domain.checkup import Remark

OLDEST_SERVER = 15
SHORT_TOKEN = 24
CLOCKS_APART, CLOCKS_FAR_APART = timedelta(seconds=2), timedelta(seconds=30)
_HERE = {"localhost", "127.0.0.1", "::1"}


def surroundings_remarks(now: datetime) -> Iterator[Remark]:
    """Look at the settings, the rights of the application in the database, its version and its clock."""
    yield from _settings()
    yield from _database(now)


def _settings() -> Iterator[Remark]:
    address = urlsplit(settings.PUBLIC_URL)
    if settings.DEBUG:
        yield Remark(
            "debug_on",
            "serious",
            _g("Pages for developers are on: an error shows the insides of the program to whoever sees it."),
            _g("Take CONTO_DEBUG away and start again."),
        )
    if "*" in settings.ALLOWED_HOSTS:
        yield Remark(
            "any_host",
            "serious",
            _g("The pages answer under every name, so a forged link in a mail may lead elsewhere."),
            _g("Name the hosts in CONTO_HOSTS."),
        )
    if address.scheme != "https" and address.hostname not in _HERE:
        yield Remark(
            "no_https",
            "serious",
            _g("People reach %(url)s without encryption: passwords can be read on the way."),
            _g("Put a proxy with TLS before Conto and set CONTO_URL=https://…"),
            {"url": settings.PUBLIC_URL},
        )
    if address.scheme == "https" and not (settings.SESSION_COOKIE_SECURE and settings.CSRF_COOKIE_SECURE):
        yield Remark(
            "open_cookies",
            "serious",
            _g("Cookies leave the browser without encryption too."),
            _g("Set CONTO_URL=https://… and nothing else: the cookies follow it."),
        )
    if settings.ALLOW_PRIVATE_TARGETS:
        yield Remark(
            "private_targets",
            "warning",
            _g("Members may let Conto call addresses of the private network (webhooks, stores of backups)."),
            _g("Take CONTO_ALLOW_PRIVATE_TARGETS away unless such a program stands there."),
        )
    if 0 < len(settings.METRICS_TOKEN) < SHORT_TOKEN:
        yield Remark(
            "short_metrics_token",
            "warning",
            _g("The token that opens the metrics is short enough to be guessed."),
            _g("Make CONTO_METRICS_TOKEN at least 24 random characters."),
        )


def _database(now: datetime) -> Iterator[Remark]:
    rights = next(rule for rule in OF_SCHEMA if rule.id == "I34")
    verdict = ask(rights)
    if verdict.violated:
        yield Remark(
            "database_rights",
            "serious",
            _g("The application may do more in the database than it should: %(shown)s."),
            _g("Let it connect as conto_app, and take these rights away from that role."),
            {"shown": "; ".join(verdict.shown)},
        )
    found = surroundings()
    if found.version < OLDEST_SERVER * 10000:
        yield Remark(
            "old_database",
            "serious",
            _g("PostgreSQL %(version)s is too old for Conto."),
            _g("Bring the server to version 15 or later."),
            {"version": found.version_words},
        )
    if not found.is_safe_on_disk:
        yield Remark(
            "unsafe_disk",
            "serious",
            _g("The database does not wait for the disk (fsync, full_page_writes): a power cut may destroy it."),
            _g("Switch both on in the settings of the server."),
        )
    if found.is_remote and not found.is_encrypted:
        yield Remark(
            "plain_database_line",
            "warning",
            _g("Conto speaks with the database on another machine without encryption."),
            _g("Add ?sslmode=verify-full to the address of the database."),
        )
    apart = abs(found.clock - now)
    if apart > CLOCKS_APART:
        yield Remark(
            "clocks_apart",
            "serious" if apart > CLOCKS_FAR_APART else "warning",
            _g("The clocks of this machine and of the database are %(seconds)s seconds apart."),
            _g("Let both take their time from a time server (NTP)."),
            {"seconds": round(apart.total_seconds())},
        )
    yield Remark("database", "fine", _g("PostgreSQL %(version)s."), params={"version": found.version_words})
