"""How an operation is declared: what it needs, takes and gives, in one place, and the way each request goes."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import wraps
from typing import Any, TypeVar

from django.http import HttpRequest, HttpResponse
from ninja import Router

from conto.api import conditions, idempotency
from conto.api.door import ApiKeyDoor
from conto.api.encoding import as_json
from conto.domain.permissions import Permission

F = TypeVar("F", bound=Callable[..., Any])
JSON = "application/json"


@dataclass(frozen=True, slots=True)
class Match:
    """How `If-Match` is checked: the record is locked, then read as it would be given."""

    read: Callable[..., Any]
    lock: Callable[..., Any]


@dataclass(frozen=True, slots=True)
class Rule:
    """What is declared of an operation."""

    name: str
    method: str
    needs: Permission | None
    is_record: bool = False
    match: Match | None = None
    media_types: Sequence[str] = ()

    @property
    def is_write(self) -> bool:
        """Tell whether it changes the book."""
        return self.method != "GET"


RULES: dict[str, Rule] = {}


def noun(tag: str) -> Router:
    """Begin the operations of a noun."""
    return Router(tags=[tag])


def reads(
    router: Router,
    path: str,
    *,
    needs: Permission | None,
    gives: Any,
    is_record: bool = False,
    media_types: Sequence[str] = (),
) -> Callable[[F], F]:
    """Declare an operation that reads; `needs` nothing means that every key may."""

    def declare(function: F) -> F:
        rule = Rule(function.__name__, "GET", needs, is_record=is_record, media_types=media_types)

        @wraps(function)
        def answered(request: HttpRequest, **values: Any) -> HttpResponse:
            result = function(request, **values)
            answer = result if isinstance(result, HttpResponse) else HttpResponse(as_json(result), content_type=JSON)
            return conditions.given_if_changed(request, answer) if is_record else answer

        _declare(router, path, rule, answered, {200: gives})
        return function

    return declare


def writes(  # noqa: PLR0913 -- a writing operation says this much of itself
    router: Router,
    path: str,
    *,
    needs: Permission,
    gives: Any = None,
    method: str = "POST",
    status: int = 0,
    match: Match | None = None,
    prepares: Callable[..., Any] | None = None,
    is_outside: bool = False,
    reveals: Sequence[str] = (),
) -> Callable[[F], F]:
    """Declare an operation that changes the book with one writing call.

    `prepares` is what takes long and writes nothing of this request: it goes before the transaction. `is_outside` is
    for work that asks somebody outside and so has transactions of its own. `reveals` names the fields that are told
    once: they are not kept for a repeated request, which is told an empty text.
    """

    def declare(function: F) -> F:
        code = status or (200 if gives is not None else 204)
        rule = Rule(function.__name__, method, needs, match=match)

        @wraps(function)
        def answered(request: HttpRequest, **values: Any) -> HttpResponse:
            def work() -> HttpResponse:
                if match is not None and "If-Match" in request.headers:
                    match.lock(request, **_wanted_by(match.lock, values))
                    conditions.demand_unchanged(request, as_json(match.read(request, **_wanted_by(match.read, values))))
                return _made(function(request, **values), code, is_record=match is not None)

            if prepares is not None:
                prepares(request, **_wanted_by(prepares, values))
            return idempotency.once(request, work, is_outside=is_outside, reveals=reveals)

        _declare(router, path, rule, answered, {code: gives})
        return function

    return declare


def _declare(
    router: Router, path: str, rule: Rule, function: Callable[..., HttpResponse], gives: dict[int, Any]
) -> None:
    if rule.name in RULES:
        raise ValueError(f"two operations are called {rule.name}")
    RULES[rule.name] = rule
    summary, _blank, more = inspect.cleandoc(function.__doc__ or "").partition("\n\n")
    function.needs = rule.needs or "any key"  # type: ignore[attr-defined]
    router.api_operation(
        [rule.method],
        path,
        auth=ApiKeyDoor(rule.needs),
        response=gives,
        operation_id=rule.name,
        url_name=rule.name,
        summary=" ".join(summary.split()).removesuffix("."),
        description=more.strip() or None,
    )(function)


def _wanted_by(function: Callable[..., Any], values: dict[str, Any]) -> dict[str, Any]:
    return {name: values[name] for name in inspect.signature(function).parameters if name in values}


def _made(result: Any, status: int, *, is_record: bool) -> HttpResponse:
    if isinstance(result, HttpResponse):
        return result
    if status == 204:
        return HttpResponse(status=204)
    body = as_json(result)
    answer = HttpResponse(body, status=status, content_type=JSON)
    if is_record:
        answer.headers["ETag"] = conditions.tag_of(body)
    return answer
