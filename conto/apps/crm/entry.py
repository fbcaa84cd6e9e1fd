"""What may be entered about a customer, and the one set of checks for pages, programs and imports."""

import re
import zoneinfo
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import partial
from typing import Any
from uuid import UUID

from conto.domain import contact
from conto.domain.errors import EntryRefused as EntryRefused  # noqa: PLC0414 -- where other areas take it from
from conto.domain.errors import RuleBroken
from conto.domain.money import minor_digits

DELIVERY_METHODS = ("email_pdf", "einvoice", "portal", "post")
PAYMENT_METHODS = ("bank_transfer", "card", "cash", "cheque", "direct_debit", "other")
DOCUMENT_LANGUAGES = ("en", "de", "fr")
_WEBSITE = re.compile(r"(https?://)?[^\s/@.]+(\.[^\s/@.]+)+(:\d+)?(/\S*)?", re.IGNORECASE)
_LONGEST_TERMS_DAYS = 365


@dataclass(frozen=True, slots=True, kw_only=True)
class PostalAddress:
    """An address as it is entered."""

    country: str
    line1: str = ""
    line2: str = ""
    postcode: str = ""
    city: str = ""
    region: str = ""

    @property
    def is_blank(self) -> bool:
        """Tell whether nothing but the country is given."""
        return not any((self.line1, self.line2, self.postcode, self.city, self.region))


@dataclass(frozen=True, slots=True, kw_only=True)
class NewContact:
    """A person at a customer as entered."""

    name: str
    job_title: str = ""
    email: str = ""
    phone: str = ""
    receives_invoices: bool = False
    own: Mapping[str, Any] | None = None  # values of own fields; none: not asked


@dataclass(frozen=True, slots=True, kw_only=True)
class NewCustomer:
    """A customer as entered: the record and what is usually known on the first day."""

    name: str
    kind: str = "company"
    legal_name: str = ""
    email: str = ""
    phone: str = ""
    website: str = ""
    owner_id: UUID | None = None
    language: str = ""  # none: the business's
    currency: str = ""  # none: the business's
    zone: str = ""
    terms_days: int | None = None
    early_discount_percent: Decimal | None = None
    early_discount_days: int | None = None
    delivery_method: str = "email_pdf"
    payment_methods: tuple[str, ...] = ()
    buyer_reference: str = ""
    electronic_address_scheme: str = ""
    electronic_address: str = ""
    is_tax_exempt: bool = False
    billing: PostalAddress | None = None
    delivery: PostalAddress | None = None
    vat_number: str = ""
    tax_number: str = ""
    iban: str = ""
    bank_holder: str = ""
    contacts: tuple[NewContact, ...] = ()
    tags: tuple[str, ...] = ()
    note: str = ""
    source: str = ""
    external_ref: str | None = None
    created_at: datetime | None = None  # imports: when the customer began; none: now
    own: Mapping[str, Any] | None = None  # values of own fields; none: not asked, as of a shop's orders
    extra_words: tuple[str, ...] = ()  # imports: further words to be found by


def _required(most: int) -> Callable[[Any, str], str]:
    def check(value: Any, country: str) -> str:
        text = _short(most)(value, country)
        if not text:
            raise RuleBroken("entry.missing", "This is needed.")
        return text

    return check


def _short(most: int) -> Callable[[Any, str], str]:
    def check(value: Any, _country: str) -> str:
        if not value:
            return ""
        text = " ".join(str(value).replace("\x00", "").split())
        if len(text) > most:
            raise RuleBroken("entry.too_long", "At most %(most)s characters.", most=most)
        return text

    return check


def _one_of(*known: str) -> Callable[[Any, str], str]:
    def check(value: Any, _country: str) -> str:
        if value not in known:
            raise RuleBroken("entry.unknown_choice", "“%(value)s” is not one of the choices.", value=value)
        return str(value)

    return check


def _email(value: Any, _country: str) -> str:
    text = str(value or "").strip()
    return contact.check_email(text) if text else ""


def _phone(value: Any, country: str) -> str:
    text = str(value or "").strip()
    return contact.normalize_phone(text, country) if text else ""


