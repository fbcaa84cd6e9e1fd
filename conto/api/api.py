"""The API put together: nouns, problems, addresses."""

from __future__ import annotations

import json
from typing import Any, cast

from django.http import Http404, HttpRequest
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError
from ninja.parser import Parser

from conto.api.nouns import ROUTERS
from conto.api.problem import of_exception

VERSION = "1.0.0"


class StrictParser(Parser):
    """Reads JSON as it is defined: no NaN, no text that a database cannot keep."""

    def parse_body(self, request: HttpRequest) -> Any:
        """Return what the body says.

        Raises: ValueError for what is no JSON or cannot be kept.
        """
        read = json.loads(request.body, parse_constant=_refuse)
        if not isinstance(read, dict):
            raise TypeError("not an object")
        _check_texts(read)
        return read


def _refuse(name: str) -> None:
    raise ValueError(name)


def _check_texts(value: Any) -> None:
    match value:
        case str():
            if "\x00" in value:
                raise ValueError("NUL")
            value.encode()  # refuses half of a surrogate pair
        case dict():
            for name, item in value.items():
                _check_texts(name)
                _check_texts(item)
        case list():
            for item in value:
                _check_texts(item)


api = NinjaAPI(
    title="Conto",
    version=VERSION,
    urls_namespace="api",
    openapi_url=None,
    docs_url=None,
    parser=StrictParser(),
)
for _kind in (Exception, Http404, HttpError, ValidationError):
    api.add_exception_handler(_kind, cast("Any", of_exception))
for _router in ROUTERS:
    api.add_router("", _router)
