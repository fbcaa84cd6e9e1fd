"""Reads of facts, of their order and of their seals."""

from conto.apps.audit.queries.chain import (
    ChainVerdict,
    Head,
    check_chain,
    head_seal,
    nothing_is_unsealed,
    seal_at,
    seals_hold,
)
from conto.apps.audit.queries.facts import (
    digest_of,
    facts_of_customer,
    facts_of_subject,
    latest_facts,
    payloads_are_kept,
)
from conto.apps.audit.queries.feed import FactsRead, facts_after, last_position

__all__ = [
    "ChainVerdict",
    "FactsRead",
    "Head",
    "check_chain",
    "digest_of",
    "facts_after",
    "facts_of_customer",
    "facts_of_subject",
    "head_seal",
    "last_position",
    "latest_facts",
    "nothing_is_unsealed",
    "payloads_are_kept",
    "seal_at",
    "seals_hold",
]