def _website(value: Any, country: str) -> str:
    text = _short(200)(value, country)
    if text and not _WEBSITE.fullmatch(text):
        raise RuleBroken("entry.bad_website", "“%(website)s” is not an address on the web.", website=text)
    return text if not text or "://" in text else f"https://{text}"


def _currency(value: Any, _country: str) -> str:
    code = str(value or "").strip().upper()
    minor_digits(code)
    return code


def _zone(value: Any, _country: str) -> str:
    text = str(value or "").strip()
    if text and text not in zoneinfo.available_timezones():
        raise RuleBroken("entry.unknown_zone", "“%(zone)s” is not a time zone.", zone=text)
    return text


def _days(value: Any, _country: str) -> int | None:
    if value is None or value == "":
        return None
    days = int(value)
    if not 0 <= days <= _LONGEST_TERMS_DAYS:
        raise RuleBroken("entry.bad_days", "Between 0 and %(most)s days.", most=_LONGEST_TERMS_DAYS)
    return days


def _percent(value: Any, _country: str) -> Decimal | None:
    if value is None or value == "":
        return None
    percent = Decimal(value)
    if not 0 < percent < 100:
        raise RuleBroken("entry.bad_percent", "More than 0 and less than 100 percent.")
    return percent


def _methods(value: Any, _country: str) -> list[str]:
    unknown = [method for method in value if method not in PAYMENT_METHODS]
    if unknown:
        raise RuleBroken("entry.unknown_choice", "“%(value)s” is not one of the choices.", value=unknown[0])
    return [method for method in PAYMENT_METHODS if method in value]


def _owner(value: Any, _country: str) -> UUID | None:
    return UUID(str(value)) if value else None


def _as_is(value: Any, _country: str) -> Any:
    return value


_CHECKS: dict[str, Callable[[Any, str], Any]] = {
    "kind": _one_of("company", "person"),
    "name": _required(200),
    "legal_name": _short(200),
    "email": _email,
    "phone": _phone,
    "website": _website,
    "owner_id": _owner,
    "language": _one_of(*DOCUMENT_LANGUAGES),
    "currency": _currency,
    "zone": _zone,
    "terms_days": _days,
    "early_discount_percent": _percent,
    "early_discount_days": _days,
    "delivery_method": _one_of(*DELIVERY_METHODS),
    "payment_methods": _methods,
    "buyer_reference": _short(100),
    "electronic_address_scheme": _short(10),
    "electronic_address": _short(100),
    "is_tax_exempt": _as_is,
}
PROFILE_FIELDS = tuple(_CHECKS)
CONTACT_FIELDS = ("name", "job_title", "email", "phone", "receives_invoices")
_CONTACT_CHECKS = {
    "name": _required(200),
    "job_title": _short(100),
    "email": _email,
    "phone": _phone,
    "receives_invoices": _as_is,
}


def checked_profile(given: Mapping[str, Any], *, country: str) -> dict[str, Any]:
    """Give the record's fields in their normal form; national phones are read as of `country`.

    Raises: EntryRefused with every field that cannot stand.
    """
    return _checked(given, _CHECKS, country)


def checked_contact(given: Mapping[str, Any], *, country: str) -> dict[str, Any]:
    """Give a contact's fields in their normal form.

    Raises: EntryRefused with every field that cannot stand.
    """
    return _checked(given, _CONTACT_CHECKS, country)


def check_together(profile: Mapping[str, Any]) -> None:
    """Refuse a profile whose fields contradict each other.

    Raises: EntryRefused.
    """
    percent, days, terms = (
        profile.get(name) for name in ("early_discount_percent", "early_discount_days", "terms_days")
    )
    problems: dict[str, RuleBroken] = {}
    if (percent is None) != (days is None):
        missing = "early_discount_days" if days is None else "early_discount_percent"
        problems[missing] = RuleBroken("entry.half_discount", "An early-payment discount needs percent and days.")
    elif days is not None and terms is not None and days >= terms:
        problems["early_discount_days"] = RuleBroken(
            "entry.late_discount", "The discount must end before the payment term of %(days)s days.", days=terms
        )
    scheme, address = profile.get("electronic_address_scheme"), profile.get("electronic_address")
    if bool(scheme) != bool(address):
        missing = "electronic_address" if scheme else "electronic_address_scheme"
        problems[missing] = RuleBroken("entry.half_address", "An electronic address needs its scheme and its value.")
    if problems:
        raise EntryRefused(problems)


