"""The built front end: hashed names of its files and the shapes of its icons."""

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


def icon_shape(name: str) -> str:
    """Give the inside of an icon's SVG.

    Raises: KeyError when there is a build and it has no such icon.
    """
    shapes = _kept("icons.json", _changed_at("icons.json"))
    return str(shapes[name]) if shapes else ""
