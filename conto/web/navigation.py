"""The areas of the frame and what can be created from anywhere: only what exists here and this member may see."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

from django.template.loader import render_to_string
from django.urls import Resolver404, resolve
from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from conto.domain.permissions import Permission
from conto.web.access import may


@dataclass(frozen=True, slots=True)
class Area:
    """One entry of the sidebar; `key` goes there after g."""

    name: str
    word: str | Promise
    icon: str
    path: str
    key: str
    permission: Permission | None = None
    is_below: bool = False  # stands under the line, with Settings and Help
    on_phone: bool = False  # one of the first four of the bottom bar


@dataclass(frozen=True, slots=True)
class Act:
    """One entry of the "+" menu and of the palette."""

    word: str | Promise
    icon: str
    path: str
    permission: Permission | None = None
    also: str | Promise = ""


_P = Permission
AREAS = (
    Area("today", _("Today"), "sun", "/", "t", on_phone=True),
    Area("customers", _("Customers"), "users", "/customers/", "c", _P.CUSTOMER_VIEW, on_phone=True),
    Area("leads", _("Leads"), "user-round-search", "/leads/", "l", _P.LEAD_VIEW),
    Area("deals", _("Deals"), "handshake", "/deals/", "d", _P.DEAL_VIEW),
    Area("activities", _("Activities"), "circle-check", "/activities/", "a", _P.DEAL_VIEW),
    Area("letters", _("Letters"), "mail", "/letters/", "e", _P.LETTER_VIEW),
    Area("catalog", _("Items"), "package", "/catalog/", "p", _P.ITEM_VIEW),
    Area("quotes", _("Quotes"), "file-text", "/quotes/", "q", _P.QUOTE_VIEW),
    Area("contracts", _("Contracts"), "scroll-text", "/contracts/", "k", _P.CONTRACT_VIEW),
    Area("projects", _("Projects"), "briefcase", "/projects/", "j", _P.PROJECT_VIEW),
    Area("work", _("My work"), "timer", "/work/", "w", _P.WORK_RECORD),
    Area("plans", _("Plans"), "layers", "/plans/", "n", _P.PLAN_VIEW),
    Area("subscriptions", _("Subscriptions"), "refresh-cw", "/subscriptions/", "u", _P.SUBSCRIPTION_VIEW),
    Area("invoices", _("Invoices"), "receipt-text", "/invoices/", "i", _P.INVOICE_VIEW, on_phone=True),
    Area("payments", _("Payments"), "hand-coins", "/payments/", "m", _P.PAYMENT_VIEW, on_phone=True),
    Area("outbox", _("Outbox"), "send", "/outbox/", "o", _P.INVOICE_VIEW),
    Area("books", _("Books"), "book-open-text", "/books/", "b", _P.LEDGER_VIEW),
    Area("help", _("Help"), "life-buoy", "/help/", "h", is_below=True),
    Area("settings", _("Settings"), "settings-2", "/settings/", "s", _P.SETTINGS_VIEW, is_below=True),
)
ACTS = (
    Act(_("New quote"), "file-plus-2", "/quotes/new", _P.QUOTE_DRAFT, _("offer proposal")),
    Act(_("New invoice"), "file-plus-2", "/invoices/new", _P.INVOICE_DRAFT, _("bill charge")),
    Act(_("New customer"), "user-plus", "/customers/new", _P.CUSTOMER_EDIT, _("company person contact")),
    Act(_("Record a payment"), "banknote", "/payments/new", _P.PAYMENT_RECORD, _("money received paid")),
    Act(_("New lead"), "user-round-plus", "/leads/new", _P.LEAD_EDIT, _("prospect contact interest")),
    Act(_("New deal"), "handshake", "/deals/new", _P.DEAL_EDIT, _("opportunity pipeline")),
    Act(_("New activity"), "phone", "/activities/new", _P.DEAL_EDIT, _("task call meeting todo")),
    Act(_("New contract"), "file-plus-2", "/contracts/new", _P.CONTRACT_EDIT, _("agreement prices renewal")),
    Act(_("New project"), "briefcase", "/projects/new", _P.PROJECT_EDIT, _("time expenses hours billing")),
    Act(_("Record work"), "timer", "/work/", _P.WORK_RECORD, _("time hours expense timesheet")),
    Act(_("New subscription"), "file-plus-2", "/subscriptions/new", _P.SUBSCRIPTION_EDIT, _("recurring plan seats")),
    Act(_("New repeating invoice"), "refresh-cw", "/repeats/new", _P.INVOICE_DRAFT, _("recurring retainer rent")),
    Act(_("New plan"), "file-plus-2", "/plans/new", _P.PLAN_EDIT, _("subscription price tier coupon")),
    Act(_("New target"), "target", "/targets/new", _P.TARGET_EDIT, _("goal quota pace")),
    Act(_("New item"), "package-plus", "/catalog/new", _P.ITEM_EDIT, _("product service price")),
)


@cache
def is_there(path: str) -> bool:
    """Tell whether an address leads somewhere, so that nothing links into the void."""
    try:
        resolve(path)
    except Resolver404:
        return False
    return True


def _is_current(area: Area, path: str) -> bool:
    return path == "/" if area.path == "/" else path.startswith(area.path.rstrip("/"))


def areas_for(member: Any, path: str) -> list[dict[str, Any]]:
    """List the areas that exist and that a member may see, with the current one marked."""
    if member is None:
        return []
    return [
        _shown(area, is_current=_is_current(area, path))
        for area in AREAS
        if is_there(area.path) and (area.permission is None or may(member, area.permission))
    ]


def _shown(area: Area, *, is_current: bool) -> dict[str, Any]:
    return {
        "name": area.name,
        "word": area.word,
        "icon": area.icon,
        "path": area.path,
        "key": area.key,
        "is_current": is_current,
        "is_below": area.is_below,
        "on_phone": area.on_phone,
    }


def acts_for(member: Any) -> list[Act]:
    """List what a member may create from anywhere."""
    if member is None:
        return []
    return [act for act in ACTS if is_there(act.path) and (act.permission is None or may(member, act.permission))]


def frame_part(template: str, areas: Iterable[dict[str, Any]], acts: Iterable[Act]) -> SafeString:
    """Draw a part of the frame that depends on the areas, the acts and the language alone, once for each of them.

    These parts are half of the nodes of a page and the same on every one of them.
    """
    shown = tuple((area["name"], area["is_current"]) for area in areas)
    return _drawn(template, get_language() or "en", shown, tuple(act.path for act in acts))


@lru_cache(maxsize=1000)
def _drawn(template: str, _language: str, shown: tuple[tuple[str, bool], ...], acts: tuple[str, ...]) -> SafeString:
    by_name, by_path = {area.name: area for area in AREAS}, {act.path: act for act in ACTS}
    areas = [_shown(by_name[name], is_current=is_current) for name, is_current in shown]
    return render_to_string(template, {"areas": areas, "acts": [by_path[path] for path in acts]})
