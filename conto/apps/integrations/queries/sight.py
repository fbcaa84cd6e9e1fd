"""Which facts a program is told that looks with the eyes of a member who does not see everything."""

from collections.abc import Sequence
from uuid import UUID

from conto.apps.accounts import queries as accounts
from conto.apps.accounts.models import Member
from conto.apps.audit.models import Fact
from conto.apps.crm import queries as crm
from conto.apps.deals import queries as deals
from conto.domain.permissions import GRANTS, Permission, Role
from conto.domain.sight import Area

_ABOUT_DEALS = frozenset({"deal", "comment", "activity"})
_OF_TALK = frozenset({"customer", "contact", "address", "note", "tag", *_ABOUT_DEALS})


def told_to(member: Member | None, facts: Sequence[Fact]) -> set[UUID]:
    """Return which of some facts an endpoint of this member is told; one of nobody is told all.

    Who sees all customers and deals is told all. Others are told of customers and deals that they see, of papers and
    money only where their role sees invoices, and of nothing that belongs to no customer.

    Source: V-6.
    """
    if member is None or (
        accounts.owners_seen(member, Area.CUSTOMERS) is None and accounts.owners_seen(member, Area.DEALS) is None
    ):
        return {fact.id for fact in facts}
    granted = GRANTS[Role(member.role)]
    customers = set(
        crm.customers(member).filter(id__in={fact.customer_id for fact in facts}).values_list("id", flat=True)
    )
    of_deals = {fact.id: deal for fact in facts if (deal := _deal_of(fact))}
    seen = set(deals.visible_to(member).filter(id__in=set(of_deals.values())).values_list("id", flat=True))
    told = set()
    for fact in facts:
        is_paper = fact.entry_id is not None or fact.subject_kind not in _OF_TALK
        if is_paper and Permission.INVOICE_VIEW not in granted:
            continue
        if (of_deals[fact.id] in seen) if fact.id in of_deals else (fact.customer_id in customers):
            told.add(fact.id)
    return told


def _deal_of(fact: Fact) -> UUID | None:
    """Return the deal that a fact tells of, if it tells of one."""
    if fact.subject_kind not in _ABOUT_DEALS:
        return None
    if fact.subject_kind == "deal":
        return fact.subject_id
    payload = getattr(fact, "payload", None)
    named = payload.body.get("deal_id") if payload is not None and payload.body else None
    return UUID(named) if named else None
