"""The description of the API (OpenAPI 3.1), made from the declarations, with rights, headers, problems, examples."""

from __future__ import annotations

import json
import re
from functools import cache
from typing import Any

from conto.api.api import api
from conto.api.encoding import as_json
from conto.api.examples import example_of
from conto.api.operations import RULES, Rule
from conto.api.problem import MEDIA_TYPE

PREFIX = "/api/v1/"
ABOUT = """Everything that can be done on the pages can be done by a program.

Send the key as `Authorization: Bearer conto_…`. A key acts for a member and may what its scopes say, as far as the
role of the member has them. Amounts are whole numbers in minor units (cents) with their currency; quantities, prices
and rates are decimals written as texts. Days are days of the business, instants are in UTC.
"""
NOUNS = {
    "Customers": "Companies and people that buy, with all that belongs to them.",
    "Leads": "Who may buy one day, before they are customers; forms for strangers, and who looks after which lead.",
    "Deals": "What may be sold to whom, through its stages until it is won or lost.",
    "Activities": "What is to be done with customers, and what was done.",
    "Pipelines": "The stages that deals go through, what they ask for, and why deals are lost.",
    "Letters": "Mails to and from customers, as conversations, each once.",
    "Mailboxes": "Where answers are read, up to when that is complete, and templates of letters.",
    "Quotes": "What is offered: drafted, sent and frozen, accepted or declined by the customer.",
    "Plans": "What can be subscribed to: terms, items with prices of every kind, versions that never change; coupons.",
    "Migrations": "Running subscriptions go over to another version of their plan together: looked at, then done.",
    "Subscriptions": "Who has taken which plan: begun, changed after a look at what that bills.",
    "Repeating invoices": "Invoices that are agreed once and made on their days: drafted, issued or sent.",
    "Recurring revenue": "What subscriptions bring a month, and how that moves by month and by customer.",
    "Billing": "What is due is billed by runs; what cannot be billed is set aside with its reason.",
    "Entitlements": "What customers may use of what they have subscribed to: features, limits, what is used and left.",
    "Prepaid credit": "Money that is paid, or given, before it is used: what is left of it, and what it paid for.",
    "Projects": "Work that is done for customers, by the hour or at a price: approved or reached, and billed once.",
    "Usage": "What was used of subscriptions: sent event by event, each counted once, and what it costs so far.",
    "Contracts": "What is agreed with customers for a time: terms, prices, versions, renewals and notice.",
    "Targets": "What people, teams and everybody want to reach, how far they are, and what is behind each figure.",
    "Fields": "What a business wants to know beside what is there; the values are under `own` of each record.",
    "Rhythms": "Customers whose invoices come later or earlier than they used to.",
    "Results": "How far the money of won deals is, and what each seller sold, billed and collected.",
    "Items": "What is sold, and its prices by currency and day.",
    "Stock": "What is on hand of items and what it is worth, as goods come and go; what lines cost and earned.",
    "Previews": "What a price, a subscription or an invoice would come to, and why; nothing is kept.",
    "Drafts": "Documents before they are issued.",
    "Documents": "Invoices, deposit invoices, final invoices and credit notes. Issued for ever.",
    "Late charges": "Fees and interest for paying late: the rule, what was charged, waived and left out.",
    "Payments": "Money received, what it settles, and money given back.",
    "Collection": "Invoices that are charged by themselves: what customers have saved, attempts, what failed.",
    "Ledger": "Accounts, balances and journal entries.",
    "Mails": "What was written to customers, and whether it arrived.",
    "Business": "The business, its legal entities, number series, templates and tax rates.",
    "Members": "Who works here, and who is asked to.",
    "Teams": "Who sees whose records: teams, and how far each role sees.",
    "Facts": "Everything that happened, by whom and when.",
    "Webhooks": "Programs elsewhere that are told what happens, and what they were told.",
    "Upkeep": "How the book is: health, jobs, backups, alerts, and how mail leaves.",
    "Book": "Search, imports and checks of the whole book.",
}
_PROBLEMS = {
    400: "The request cannot be read.",
    401: "There is no key that opens.",
    403: "The key or its member's role may not do this.",
    404: "There is nothing here, or nothing that this key may see.",
    409: "The state of the record stands against it, or the same request is still running.",
    412: "The record is not the one that `If-Match` names.",
    413: "The body is too large.",
    415: "The body is not JSON.",
    422: "The shape is wrong or a rule said no; `errors` names the fields.",
    429: "Too many requests; `Retry-After` says when to ask again.",
    500: "Something unforeseen, written down under a number.",
    503: "The book cannot answer at the moment.",
}
_PROBLEM = {
    "title": "Problem",
    "type": "object",
    "description": "What went wrong (RFC 9457).",
    "properties": {
        "type": {"type": "string", "examples": ["/api/docs#problems-draft.has_findings"]},
        "title": {"type": "string", "examples": ["Unprocessable Content"]},
        "status": {"type": "integer", "examples": [422]},
        "detail": {"type": "string", "description": "In words, in the language that was asked for.",
                   "examples": ["This draft cannot be issued yet."]},
        "code": {"type": "string", "description": "For programs; does not change.",
                 "examples": ["draft.has_findings"]},
        "number": {"type": "string", "description": "Under which a failure of ours is written down."},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "field": {"type": "string", "examples": ["billing.postcode"]},
                    "code": {"type": "string", "examples": ["contact.bad_postcode"]},
                    "detail": {"type": "string", "examples": ["A German postcode has five digits."]},
                    "severity": {"type": "string", "enum": ["block", "warn"]},
                },
                "required": ["field", "code", "detail"],
            },
        },
    },
    "required": ["type", "title", "status", "detail", "code"],
}  # fmt: skip


