"""What the writes of leads share: the lock, the keys by which leads are found, whoever may look after one."""

from datetime import datetime
from typing import Any
from uuid import UUID

from conto.apps.accounts import queries as accounts
from conto.apps.accounts.models import Member
from conto.apps.leads.entry import OPEN_STATES
from conto.apps.leads.models import Lead
from conto.domain import facts
from conto.domain.consent import Purpose
from conto.domain.contact import fold, sort_key
from conto.domain.errors import Conflict, RuleBroken


def locked(lead: Lead, *, version: int | None = None) -> Lead:
    """Return a lead's row, locked up to the end of the transaction.

    Raises: Conflict when it is no longer the version that was looked at.
    """
    row = Lead.objects.select_for_update(of=("self",)).get(id=lead.id)
    if version is not None and row.version != version:
        raise Conflict("lead.changed_meanwhile", "Somebody else has just changed this lead. Look at it again.")
    return row


def demand_open(lead: Lead) -> None:
    """Refuse what only leads allow of which something may come.

    Raises: Conflict.
    """
    if lead.state == "converted":
        raise Conflict("lead.already_converted", "This lead is a customer already.")
    if lead.state not in OPEN_STATES:
        raise Conflict("lead.discarded", "This lead is discarded. Take it up again first.")


def active_member(member_id: UUID | None) -> Member | None:
    """Return a member who can look after a lead; nothing for nobody.

    Raises: RuleBroken when there is none.
    """
    if member_id is None:
        return None
    member = accounts.member(member_id)
    if member is None or not member.is_active:
        raise RuleBroken("member.not_active", "Nobody active here has this id.")
    return member


def keys_of(kept: dict[str, Any]) -> dict[str, str]:
    """Return the keys by which a lead with these details is found and compared."""
    words = " ".join(fold(kept[name]) for name in ("name", "company", "email", "phone") if kept[name])
    return {
        "search_key": words[:900],
        "name_key": sort_key(kept["name"])[:200],
        "company_key": sort_key(kept["company"])[:200],
        "email_key": fold(kept["email"])[:254],
    }


def save(lead: Lead, shown: Lead, *names: str, at: datetime) -> None:
    """Write fields of a locked lead, one version on, and show them on the row that the caller holds."""
    lead.version += 1
    lead.changed_at = at
    written = {*names, "version", "changed_at"}
    lead.save(update_fields=written)
    for name in written:
        setattr(shown, name, getattr(lead, name))


def measuring_given(lead: Lead, *, is_confirmed: bool = False) -> facts.LeadConsentGiven:
    """Return the fact that somebody agreed that letters may be measured."""
    return facts.LeadConsentGiven(
        subject_id=lead.id, name=lead.name, text=lead.measuring_text, is_confirmed=is_confirmed,
        purpose=Purpose.MEASURING,
    )  # fmt: skip
