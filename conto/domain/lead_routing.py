"""Who looks after a new lead: the first rule that fits, and whose turn it is. Pure."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from uuid import UUID

from conto.domain.contact import fold


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadKind:
    """What rules ask about a lead."""

    source: str = ""
    country: str = ""
    language: str = ""
    text: str = ""  # name, company and message


@dataclass(frozen=True, slots=True, kw_only=True)
class RoutingTerms:
    """What a rule asks for; what is empty asks for nothing."""

    source: str = ""
    country: str = ""
    language: str = ""
    contains: str = ""


def fits(terms: RoutingTerms, lead: LeadKind) -> bool:
    """Tell whether a rule is for a lead: everything that it asks for holds, without regard to case and accents.

    Source: L-5.
    """
    if terms.source and fold(terms.source) != fold(lead.source):
        return False
    if terms.country and terms.country != lead.country:
        return False
    if terms.language and terms.language != lead.language:
        return False
    return not terms.contains or fold(terms.contains) in fold(lead.text)


def in_turn(member_ids: Sequence[UUID], turns: int, there: Collection[UUID]) -> tuple[UUID, int] | None:
    """Return whose turn it is and how many turns were taken then; who is not there is passed over, nobody gives nobody.

    Source: L-5.
    """
    for step in range(len(member_ids)):
        member_id = member_ids[(turns + step) % len(member_ids)]
        if member_id in there:
            return member_id, turns + step + 1
    return None