def checked_address(given: PostalAddress) -> PostalAddress:
    """Give an address in its normal form, the postcode as its country writes it.

    Raises: EntryRefused with every field that cannot stand.
    """
    country = given.country.strip().upper()
    checks: dict[str, Callable[[Any, str], Any]] = {
        "country": _country,
        "line1": _short(200),
        "line2": _short(200),
        "postcode": _postcode,
        "city": _short(100),
        "region": _short(100),
    }
    return PostalAddress(**_checked({name: getattr(given, name) for name in checks}, checks, country))


def _country(value: Any, _country: str) -> str:
    code = str(value or "").strip().upper()
    if not re.fullmatch(r"[A-Z]{2}", code):
        raise RuleBroken("entry.no_country", "Choose a country.")
    return code


def _postcode(value: Any, country: str) -> str:
    text = _short(20)(value, country)
    return contact.check_postcode(country, text) if text else ""


def _checked(given: Mapping[str, Any], checks: Mapping[str, Callable[[Any, str], Any]], country: str) -> dict[str, Any]:
    unknown = given.keys() - checks.keys()
    if unknown:
        raise TypeError(f"no such field: {', '.join(sorted(unknown))}")
    normal: dict[str, Any] = {}
    problems: dict[str, RuleBroken] = {}
    for name, check in checks.items():
        if name in given:
            try:
                normal[name] = check(given[name], country)
            except RuleBroken as broken:
                problems[name] = broken
    if problems:
        raise EntryRefused(problems)
    return normal


def _person(person: NewContact) -> dict[str, Any]:
    return {name: getattr(person, name) for name in CONTACT_FIELDS}


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedCustomer:
    """A new customer whose every detail can stand, in normal form."""

    profile: dict[str, Any]
    billing: PostalAddress | None
    delivery: PostalAddress | None
    vat_number: str
    tax_number: str
    iban: str
    contacts: tuple[dict[str, Any], ...]


def checked_customer(new: NewCustomer, *, home_country: str, currency: str, language: str) -> CheckedCustomer:
    """Check everything that was entered about a new customer at once.

    Raises: EntryRefused with every field that cannot stand: `email`, `billing.postcode`, `contacts.0.phone` …
    """
    problems: dict[str, RuleBroken] = {}
    country = (new.billing.country if new.billing else "") or home_country

    def attempt(prefix: str, check: Callable[[], Any], only: str = "") -> Any:
        try:
            return check()
        except EntryRefused as refused:
            problems.update({f"{prefix}{name}": broken for name, broken in refused.by_field.items()})
        except RuleBroken as broken:
            problems[only] = broken
        return None

    given = {name: getattr(new, name) for name in PROFILE_FIELDS}
    given["currency"] = given["currency"] or currency
    given["language"] = given["language"] or language
    profile = attempt("", partial(checked_profile, given, country=country))
    if profile:
        attempt("", partial(check_together, profile))
    # The country alone is a billing address: tax asks no more of many customers.
    has_billing = bool(new.billing and (new.billing.country or not new.billing.is_blank))
    has_delivery = bool(new.delivery and not new.delivery.is_blank)
    addresses = {
        kind: attempt(f"{kind}.", partial(checked_address, address)) if is_given and address else None
        for kind, address, is_given in (("billing", new.billing, has_billing), ("delivery", new.delivery, has_delivery))
    }
    numbers = {
        name: attempt("", partial(contact.check_tax_id, country, value), only=name) if value else ""
        for name, value in (("vat_number", new.vat_number), ("tax_number", new.tax_number))
    }
    iban = attempt("", partial(contact.check_iban, new.iban), only="iban") if new.iban else ""
    people = [
        attempt(f"contacts.{place}.", partial(checked_contact, _person(person), country=country))
        for place, person in enumerate(new.contacts)
    ]
    if problems:
        raise EntryRefused(problems)
    return CheckedCustomer(
        profile=profile,
        billing=addresses["billing"],
        delivery=addresses["delivery"],
        vat_number=numbers["vat_number"],
        tax_number=numbers["tax_number"],
        iban=iban,
        contacts=tuple(people),
    )
