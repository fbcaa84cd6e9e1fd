"""The built front end: hashed names of its files and the addresses of its icons."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.templatetags.static import static

BUILD = Path(__file__).resolve().parent / "static" / "build"
_EMPTY: dict[str, str] = {}


def _read(name: str) -> dict[str, Any]:
    path = BUILD / name
    return json.loads(path.read_text("utf-8")) if path.exists() else _EMPTY


@cache
def _kept(name: str, changed_at: float) -> dict[str, Any]:
    del changed_at  # only a key: a new build is read anew
    return _read(name)


def _changed_at(name: str) -> float:
    # While developing a build may come at any moment; in use it is fixed for the life of the process.
    if not settings.DEBUG:
        return 0.0
    path = BUILD / name
    return path.stat().st_mtime if path.exists() else 0.0


def asset_url(name: str) -> str:
    """Give the address of a built file, such as `app.css`, with its hash in the name."""
    return static(_kept("manifest.json", _changed_at("manifest.json")).get(name, name))


def icon_address(name: str) -> str:
    """Give the address of an icon: a fragment of the one file that holds all icons that pages name.

    Raises: KeyError when there is a build and it has no such icon.
    """
    files = _kept("icons.json", _changed_at("icons.json"))
    return f"{_address(files[name], str(settings.STATIC_URL)) if files else ''}#{name}"


@cache
def _address(path: str, root: str) -> str:
    del root  # only a key: a page draws hundreds of icons, and to put an address together takes as long as the icon
    return static(path)
