"""What somebody should hear of at once: a table from kinds of facts to events. A new kind is added here only."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from conto.domain.permissions import GRANTS, Permission, Role

Body = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Event:
    """One thing to hear of: the kinds of facts that tell it, where it goes unless somebody changes that."""

    name: str
    kinds: tuple[str, ...]
    tells: Callable[[Body], bool] = lambda _: True
    by_mail: bool = True
    on_page: bool = True
    tells_member: bool = False  # the member concerned hears of it too, whoever else does
    member_in: str = ""  # the part of the fact that names this member; none: its subject
    page: str = "/settings/audit?subject={subject}"
    untold: tuple[str, ...] = ()  # parts of the fact that say nothing to people


def _changes(*parts: str) -> Callable[[Body], bool]:
    return lambda body: any(part in name for name in body.get("changes", {}) for part in parts)


def is_raised(before: str, after: str) -> bool:
    """Tell whether a role gives a permission that the one before did not give."""
    try:
        return bool(GRANTS[Role(after)] - GRANTS[Role(before)])
    except ValueError:
        return False


def _role_raised(body: Body) -> bool:
    pair = body.get("changes", {}).get("role")
    return isinstance(pair, list) and len(pair) == 2 and is_raised(str(pair[0]), str(pair[1]))


def _powerful(body: Body) -> bool:
    try:
        return Permission.MEMBER_EDIT in GRANTS[Role(body.get("role", ""))]
    except ValueError:
        return False


EVENTS: tuple[Event, ...] = (
    Event("new_device", ("new_device_seen",), tells_member=True),
    Event("sign_ins_failed", ("member_locked",)),
    Event("mfa_removed", ("mfa_removed", "mfa_reset", "passkey_removed"), tells_member=True),
    Event("passkey_copied", ("passkey_distrusted",), tells_member=True),
    Event("password_changed", ("member_password_changed",), by_mail=False, on_page=False, tells_member=True),
    Event("address_changed", ("member_address_changed",)),
    Event("member_added", ("member_added", "invitation_accepted")),
    Event("owner_invited", ("member_invited",), _powerful),
    Event("role_raised", ("member_changed", "role_changed"), _role_raised),
    Event("bank_changed", ("business_changed", "customer_changed"), _changes("iban", "bank_account", "account_number")),
    Event("key_made", ("api_key_made",)),
    Event("webhook_stopped", ("webhook_disabled",)),
    Event("card_left", ("payment_method_left",)),
    Event("exported", ("audit_exported", "records_exported", "backup_downloaded"), by_mail=False),
    Event("backup_failed", ("backup_failed",)),
    Event("not_in_order", ("book_verified", "integrity_found"), lambda body: bool(body.get("violated", 1))),
    Event("books_opened", ("period_reopened",)),
    Event("restored", ("book_restored",)),
    Event("words_erased", ("payloads_erased",), by_mail=False),
    Event(
        "deal_slips",
        ("deal_slipped",),
        by_mail=False,
        on_page=False,
        tells_member=True,
        member_in="owner_id",
        page="/deals/{subject}/",
        untold=("owner_id",),
    ),
    Event(
        "contract_due",
        ("contract_due",),
        by_mail=False,
        on_page=False,
        tells_member=True,
        member_in="owner_id",
        page="/contracts/{subject}",
        untold=("owner_id",),
    ),
    Event("seal_kept", ("seal_anchored",), on_page=False),
)
BY_NAME = {event.name: event for event in EVENTS}
ALERTING_KINDS = frozenset(kind for event in EVENTS for kind in event.kinds)


def events_told(kind: str, body: Body) -> list[Event]:
    """List what a fact tells that somebody should hear of."""
    return [event for event in EVENTS if kind in event.kinds and event.tells(body)]
