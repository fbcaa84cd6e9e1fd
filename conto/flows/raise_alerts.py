"""Tell people of what they should hear at once: by mail, and as a notice on the first page."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from conto.apps.accounts import queries as accounts
from conto.apps.audit import actions as audit
from conto.apps.audit import queries
from conto.apps.messaging import actions as messaging
from conto.apps.messaging import queries as mails
from conto.domain.alerts import Event, events_told
from conto.domain.facts import SYSTEM
from conto.domain.permissions import Role

if TYPE_CHECKING:
    from conto.apps.accounts.models import Member
    from conto.apps.audit.models import Fact

TITLES = {
    "new_device": gettext_noop("Sign-in from a new device"),
    "sign_ins_failed": gettext_noop("Many wrong passwords"),
    "mfa_removed": gettext_noop("A second factor was removed"),
    "passkey_copied": gettext_noop("There may be a copy of a passkey"),
    "password_changed": gettext_noop("A password was changed"),
    "address_changed": gettext_noop("A member signs in with another mail address"),
    "member_added": gettext_noop("A new member works here"),
    "owner_invited": gettext_noop("Somebody was invited who may manage members"),
    "role_raised": gettext_noop("A member may do more than before"),
    "bank_changed": gettext_noop("Bank details were changed"),
    "key_made": gettext_noop("An API key was made"),
    "webhook_stopped": gettext_noop("A webhook was stopped"),
    "card_left": gettext_noop("The payment provider did not forget a removed card"),
    "exported": gettext_noop("Records were taken out of the book"),
    "backup_failed": gettext_noop("A backup failed"),
    "not_in_order": gettext_noop("The book is not in order"),
    "books_opened": gettext_noop("A closed period was opened again"),
    "restored": gettext_noop("The book was brought back from a backup"),
    "words_erased": gettext_noop("What facts said was erased"),
    "deal_slips": gettext_noop("A deal of yours slips"),
    "contract_due": gettext_noop("Decide about a contract of yours"),
    "seal_kept": gettext_noop("The seal of the day"),
}

# A worker that was away for weeks still tells; what is older is history, as in a book that lived before it came here.
NEWS_FOR = timedelta(days=90)


def notice_device(fact: "Fact", at: datetime) -> None:
    """Look whether a sign-in came from a device that is new for the member."""
    audit.note_device(sign_in=fact, at=at)


def raise_alerts(fact: "Fact", at: datetime) -> None:
    """Tell what a fact tells to whom the rules say; what is on the page is there once, whatever happens."""
    told = events_told(fact.kind, fact.body)
    if not told or at - fact.at > NEWS_FOR:
        return
    rules = queries.alert_rules()
    for event in told:
        if event.name == "bank_changed" and _is_of_set_up(fact):
            continue  # whoever set the book up typed it in, and knows
        rule = rules[event.name]
        if rule.on_page:
            audit.put_notice(event=event.name, fact=fact, at=at)
        hear = _recipients(rule.recipients) if rule.by_mail else {}
        if event.tells_member:
            concerned = fact.body.get(event.member_in, fact.subject_id)
            hear |= {member.id: member for member in accounts.members().filter(id=concerned, is_active=True)}
        # Without a mail server an alert would leave the outbox when it is no news any more.
        if hear and mails.mail_server() is not None:
            for member in hear.values():
                _write(event, fact, member, at)


def _is_of_set_up(fact: "Fact") -> bool:
    business = accounts.business()
    set_up_at = business.set_up_at if business else None
    return fact.kind == "business_changed" and set_up_at is not None and fact.at <= set_up_at


def _recipients(chosen: tuple[str, ...]) -> "dict[object, Member]":
    members = accounts.members().filter(is_active=True)
    found = members.filter(id__in=chosen) if chosen else members.none()
    return {member.id: member for member in found or members.filter(role=Role.OWNER.value)}


def _write(event: Event, fact: "Fact", member: "Member", at: datetime) -> None:
    with translation.override(member.language):
        title = _(TITLES[event.name])
        told = {name: value for name, value in fact.body.items() if name not in event.untold}
        said = [f"{name}: {_plain(value)}" for name, value in told.items() if value not in ("", None, [], {})]
        origin = ", ".join(value for name, value in fact.origin.items() if name != "key_id")
        known = {
            "what": title,
            "who": fact.actor_name,
            "when": fact.at.strftime("%Y-%m-%d %H:%M UTC"),
            "where": origin or "–",
            "said": "\n".join(said) or "–",
            "page": settings.PUBLIC_URL + event.page.format(subject=fact.subject_id),
        }
        text = _("%(what)s\n\nWho: %(who)s\nWhen: %(when)s\nFrom where: %(where)s\n\n%(said)s\n\n%(page)s") % known
    messaging.write_mail(
        customer=None, purpose="alert", subject_id=fact.id, to_address=member.email, subject=title, text=text,
        language=member.language, actor=SYSTEM, at=at,
    )  # fmt: skip


def _plain(value: object) -> str:
    if isinstance(value, dict):
        return "; ".join(f"{key}: {_plain(item)}" for key, item in value.items())
    return " → ".join(map(str, value)) if isinstance(value, list) else str(value)
