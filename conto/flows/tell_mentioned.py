"""Write to the members whom a comment on a deal names that they are named."""

from datetime import datetime
from typing import TYPE_CHECKING

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from conto.apps.accounts import queries as accounts
from conto.apps.deals import queries as deals
from conto.apps.messaging import actions as messaging
from conto.apps.messaging import queries as mails
from conto.domain.facts import SYSTEM
from conto.flows.raise_alerts import NEWS_FOR

if TYPE_CHECKING:
    from uuid import UUID

    from conto.apps.accounts.models import Member
    from conto.apps.audit.models import Fact


def tell_mentioned(fact: "Fact", at: datetime) -> None:
    """Write to whom a comment names, if they may see the deal; nobody hears of what they said themselves."""
    named = fact.body.get("mentions", [])
    if not named or at - fact.at > NEWS_FOR or mails.mail_server() is None:
        return
    for member in accounts.members().filter(id__in=named, is_active=True):
        if member.id != fact.actor_id and deals.deal_for(member, fact.body["deal_id"]) is not None:
            _write(fact, member, fact.body["deal_id"], at)


def _write(fact: "Fact", member: "Member", deal_id: "UUID", at: datetime) -> None:
    known = {
        "who": fact.actor_name,
        "deal": fact.body.get("name", ""),
        "text": fact.body.get("text", ""),
        "page": f"{settings.PUBLIC_URL}/deals/{deal_id}/",
    }
    with translation.override(member.language):
        subject = _("%(who)s mentions you: %(deal)s") % known
        text = _("%(who)s about “%(deal)s”:\n\n%(text)s\n\n%(page)s") % known
    messaging.write_mail(
        customer=None, purpose="mention", subject_id=fact.id, to_address=member.email, subject=subject, text=text,
        language=member.language, actor=SYSTEM, at=at,
    )  # fmt: skip
