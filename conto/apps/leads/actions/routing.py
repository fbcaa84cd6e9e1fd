"""Give new leads to those who look after them, and say by which rules."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from conto.apps.accounts import queries as accounts
from conto.apps.audit import actions as audit
from conto.apps.leads.actions import _write
from conto.apps.leads.entry import RuleEntry, checked_rules
from conto.apps.leads.models import Lead, RoutingRule
from conto.domain import facts
from conto.domain.errors import RuleBroken
from conto.domain.facts import ROUTING_RULES, Actor, changes_between
from conto.domain.ids import new_id
from conto.domain.lead_routing import LeadKind, RoutingTerms, fits, in_turn
from conto.domain.permissions import Permission


@transaction.atomic
def route_lead(*, lead: Lead, actor: Actor, at: datetime) -> bool:
    """Give a lead that nobody looks after to whom the first rule that fits names, else to whom its form names (L-5).

    Return whether somebody has it now who did not before.
    """
    row = _write.locked(lead)
    if row.owner_id:
        return False
    kind = LeadKind(
        source=row.source, country=row.country, language=row.language, text=f"{row.name} {row.company} {row.message}"
    )
    there = {each.id: each for each in accounts.members() if each.is_active and each.may(Permission.LEAD_EDIT)}
    chosen = None
    rule_name = ""
    for rule in RoutingRule.objects.select_for_update().order_by("position"):
        if not fits(_terms(rule), kind):
            continue
        turn = in_turn(rule.member_ids, rule.turns, there)
        if turn:
            chosen, rule.turns = there[turn[0]], turn[1]
            rule.save(update_fields=["turns"])
            rule_name = told(rule)
            break
    if chosen is None and row.form_id and row.form and row.form.owner_id in there:
        chosen, rule_name = there[row.form.owner_id], row.form.name
    if chosen is None:
        return False
    row.owner_id = chosen.id
    _write.save(row, lead, "owner_id", at=at)
    fact = facts.LeadRouted(
        subject_id=row.id, name=row.name, rule=rule_name, owner_id=chosen.id, owner_name=chosen.name
    )
    audit.record(fact, actor=actor, at=at)
    return True


def _terms(rule: RoutingRule) -> RoutingTerms:
    return RoutingTerms(source=rule.source, country=rule.country, language=rule.language, contains=rule.contains)


def told(rule: Any) -> str:
    """Return what a rule asks for in one line, for the history of leads."""
    asked = [f"{name} = {value}" for name in ("source", "country", "language") if (value := getattr(rule, name))]
    asked += [f"“{rule.contains}”"] if rule.contains else []
    return f"{rule.position}: {', '.join(asked) or '*'}"


@transaction.atomic
def set_routing(*, rules: Sequence[RuleEntry], actor: Actor, at: datetime) -> None:
    """Say who looks after which leads from now on: all rules, in the order in which they are asked.

    A rule that stays as it was goes on with whose turn it is.
    Raises: EntryRefused with every field that cannot stand; RuleBroken for a member who may not have leads.
    """
    kept = checked_rules(rules)
    there = {each.id for each in accounts.members() if each.is_active and each.may(Permission.LEAD_EDIT)}
    if any(member_id not in there for rule in kept for member_id in rule["member_ids"]):
        raise RuleBroken("routing.not_for_leads", "Only active members who may change leads can be given leads.")
    before = list(RoutingRule.objects.select_for_update().order_by("position"))
    turns = {_same(vars(rule)): rule.turns for rule in before}
    RoutingRule.objects.all().delete()
    after = [
        RoutingRule(id=new_id(), position=position, turns=turns.get(_same(rule), 0), **rule)
        for position, rule in enumerate(kept, 1)
    ]
    RoutingRule.objects.bulk_create(after)
    changes = changes_between({"rules": _told(before)}, {"rules": _told(after)})
    if changes:
        audit.record(facts.RoutingChanged(subject_id=ROUTING_RULES, changes=changes), actor=actor, at=at)


def _same(rule: dict[str, Any]) -> tuple[Any, ...]:
    return (*(rule[name] for name in ("source", "country", "language", "contains")), tuple(rule["member_ids"]))


def _told(rules: Sequence[RoutingRule]) -> list[str]:
    return [f"{told(rule)} → {', '.join(map(str, rule.member_ids))}" for rule in rules]
