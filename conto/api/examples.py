"""Examples of bodies, made from the examples of their fields."""

from __future__ import annotations

from typing import Any

_BY_FORMAT = {
    "uuid": "0199e8a2-7c1d-7000-8000-0242ac120002",
    "date": "2026-11-22",
    "date-time": "2026-11-22T10:00:00Z",
}
_BY_TYPE: dict[str, Any] = {"integer": 1, "boolean": True, "number": 1, "null": None, "string": "text"}
_DEEPEST = 6


def example_of(schema: dict[str, Any], schemas: dict[str, Any], depth: int = 0) -> Any:
    """Return a value that a schema allows, as a reader would expect it."""
    if "$ref" in schema:
        return example_of(schemas[schema["$ref"].rsplit("/", 1)[-1]], schemas, depth)
    for known in ("examples", "enum"):
        if schema.get(known):
            return schema[known][0]
    for known in ("example", "const", "default"):
        if known in schema and schema[known] not in (None, "", []):
            return schema[known]
    for choice in (*schema.get("anyOf", ()), *schema.get("allOf", ()), *schema.get("oneOf", ())):
        if choice.get("type") != "null":
            return example_of(choice, schemas, depth)
    return _by_type(schema, schemas, depth)


def _by_type(schema: dict[str, Any], schemas: dict[str, Any], depth: int) -> Any:
    kind = schema.get("type")
    if kind == "object" or "properties" in schema:
        return {
            name: example_of(field, schemas, depth + 1)
            for name, field in schema.get("properties", {}).items()
            if depth < _DEEPEST
        }
    if kind == "array":
        return [example_of(schema.get("items", {}), schemas, depth + 1)] if depth < _DEEPEST else []
    return _BY_FORMAT.get(schema.get("format", ""), _BY_TYPE.get(kind or "string", "text"))
