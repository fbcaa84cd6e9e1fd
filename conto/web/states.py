"""The states a record can be in: their word, their tone and, where it helps, their icon."""

from __future__ import annotations

from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class StateLook(NamedTuple):
    """How one state is shown: always a word, with a tone and an icon that repeat what it says."""

    word: str | Promise
    tone: str
    icon: str = ""


LOOKS: dict[str, StateLook] = {
    "draft": StateLook(_("Draft"), "draft", "pencil-line"),
    "open": StateLook(_("Open"), "open", "circle"),
    "issued": StateLook(_("Issued"), "open", "circle"),
    "sent": StateLook(_("Sent"), "open", "send"),
    "seen": StateLook(_("Seen"), "open", "eye"),
    "due": StateLook(_("Due"), "soon", "clock"),
    "due_soon": StateLook(_("Due soon"), "soon", "clock"),
    "part_paid": StateLook(_("Part-paid"), "soon", "circle-dot-dashed"),
    "partly": StateLook(_("Partly"), "soon", "circle-dot-dashed"),
    "late": StateLook(_("Late"), "late", "clock-alert"),
    "overdue": StateLook(_("Overdue"), "late", "clock-alert"),
    "paid": StateLook(_("Paid"), "settled", "check"),
    "settled": StateLook(_("Settled"), "settled", "check"),
    "credited": StateLook(_("Credited"), "draft", "undo-2"),
    "part_credited": StateLook(_("Partly credited"), "soon", "undo-2"),
    "written_off": StateLook(_("Written off"), "draft", "eraser"),
    "void": StateLook(_("Void"), "draft", "ban"),
    "cancelled": StateLook(_("Cancelled"), "draft", "ban"),
    "received": StateLook(_("Received"), "settled", "check"),
    "succeeded": StateLook(_("Succeeded"), "settled", "check"),
    "allocated": StateLook(_("Allocated"), "settled", "check"),
    "unallocated": StateLook(_("Unallocated"), "soon", "split"),
    "part_allocated": StateLook(_("Partly allocated"), "soon", "split"),
    "refunded": StateLook(_("Refunded"), "draft", "undo-2"),
    "part_refunded": StateLook(_("Partly refunded"), "soon", "undo-2"),
    "pending": StateLook(_("Pending"), "soon", "hourglass"),
    "processing": StateLook(_("In progress"), "open", "loader"),
    "running": StateLook(_("Running"), "open", "loader"),
    "requires_action": StateLook(_("Needs the customer"), "soon", "hourglass"),
    "failed": StateLook(_("Failed"), "late", "x"),
    "accepted": StateLook(_("Accepted"), "settled", "check"),
    "withdrawn": StateLook(_("Withdrawn"), "draft", "undo-2"),
    "superseded": StateLook(_("Superseded"), "draft", "copy"),
    "declined": StateLook(_("Declined"), "late", "x"),
    "disputed": StateLook(_("Disputed"), "disputed", "scale"),
    "waiting": StateLook(_("Waiting"), "soon", "hourglass"),
    "queued": StateLook(_("Queued"), "open", "hourglass"),
    "held": StateLook(_("Held"), "soon", "pause"),
    "delivered": StateLook(_("Delivered"), "settled", "mail-check"),
    "bounced": StateLook(_("Bounced"), "late", "mail-x"),
    "refused": StateLook(_("Refused"), "late", "mail-x"),
    "active": StateLook(_("Active"), "settled", "circle"),
    "scheduled": StateLook(_("To come"), "open", "clock"),
    "trial": StateLook(_("Trial"), "soon", "hourglass"),
    "paused": StateLook(_("Paused"), "soon", "pause"),
    "ending": StateLook(_("Cancelled, still running"), "soon", "clock"),
    "set_aside": StateLook(_("Set aside"), "late", "circle-alert"),
    "archived": StateLook(_("Archived"), "draft", "archive"),
    "locked": StateLook(_("Locked"), "late", "lock"),
    "disabled": StateLook(_("Disabled"), "draft", "ban"),
    "valid": StateLook(_("Valid"), "settled", "check"),
    "invalid": StateLook(_("Not valid"), "late", "x"),
    "unchecked": StateLook(_("Not checked"), "draft", "circle-dashed"),
    "new": StateLook(pgettext_lazy("lead", "New"), "soon", "sparkles"),
    "working": StateLook(_("Being worked on"), "open", "circle-dot-dashed"),
    "qualified": StateLook(_("Qualified"), "open", "circle"),
    "converted": StateLook(_("Customer now"), "settled", "check"),
    "discarded": StateLook(_("Discarded"), "draft", "ban"),
    "won": StateLook(_("Won"), "settled", "trophy"),
    "lost": StateLook(_("Lost"), "late", "circle-x"),
    "done": StateLook(_("Done"), "settled", "check"),
    "ended": StateLook(_("Over"), "draft", "ban"),
    "dropped": StateLook(_("Dropped"), "draft", "ban"),
    "planned": StateLook(_("To come"), "draft", "clock"),
    "reached": StateLook(_("Reached"), "open", "flag"),
    "approved": StateLook(_("Approved"), "open", "circle-check"),
    "billed": StateLook(_("Billed"), "settled", "check"),
    "covered": StateLook(_("Covered"), "settled", "check"),
    "unbillable": StateLook(_("Not billed"), "draft", "ban"),
    "closed": StateLook(_("Closed"), "draft", "archive"),
    "expired": StateLook(_("Expired"), "draft", "clock"),
}


def look_of(state: str) -> StateLook:
    """Find how a state is shown; an unknown one appears in grey under its own name."""
    return LOOKS.get(state) or StateLook(state.replace("_", " ").capitalize(), "draft")
