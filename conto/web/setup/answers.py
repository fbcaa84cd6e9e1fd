"""What was answered so far, kept in the session, and what the book is made of in the end."""

import base64
from typing import Any

from django.http import HttpRequest

from conto.apps.accounts.queries import BankAccountDetails, SellerDetails
from conto.domain.preset import PRESET_KEYS
from conto.flows.set_up_book import Beginning, Numbers

_KEY = "set_up"
STEPS = ("owner", "business", "preset", "tax", "bank", "look", "numbers")


def answers(request: HttpRequest) -> dict[str, dict[str, Any]]:
    """Return the answers given so far, by step."""
    return dict(request.session.get(_KEY, {}))


def keep(request: HttpRequest, step: str, values: dict[str, Any]) -> None:
    """Keep the answers of a step."""
    request.session[_KEY] = {**answers(request), step: values}


def forget(request: HttpRequest) -> None:
    """Forget all answers: the book is made."""
    request.session.pop(_KEY, None)


def next_open(request: HttpRequest) -> str:
    """Return the first step that has no answer."""
    given = answers(request)
    return next((step for step in STEPS if step not in given), STEPS[-1])


def logo_of(given: dict[str, dict[str, Any]]) -> bytes | None:
    """Return the logo that was chosen."""
    text = given.get("look", {}).get("logo", "")
    return base64.b64decode(text) if text else None


def seller_of(given: dict[str, dict[str, Any]]) -> SellerDetails:
    """Return the seller that the answers describe."""
    business, tax = given["business"], given.get("tax", {})
    status = tax.get("status", "registered")
    return SellerDetails(
        name=business["name"],
        legal_name=business.get("legal_name") or business["name"],
        country=business["country"],
        currency=business["currency"],
        zone=business["zone"],
        language=business["language"],
        line1=business["line1"],
        postcode=business.get("postcode", ""),
        city=business["city"],
        email=business["email"],
        phone=business.get("phone", ""),
        vat_number=tax.get("vat_number", ""),
        tax_number=tax.get("tax_number", ""),
        company_number=tax.get("company_number", ""),
        is_tax_registered=status == "registered",
        is_small_business=status == "small",
        electronic_address_scheme="EM",
        electronic_address=business["email"],
        terms_days=given.get("numbers", {}).get("terms_days", 14),
        accent_color=given.get("look", {}).get("accent_color", "#1f5c46"),
    )


def bank_account_of(given: dict[str, dict[str, Any]]) -> BankAccountDetails | None:
    """Return the bank account that the answers describe, or nothing when it was left for later."""
    bank = given.get("bank", {})
    if not (bank.get("iban") or bank.get("account_number")):
        return None
    return BankAccountDetails(
        holder=bank.get("holder") or given["business"].get("legal_name") or given["business"]["name"],
        currency=given["business"]["currency"],
        iban=bank.get("iban", ""),
        bic=bank.get("bic", ""),
        bank_name=bank.get("bank_name", ""),
        account_number=bank.get("account_number", ""),
        routing_number=bank.get("routing_number", ""),
        is_default=True,
    )


def beginning_of(given: dict[str, dict[str, Any]]) -> Beginning | None:
    """Return with which preset the book begins, or nothing for the plain book."""
    chosen = given.get("preset", {})
    return Beginning(chosen["preset"], with_items=chosen["with_items"]) if chosen.get("preset") in PRESET_KEYS else None


def numbers_of(given: dict[str, dict[str, Any]]) -> Numbers:
    """Return how documents will be numbered."""
    asked = given["numbers"]
    return Numbers(
        prefix=asked["prefix"],
        width=asked["width"],
        is_yearly=asked["is_yearly"],
        start_ordinal=asked["start_ordinal"],
    )
