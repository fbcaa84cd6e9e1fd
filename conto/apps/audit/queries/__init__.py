"""Reads of facts, of their order and of their seals."""

from conto.apps.audit.queries.alerts import Rule, alert_rules, waiting_alerts
from conto.apps.audit.queries.chain import (
    ChainVerdict,
    Head,
    check_chain,
    database_mark,
    head_seal,
    nothing_is_unsealed,
    seal_at,
    seals_hold,
)
from conto.apps.audit.queries.facts import (
    FactFilter,
    FactPage,
    count_since,
    digest_of,
    fact_page,
    facts_of_customer,
    facts_of_kinds_before,
    facts_of_subject,
    filtered_facts,
    last_of_kind,
    latest_facts,
    payloads_are_kept,
    without_papers,
)
from conto.apps.audit.queries.feed import FactsRead, facts_after, last_position

__all__ = [
    "ChainVerdict",
    "FactFilter",
    "FactPage",
    "FactsRead",
    "Head",
    "Rule",
    "alert_rules",
    "check_chain",
    "count_since",
    "database_mark",
    "digest_of",
    "fact_page",
    "facts_after",
    "facts_of_customer",
    "facts_of_kinds_before",
    "facts_of_subject",
    "filtered_facts",
    "head_seal",
    "last_of_kind",
    "last_position",
    "latest_facts",
    "nothing_is_unsealed",
    "payloads_are_kept",
    "seal_at",
    "seals_hold",
    "waiting_alerts",
    "without_papers",
]
