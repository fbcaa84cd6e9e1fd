"""How facts read in the record of what happened: the kind, what changed from what to what, and from where."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _g

from conto.apps.fields.queries import told_body
from conto.domain.devices import program_of
from conto.domain.permissions import Permission
from conto.web.access import ROLE_WORDS, may
from conto.web.audit.kinds import kind_words
from conto.web.customers.words import FIELD_WORDS
from conto.web.formats import money_text

if TYPE_CHECKING:
    from conto.apps.audit.models import Fact
    from conto.web.reading import Here

CHANNEL_WORDS: dict[str, str | Promise] = {
    "web": _g("Pages"),
    "portal": _g("Customer's page"),
    "api": _g("API"),
    "cli": _g("Command line"),
    "job": _g("Worker"),
    "import": _g("Import"),
}
ACTOR_WORDS: dict[str, str | Promise] = {
    "member": _g("Members"),
    "customer": _g("Customers"),
    "system": _g("Conto itself"),
    "import": _g("Imports"),
}
SUBJECT_WORDS: dict[str, str | Promise] = {
    "customer": _g("Customers"),
    "contact": _g("Contacts"),
    "lead": _g("Leads"),
    "lead_form": _g("Forms for leads"),
    "routing": _g("Rules for new leads"),
    "deal": _g("Deals"),
    "comment": _g("Comments"),
    "activity": _g("Activities"),
    "pipeline": _g("Pipelines"),
    "calendar_feed": _g("Calendars"),
    "contract": _g("Contracts"),
    "project": _g("Projects"),
    "rate": _g("Rates of an hour"),
    "plan": _g("Plans"),
    "repeat": _g("Repeating invoices"),
    "subscription": _g("Subscriptions"),
    "billing_run": _g("Billing runs"),
    "plan_migration": _g("Subscriptions going over"),
    "coupon": _g("Coupons"),
    "target": _g("Targets"),
    "usage_batch": _g("Usage"),
    "letter": _g("Letters"),
    "thread": _g("Conversations"),
    "mailbox": _g("Mailboxes"),
    "letter_template": _g("Templates of letters"),
    "invoice_words": _g("Words of invoices"),
    "document": _g("Documents"),
    "payment": _g("Payments"),
    "payment_method": _g("Saved cards"),
    "allocation": _g("Allocations"),
    "refund": _g("Refunds"),
    "item": _g("Items"),
    "message": _g("Mail"),
    "member": _g("Members"),
    "team": _g("Teams"),
    "business": _g("Legal entities"),
    "series": _g("Number series"),
    "settings": _g("Settings"),
    "book": _g("The book itself"),
    "api_key": _g("API keys"),
    "webhook": _g("Webhooks"),
    "own_field": _g("Fields"),
    "own_values": _g("Values of own fields"),
}
_MORE_FIELDS: dict[str, str | Promise] = {
    "role": _g("role"),
    "seen_by": _g("seen by"),
    "edited_by": _g("changed by"),
    "team": _g("team"),
    "reach": _g("whose records"),
    "is_active": _g("active"),
    "amount": _g("amount"),
    "total": _g("total"),
    "number": _g("number"),
    "reason": _g("reason"),
    "method": _g("way of paying"),
    "recipient": _g("recipient"),
    "address": _g("address"),
    "area": _g("area"),
    "device": _g("device"),
    "preset": _g("Preset"),
    "home": _g("First page"),
    "issued_on": _g("issued on"),
    "due_on": _g("due on"),
    "received_on": _g("received on"),
    "file_name": _g("file"),
    "file_format": _g("format"),
    "is_default": _g("default"),
    "bic": _g("BIC"),
    "holder": _g("account holder"),
    "bank_account.name": _g("name of the account"),
    "bank_name": _g("bank"),
    "account_number": _g("account number"),
    "routing_number": _g("routing number"),
    "issues_at": _g("issued by itself on"),
    "watches_amounts": _g("unusual amounts are held"),
    "watches_rhythm": _g("what comes too early is held"),
    "watches_duplicates": _g("what was billed already is held"),
    "least_documents": _g("earlier invoices needed"),
    "amount_percent": _g("amounts may differ by percent"),
    "rhythm_percent": _g("early or late by percent"),
    "rhythm_days": _g("early or late by days"),
    "duplicate_days": _g("compared within days"),
    "review_hours": _g("billing runs wait hours"),
}
_NOTHING: tuple[Any, ...] = ("", None, [], {})
# Where the record of a subject is, and who may open it.
_PAGES: dict[str, tuple[str, Permission]] = {
    "customer": ("/customers/{id}/", Permission.CUSTOMER_VIEW),
    "document": ("/invoices/{id}", Permission.INVOICE_VIEW),
    "payment": ("/payments/{id}", Permission.PAYMENT_VIEW),
    "contract": ("/contracts/{id}", Permission.CONTRACT_VIEW),
    "project": ("/projects/{id}", Permission.PROJECT_VIEW),
    "item": ("/catalog/{id}/", Permission.ITEM_VIEW),
    "plan": ("/plans/{id}", Permission.PLAN_VIEW),
    "coupon": ("/plans/?view=coupons", Permission.PLAN_VIEW),
    "repeat": ("/repeats/{id}", Permission.INVOICE_VIEW),
    "subscription": ("/subscriptions/{id}", Permission.SUBSCRIPTION_VIEW),
    "billing_run": ("/subscriptions/runs/{id}", Permission.SUBSCRIPTION_BILL),
    "plan_migration": ("/plans/migrations/{id}", Permission.SUBSCRIPTION_EDIT),
    "member": ("/settings/members/{id}", Permission.MEMBER_EDIT),
    "business": ("/settings/business", Permission.SETTINGS_VIEW),
    "series": ("/settings/numbers", Permission.SETTINGS_VIEW),
    "own_field": ("/settings/fields", Permission.FIELD_EDIT),
    "api_key": ("/settings/keys", Permission.SETTINGS_VIEW),
    "webhook": ("/settings/webhooks", Permission.INTEGRATION_MANAGE),
}
_ROLES = {role.value: words for role, words in ROLE_WORDS.items()}
_LONGEST = 200


@dataclass(frozen=True, slots=True)
class Detail:
    """One thing that a fact says; with `is_change` it was something else before."""

    field: str
    before: str
    after: str
    is_change: bool = False


@dataclass(frozen=True, slots=True)
class Told:
    """A fact as a row of the record."""

    fact: "Fact"
    kind: str
    details: tuple[Detail, ...]
    href: str
    origin: str
    agent: str
    is_erased: bool


def told(fact: "Fact", here: "Here") -> Told:
    """Tell a fact in the reader's language, as far as they may read it."""
    origin = fact.origin
    channel = origin.get("channel", "")
    where = [str(CHANNEL_WORDS.get(channel, channel)), origin.get("address", ""), program_of(origin.get("agent", ""))]
    return Told(
        fact=fact,
        kind=kind_words(fact.kind),
        details=tuple(details_of(told_body(fact.kind, fact.body, here.business, here.member.role))),
        href=_page_of(fact, here.member),
        origin=" · ".join(part for part in where if part),
        agent=origin.get("agent", ""),
        is_erased=getattr(fact, "payload", None) is None,
    )


