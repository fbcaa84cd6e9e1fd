"""Show what programs can do: every operation with its fields, an example and the answer."""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.utils.text import slugify
from django.views.decorators.http import require_GET

from conto.web.access import member_only
from conto.web.reading import found

_DESCRIPTION = Path(settings.PACKAGE) / "api" / "openapi.json"  # a test holds it to the code


@dataclass(frozen=True, slots=True)
class FieldWords:
    """A field or parameter of an operation."""

    name: str
    kind: str
    is_needed: bool
    words: str


@dataclass(frozen=True, slots=True)
class OperationWords:
    """An operation as a reader sees it."""

    name: str
    method: str
    path: str
    summary: str
    words: str
    scope: str
    parameters: tuple[FieldWords, ...]
    fields: tuple[FieldWords, ...]
    curl: str
    answer: str


@dataclass(frozen=True, slots=True)
class NounWords:
    """A noun with its operations."""

    name: str
    slug: str
    words: str
    operations: tuple[OperationWords, ...]


@require_GET
@member_only
def reference(request: HttpRequest, noun: str = "") -> HttpResponseBase:
    """Show how to begin, or the operations of one noun."""
    nouns = _nouns()
    shown = found(next((each for each in nouns if each.slug == noun), None)) if noun else None
    context = {"nouns": nouns, "shown": shown, "problems": _problems(), "url": settings.PUBLIC_URL}
    return render(request, "reference/reference.html", context)


@cache
def _description() -> dict[str, Any]:
    read: dict[str, Any] = json.loads(_DESCRIPTION.read_text())
    return read


@cache
def _nouns() -> tuple[NounWords, ...]:
    made: dict[str, list[OperationWords]] = {}
    for path, methods in _description()["paths"].items():
        for method, operation in methods.items():
            made.setdefault(operation["tags"][0], []).append(_operation(path, method.upper(), operation))
    return tuple(
        NounWords(tag["name"], slugify(tag["name"]), tag["description"], tuple(made.get(tag["name"], ())))
        for tag in _description()["tags"]
    )


@cache
def _problems() -> tuple[tuple[str, str], ...]:
    seen = {
        status: answer["description"]
        for methods in _description()["paths"].values()
        for operation in methods.values()
        for status, answer in operation["responses"].items()
        if status >= "400"
    }
    return tuple(sorted(seen.items()))


def _operation(path: str, method: str, operation: dict[str, Any]) -> OperationWords:
    content = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
    body = content.get("example")
    return OperationWords(
        name=operation["operationId"],
        method=method,
        path=path,
        summary=operation["summary"],
        words=operation["description"].rsplit("\n\n", 1)[0] if "\n\n" in operation["description"] else "",
        scope=operation["x-permission"] or "",
        parameters=tuple(_parameter(each) for each in operation["parameters"]),
        fields=tuple(_fields(content.get("schema", {}))),
        curl=_curl(path, method, body),
        answer=_answer(operation),
    )


def _parameter(given: dict[str, Any]) -> FieldWords:
    return FieldWords(given["name"], given["in"], given.get("required", False), given.get("description", ""))


def _fields(schema: dict[str, Any]) -> list[FieldWords]:
    known = _resolved(schema)
    needed = set(known.get("required", ()))
    return [
        FieldWords(
            name, _kind(field), name in needed, _resolved(field).get("description", "") if "$ref" not in field else ""
        )
        for name, field in known.get("properties", {}).items()
    ]


def _resolved(schema: dict[str, Any]) -> dict[str, Any]:
    if "$ref" in schema:
        found_: dict[str, Any] = _description()["components"]["schemas"][schema["$ref"].rsplit("/", 1)[-1]]
        return found_
    return schema


def _kind(field: dict[str, Any]) -> str:
    if "$ref" in field:
        return str(field["$ref"].rsplit("/", 1)[-1])
    if field.get("enum"):
        return " | ".join(str(each) for each in field["enum"])
    for choice in field.get("anyOf", ()):
        if choice.get("type") != "null":
            return _kind(choice)
    if field.get("type") == "array":
        return f"[{_kind(field.get('items', {}))}]"
    return str(field.get("format") or field.get("type") or "any")


def _curl(path: str, method: str, body: Any) -> str:
    lines = [f"curl -X {method} {settings.PUBLIC_URL}{path}", '  -H "Authorization: Bearer $CONTO_KEY"']
    if method != "GET":
        lines.append('  -H "Idempotency-Key: order-1017"')
    if body is not None:
        lines.append('  -H "Content-Type: application/json"')
        lines.append(f"  -d '{json.dumps(body, ensure_ascii=False)}'")
    return " \\\n".join(lines)


def _answer(operation: dict[str, Any]) -> str:
    for status, answer in operation["responses"].items():
        if status.startswith("2"):
            example = answer.get("content", {}).get("application/json", {}).get("example")
            return "" if example is None else json.dumps(example, indent=2, ensure_ascii=False)
    return ""
