"""What may be entered about a lead, a form and a rule: one set of checks for pages, programs, forms and imports."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

from conto.apps.crm.entry import DOCUMENT_LANGUAGES, EntryRefused
from conto.domain.consent import Way
from conto.domain.contact import check_email, normalize_phone
from conto.domain.errors import RuleBroken

LANGUAGES = DOCUMENT_LANGUAGES
OPEN_STATES = ("new", "working", "qualified")
FORM_FIELDS = ("company", "phone", "country", "message")  # beside name and mail, which every form asks for
FORM_TEXTS = ("title", "intro", "consent", "measuring", "thanks")
LONGEST_MESSAGE = 5000
_COUNTRY = re.compile(r"[A-Z]{2}")
_SITE = re.compile(r"https?://[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?(?::[0-9]{1,5})?")


@dataclass(frozen=True, slots=True, kw_only=True)
class NewLead:
    """A lead as it is entered."""

    name: str
    company: str = ""
    email: str = ""
    phone: str = ""
    country: str = ""
    language: str = ""  # none: the business's
    message: str = ""
    source: str = ""
    owner_id: UUID | None = None
    next_step: str = ""
    next_step_at: datetime | None = None
    consent_text: str = ""  # what the person was asked
    has_consent: bool = False
    consent_at: datetime | None = None  # imports: when they agreed; none: when they came
    measuring_text: str = ""  # what they were asked about the measuring of letters, a question of its own
    has_measuring: bool = False
    measuring_at: datetime | None = None  # imports, like the other
    consent_way: str = ""  # how they agreed, as lists and programs say; none: by a form, else noted by hand
    form_id: UUID | None = None
    sent_sha256: bytes | None = None
    external_ref: str | None = None
    created_at: datetime | None = None  # imports: when they first came; none: now
    own: Mapping[str, Any] | None = None  # values of own fields; none: not asked


@dataclass(frozen=True, slots=True, kw_only=True)
class FormEntry:
    """A form for strangers as the settings enter it."""

    name: str
    source: str = "web"
    fields: Mapping[str, str] = field(default_factory=dict)  # {"phone": "optional", "own.sector": "needed"}
    languages: Sequence[str] = ("en",)
    texts: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    asks_consent: bool = False
    asks_measuring: bool = False
    confirms_by_mail: bool = False
    sites: Sequence[str] = ()
    owner_id: UUID | None = None
    is_active: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleEntry:
    """A routing rule as it is entered; several members take turns, and so does whoever is in a team."""

    member_ids: Sequence[UUID] = ()
    team_id: UUID | None = None  # then no members are named
    source: str = ""
    country: str = ""
    language: str = ""
    contains: str = ""


def short(value: Any, most: int, *, is_needed: bool = False) -> str:
    """Return a text of one line as it is kept.

    Raises: RuleBroken when it is missing or too long.
    """
    text = " ".join(str(value or "").replace("\x00", "").split())
    if is_needed and not text:
        raise RuleBroken("entry.missing", "This is needed.")
    return _within(text, most)


def _long(value: Any, most: int) -> str:
    return _within(str(value or "").replace("\x00", "").replace("\r\n", "\n").strip(), most)


def _within(text: str, most: int) -> str:
    if len(text) > most:
        raise RuleBroken("entry.too_long", "At most %(most)s characters.", most=most)
    return text


def _country(value: Any) -> str:
    code = str(value or "").strip().upper()
    if code and not _COUNTRY.fullmatch(code):
        raise RuleBroken("entry.no_country", "Choose a country.")
    return code


def _language(value: Any) -> str:
    if value not in LANGUAGES:
        raise RuleBroken("entry.unknown_choice", "“%(value)s” is not one of the choices.", value=value)
    return str(value)


def _email(value: Any) -> str:
    text = str(value or "").strip()
    return check_email(text) if text else ""


def _way(value: Any) -> str:
    if value not in ("", *Way):
        raise RuleBroken("entry.unknown_choice", "“%(value)s” is not one of the choices.", value=str(value)[:40])
    return str(value)


_CHECKS: dict[str, Callable[[Any], Any]] = {
    "name": lambda value: short(value, 200, is_needed=True),
    "company": lambda value: short(value, 200),
    "email": _email,
    "country": _country,
    "language": _language,
    "message": lambda value: _long(value, LONGEST_MESSAGE),
    "source": lambda value: short(value, 40),
    "next_step": lambda value: short(value, 200),
    "next_step_at": lambda value: value,
    "consent_way": _way,
}
LEAD_FIELDS = (*_CHECKS, "phone")


def checked_lead(given: Mapping[str, Any], *, home_country: str) -> dict[str, Any]:
    """Return fields of a lead as they are kept; a national phone is read as of its country, else of `home_country`.

    Raises: EntryRefused with every field that cannot stand.
    """
    refused: dict[str, RuleBroken] = {}
    kept: dict[str, Any] = {}
    for name, check in _CHECKS.items():
        if name in given:
            _keep(kept, refused, name, partial(check, given[name]))
    if "phone" in given:
        typed = str(given["phone"] or "").strip()[:60]
        country = kept.get("country") or str(given.get("country") or "") or home_country
        _keep(kept, refused, "phone", lambda: normalize_phone(typed, country) if typed else "")
    if kept.get("next_step_at") and not kept.get("next_step"):
        refused["next_step"] = RuleBroken("lead.step_without_words", "Say what is to be done then.")
    if refused:
        raise EntryRefused(refused)
    return kept


def _keep(kept: dict[str, Any], refused: dict[str, RuleBroken], name: str, check: Callable[[], Any]) -> None:
    try:
        kept[name] = check()
    except RuleBroken as broken:
        refused[name] = broken


def checked_form(form: FormEntry, own_keys: Sequence[str] = ()) -> dict[str, Any]:
    """Return a form for strangers as it is kept; `own_keys` are the own fields of leads that it can ask for.

    Raises: EntryRefused with every field that cannot stand.
    """
    kept: dict[str, Any] = {
        "asks_consent": form.asks_consent, "confirms_by_mail": form.confirms_by_mail, "is_active": form.is_active,
        "owner_id": form.owner_id, "asks_measuring": form.asks_measuring,
    }  # fmt: skip
    refused: dict[str, RuleBroken] = {}
    _keep(kept, refused, "name", lambda: short(form.name, 100, is_needed=True))
    _keep(kept, refused, "source", lambda: short(form.source, 40, is_needed=True))
    _keep(kept, refused, "fields", lambda: _fields(form.fields, [f"own.{key}" for key in own_keys]))
    _keep(kept, refused, "languages", lambda: _languages(form.languages))
    _keep(kept, refused, "sites", lambda: _sites(form.sites))
    _keep(kept, refused, "texts", lambda: _texts(form.texts))
    if form.confirms_by_mail and not (form.asks_consent or form.asks_measuring):
        refused["confirms_by_mail"] = RuleBroken(
            "lead_form.nothing_to_confirm", "A mail to confirm needs a consent that it confirms."
        )
    if refused:
        raise EntryRefused(refused)
    return kept


def _fields(given: Mapping[str, str], own: Sequence[str]) -> dict[str, str]:
    known = (*FORM_FIELDS, *own)
    for name, how in given.items():
        if name not in known or how not in {"optional", "needed"}:
            raise RuleBroken("entry.unknown_choice", "“%(value)s” is not one of the choices.", value=f"{name}: {how}")
    return {name: given[name] for name in known if name in given}


def _languages(given: Sequence[str]) -> list[str]:
    if not given:
        raise RuleBroken("lead_form.no_language", "A form speaks at least one language.")
    return list(dict.fromkeys(_language(each) for each in given))


def _sites(given: Sequence[str]) -> list[str]:
    made = [site for each in given if (site := str(each).strip().rstrip("/").lower())]
    for site in made:
        if len(site) > 200 or not _SITE.fullmatch(site):
            raise RuleBroken("lead_form.bad_site", "“%(site)s” is no site like https://www.example.com.", site=site)
    if len(made) > 20:
        raise RuleBroken("lead_form.too_many_sites", "At most %(most)s sites.", most=20)
    return list(dict.fromkeys(made))


def _texts(given: Mapping[str, Mapping[str, str]]) -> dict[str, dict[str, str]]:
    kept: dict[str, dict[str, str]] = {}
    for language, texts in given.items():
        _language(language)
        if unknown := texts.keys() - set(FORM_TEXTS):
            raise RuleBroken("entry.unknown_choice", "“%(value)s” is not one of the choices.", value=min(unknown))
        said = {name: text for name in FORM_TEXTS if (text := _long(texts.get(name), 2000))}
        if said:
            kept[language] = said
    return kept


def checked_rules(rules: Sequence[RuleEntry]) -> list[dict[str, Any]]:
    """Return routing rules as they are kept.

    Raises: EntryRefused with every field that cannot stand: `rules.0.country` …
    """
    if len(rules) > 50:
        raise RuleBroken("routing.too_many", "At most %(most)s rules.", most=50)
    made: list[dict[str, Any]] = []
    refused: dict[str, RuleBroken] = {}
    for n, rule in enumerate(rules):
        kept: dict[str, Any] = {"member_ids": list(dict.fromkeys(rule.member_ids)), "team_id": rule.team_id}
        own: dict[str, RuleBroken] = {}
        _keep(kept, own, "source", partial(short, rule.source, 40))
        _keep(kept, own, "country", partial(_country, rule.country))
        _keep(kept, own, "language", partial(_language, rule.language) if rule.language else str)
        _keep(kept, own, "contains", partial(short, rule.contains, 100))
        if not kept["member_ids"] and rule.team_id is None:
            own["member_ids"] = RuleBroken("routing.nobody", "Say who looks after these leads.")
        if kept["member_ids"] and rule.team_id is not None:
            own["team_id"] = RuleBroken("routing.team_or_members", "Name a team or members, not both.")
        refused |= {f"rules.{n}.{name}": broken for name, broken in own.items()}
        made.append(kept)
    if refused:
        raise EntryRefused(refused)
    return made