@cache
def text() -> str:
    """Return the description as the text that is kept in the repository."""
    return json.dumps(document(), indent=1, ensure_ascii=False) + "\n"


@cache
def document() -> dict[str, Any]:
    """Return the description of every operation."""
    made: dict[str, Any] = json.loads(as_json(api.get_openapi_schema(path_prefix=PREFIX)))
    made = json.loads(re.sub(r"Page_(\w+?)_(?=\")", r"\1Page", json.dumps(made)))
    schemas = made["components"]["schemas"]
    schemas["Problem"] = _PROBLEM
    for operations in made["paths"].values():
        for operation in operations.values():
            _complete(operation, RULES[operation["operationId"]], schemas)
    for schema in schemas.values():
        schema.setdefault("examples", [example_of(schema, schemas)])
    made["info"]["description"] = ABOUT
    made["tags"] = [{"name": name, "description": words} for name, words in NOUNS.items()]
    made["components"]["securitySchemes"] = {"ApiKey": _security(made)}
    made["servers"] = [{"url": "/"}]
    return made


def _security(made: dict[str, Any]) -> Any:
    return next(iter(made["components"]["securitySchemes"].values()))


def _complete(operation: dict[str, Any], rule: Rule, schemas: dict[str, Any]) -> None:
    operation["security"] = [{"ApiKey": []}]
    operation["x-permission"] = rule.needs.value if rule.needs else None
    right = f"Needs the scope `{rule.needs.value}`." if rule.needs else "Every key may ask this."
    operation["description"] = "\n\n".join(part for part in (operation.get("description"), right) if part)
    operation["parameters"] = [*operation.get("parameters", []), *_headers(rule)]
    for answer in operation["responses"].values():
        _show_answer(answer, rule, schemas)
    for content in operation.get("requestBody", {}).get("content", {}).values():
        content["example"] = example_of(content["schema"], schemas)
    if rule.is_record:
        operation["responses"]["304"] = {"description": "It is the one that you have."}
    for status in _problems_of(rule):
        operation["responses"].setdefault(str(status), _problem_answer(status))


def _show_answer(answer: dict[str, Any], rule: Rule, schemas: dict[str, Any]) -> None:
    if rule.media_types:
        answer["content"] = {kind: {"schema": {"type": "string", "format": "binary"}} for kind in rule.media_types}
        return
    for content in answer.get("content", {}).values():
        content["example"] = example_of(content["schema"], schemas)
    if rule.is_record or rule.match:
        answer["headers"] = {
            "ETag": {"description": "The mark of the record as it reads now.", "schema": {"type": "string"}}
        }


def _problem_answer(status: int) -> dict[str, Any]:
    schema = {"$ref": "#/components/schemas/Problem"}
    return {"description": _PROBLEMS[status], "content": {MEDIA_TYPE: {"schema": schema}}}


def _problems_of(rule: Rule) -> list[int]:
    found = [401, 403, 404, 422, 429, 503]
    if rule.is_write:
        found += [400, 409, 413, 415]
    if rule.match:
        found.append(412)
    return sorted(found)


def _headers(rule: Rule) -> list[dict[str, Any]]:
    found = []
    if rule.is_record:
        found.append(_header("If-None-Match", "The `ETag` that you have: 304 while it is the same.", '"9f2c…"'))
    if rule.is_write:
        words = "Names this request, so that sending it again does not do it again. Kept for 7 days."
        found.append(_header("Idempotency-Key", words, "order-1017", {"pattern": "^[!-~]{1,255}$"}))
    if rule.match:
        found.append(_header("If-Match", "The `ETag` of the record that you change: 412 if it changed.", '"9f2c…"'))
    return found


def _header(name: str, words: str, example: str, more: dict[str, Any] | None = None) -> dict[str, Any]:
    schema = {"type": "string", **(more or {})}
    return {"in": "header", "name": name, "required": False, "description": words, "schema": schema,
            "example": example}  # fmt: skip
