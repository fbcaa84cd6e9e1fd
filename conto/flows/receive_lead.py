"""Take in a lead: who looks after it, how likely it is, who is told; all in one transaction."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from django.conf import settings
from django.core import signing
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from conto.apps.accounts import queries as accounts
from conto.apps.bulk.retrying import retried
from conto.apps.leads import actions as leads
from conto.apps.leads.entry import NewLead
from conto.apps.messaging import actions as messaging
from conto.apps.messaging.queries import SEALED_PLACE
from conto.domain.errors import Conflict
from conto.domain.facts import SYSTEM, Actor
from conto.flows import score_leads

if TYPE_CHECKING:
    from conto.apps.leads.models import Lead, LeadForm

CONFIRM_WITHIN = timedelta(days=7)
_SALT = "conto.leads.confirm"


def receive(*, new: NewLead, actor: Actor, at: datetime, lead_id: UUID | None = None) -> "Lead":
    """Add a lead, give it to whom the rules name unless its owner is given, and tell the owner by mail.

    Raises: EntryRefused with every field that cannot stand; RuleBroken for an owner who is not active.
    Source: L-5.
    """

    def once() -> "Lead":
        with transaction.atomic():
            lead = leads.add_lead(new=new, actor=actor, at=at, lead_id=lead_id)
            leads.route_lead(lead=lead, actor=SYSTEM, at=at)
            score_leads.score_lead(lead, at=at)
            if lead.owner_id and lead.owner_id != actor.member_id:
                tell_owner(lead, at=at)
            return lead

    return retried(once)


def tell_owner(lead: "Lead", *, at: datetime) -> None:
    """Write to the owner of a lead that it is theirs now; without a mail server the mail waits in the outbox."""
    owner = accounts.member(lead.owner_id) if lead.owner_id else None
    if owner is None or not owner.is_active:
        return
    with translation.override(owner.language):
        known = {
            "name": lead.name,
            "company": lead.company or "–",
            "source": lead.source or "–",
            "page": f"{settings.PUBLIC_URL}/leads/{lead.id}/",
        }
        subject = _("New lead: %(name)s") % known
        text = _("%(name)s is a new lead of yours.\n\nCompany: %(company)s\nSource: %(source)s\n\n%(page)s") % known
    messaging.write_mail(
        customer=None, purpose="lead", subject_id=lead.id, to_address=owner.email, subject=subject, text=text,
        language=owner.language, actor=SYSTEM, at=at,
    )  # fmt: skip


def receive_from_form(*, form: "LeadForm", new: NewLead, actor: Actor, at: datetime) -> "Lead":
    """Take in what a stranger sent with a form; with double opt-in, ask by mail whether it was they (L-3).

    Raises: EntryRefused with every field that cannot stand.
    """

    def once() -> "Lead":
        with transaction.atomic():
            lead = receive(new=new, actor=actor, at=at)
            if form.confirms_by_mail and (new.consent_text or new.measuring_text) and lead.email:
                _ask(lead, form, at)
            return lead

    return retried(once)


def _ask(lead: "Lead", form: "LeadForm", at: datetime) -> None:
    link = f"{settings.PUBLIC_URL}/f/{form.token}/confirm/{proof_of(lead, at)}"
    business = accounts.business()
    known = {"business": business.name if business else "Conto", "name": lead.name, "link": SEALED_PLACE}
    with translation.override(lead.language):
        subject = _("%(business)s: please confirm your message") % known
        text = _(
            "Hello %(name)s,\n\nyou filled in a form of %(business)s and agreed that we write to you. Please confirm"
            " that it was you:\n%(link)s\n\nThe link works for seven days. If it was not you, ignore this mail: nothing"
            " will be sent to you."
        )
    messaging.write_mail(
        customer=None, purpose="lead", subject_id=lead.id, to_address=lead.email, subject=subject, text=text % known,
        secret=link, language=lead.language, actor=SYSTEM, at=at,
    )  # fmt: skip
    leads.ask_to_confirm(lead=lead, expires_at=at + CONFIRM_WITHIN, actor=SYSTEM, at=at)


def proof_of(lead: "Lead", at: datetime) -> str:
    """Return what in a link shows that it came by mail to the person."""
    return signing.dumps([str(lead.id), int((at + CONFIRM_WITHIN).timestamp())], salt=_SALT)


def lead_id_of_proof(proof: str, *, at: datetime) -> UUID:
    """Return the lead that a link in a mail is about.

    Raises: Conflict `lead.link_wrong` for one that is not ours, `lead.link_expired` for one that is too old.
    """
    try:
        lead_id, expires_at = signing.loads(proof, salt=_SALT)
        found = UUID(lead_id)
        is_late = at.timestamp() > expires_at
    except (signing.BadSignature, ValueError, TypeError, AttributeError) as error:
        raise Conflict("lead.link_wrong", "This link leads nowhere.") from error
    if is_late:
        raise Conflict("lead.link_expired", "This link worked for seven days. Please fill in the form again.")
    return found