def details_of(body: dict[str, Any]) -> list[Detail]:
    """List what a fact says: changes as before and after, amounts as money, ids left out."""
    found = []
    for name, value in body.items():
        if name == "changes" and isinstance(value, dict):
            found += [
                Detail(_field(key), _text(key, pair[0], body), _text(key, pair[1], body), is_change=True)
                for key, pair in value.items()
                if not (pair[0] in _NOTHING and pair[1] in _NOTHING)  # left open, when the whole was added
            ]
        elif name == "keys" and isinstance(value, dict):
            continue  # the labels stand before the values already
        elif value not in _NOTHING and name != "currency" and not name.endswith(("_id", "_ids")):
            found.append(Detail(_field(name), "", _text(name, value, body)))
    return found


def _page_of(fact: "Fact", member: Any) -> str:
    page, permission = _PAGES.get(fact.subject_kind, ("", None))
    if page and permission and may(member, permission) and fact.kind != "document_discarded":
        return page.format(id=fact.subject_id)
    is_of_customer = fact.customer_id and may(member, Permission.CUSTOMER_VIEW)
    return f"/customers/{fact.customer_id}/" if is_of_customer else ""


def _field(name: str) -> str:
    plain = name.removesuffix("_minor")
    if name not in _MORE_FIELDS:
        plain = plain.removeprefix("bank_account.")
    return str(_MORE_FIELDS.get(plain) or FIELD_WORDS.get(plain) or plain.replace("_", " "))


def _text(name: str, value: Any, body: dict[str, Any]) -> str:
    currency = body.get("currency", "")
    if name in {"seen_by", "edited_by"}:
        return ", ".join(str(_ROLES[each]) for each in value or ()) or (_("everybody") if value is None else "–")
    if value in _NOTHING:
        return "–"
    if name.endswith("_minor") and isinstance(value, int) and currency:
        return money_text(value, currency)
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if name == "role" and value in _ROLES:
        return str(_ROLES[value])
    if isinstance(value, dict):
        text = ", ".join(f"{key}: {item}" for key, item in value.items())
    else:
        text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
