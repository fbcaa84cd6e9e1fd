"""How Conto writes its log: JSON for machines, words for a person at a terminal, secrets for nobody."""

import json
import logging
import re
import traceback
from datetime import UTC, datetime
from typing import Any

from django.core.exceptions import ImproperlyConfigured

# What events carry besides their words; nothing else of a record is written.
FIELDS = (
    "request_id", "member", "key", "book", "method", "path", "status", "ms", "queries", "slowest_ms", "job", "job_id",
    "attempt", "outcome",
)  # fmt: skip
_LONGEST = 20_000
_HIDDEN = "[hidden]"
_SECRETS = (
    (re.compile(r"\bconto_[A-Za-z0-9]{6,}_[\w-]{16,}"), _HIDDEN),  # our keys
    (re.compile(r"\bwhsec_[A-Za-z0-9+/=_-]{8,}"), _HIDDEN),  # what webhooks are signed with
    (re.compile(r"(?i)\b(bearer|basic)\s+[\w.~+/=-]{8,}"), rf"\1 {_HIDDEN}"),
    (
        re.compile(
            r"(?i)(\b[\w-]*(?:password|secret|token|api_?key|iban|cookie|session)[\w-]*['\"]?\s*[=:]\s*)('[^']*'|\"[^\"]*\"|[^\s,;)}\]]+)"
        ),
        rf"\1{_HIDDEN}",
    ),
    (re.compile(r"://[^\s/@:]+:[^\s/@]+@"), f"://{_HIDDEN}@"),  # a password in an address
    (re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,4})?\b"), _HIDDEN),  # IBANs
    (re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"), _HIDDEN),  # mail addresses
    (re.compile(r"(?<=/)(?=[\w-]*\d)(?=[\w-]*[A-Za-z])[\w-]{20,}"), _HIDDEN),  # links that open something, in a path
    (re.compile(r"\?\S+"), f"?{_HIDDEN}"),  # what a page was asked
    (re.compile(r"(?m)^(DETAIL|CONTEXT|HINT): .*$"), rf"\1: {_HIDDEN}"),  # the database tells the row it refused
)
_IDS = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


def without_secrets(text: str) -> str:
    """Return a text without what opens something or belongs to somebody; ids of records stay."""
    ids: list[str] = []

    def keep(found: re.Match[str]) -> str:
        ids.append(found[0])
        return f"<{len(ids) - 1}>"

    hidden = _IDS.sub(keep, text[:_LONGEST])
    for pattern, instead in _SECRETS:
        hidden = pattern.sub(instead, hidden)
    return re.sub(r"<(\d+)>", lambda found: ids[int(found[1])] if int(found[1]) < len(ids) else found[0], hidden)


class _Formatter(logging.Formatter):
    def __init__(self, book: str = "") -> None:
        super().__init__()
        self._book = book

    def told(self, record: logging.LogRecord) -> dict[str, Any]:
        """Return an event as its parts."""
        event = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "says": without_secrets(record.getMessage()),
            "book": self._book,
        }
        event |= {name: getattr(record, name) for name in FIELDS if getattr(record, name, None) is not None}
        if record.exc_info and record.exc_info[0] is not None:
            event["error"] = record.exc_info[0].__name__
            event["trace"] = without_secrets("".join(traceback.format_exception(*record.exc_info)))
        return event


class JsonFormatter(_Formatter):
    """One line of JSON per event."""

    def format(self, record: logging.LogRecord) -> str:
        """Write an event."""
        return json.dumps(self.told(record), ensure_ascii=False, default=str)


class TextFormatter(_Formatter):
    """Words for a person."""

    def format(self, record: logging.LogRecord) -> str:
        """Write an event."""
        event = self.told(record)
        parts = " ".join(f"{name}={event[name]}" for name in FIELDS if name in event and name != "book")
        trace = f"\n{event['trace']}" if "trace" in event else ""
        return f"{event['at']} {event['level'].upper()} {event['logger']}: {event['says']} {parts}".rstrip() + trace


def logging_settings(kind: str, level: str, book: str) -> dict[str, Any]:
    """Return the settings of Python's logging.

    Raises: ImproperlyConfigured for a kind that is none.
    """
    if kind not in {"json", "text"}:
        raise ImproperlyConfigured(f"CONTO_LOG must be json or text, not {kind!r}.")
    if level not in {"DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"}:
        raise ImproperlyConfigured(f"CONTO_LOG_LEVEL must be DEBUG, INFO, WARNING, ERROR or CRITICAL, not {level!r}.")
    name = "JsonFormatter" if kind == "json" else "TextFormatter"
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"line": {"()": f"conto.config.logs.{name}", "book": book}},
        "filters": {"here": {"()": "conto.apps.audit.trail.AddMarks"}},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["here"]}},
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            "conto.request": {"level": "INFO"},
            "conto.job": {"level": "INFO"},
            "django.request": {"level": "ERROR"},  # a page that is not there has its line already
            "procrastinate": {"level": "ERROR"},  # its words repeat what a job was given; jobs have lines of their own
        },
    }
