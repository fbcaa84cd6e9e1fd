"""Give new leads to those who look after them, and say by which rules."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from conto.apps.accounts import queries as accounts
from conto.apps.accounts.models import Member
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
    rule = _taken_turn(RoutingRule.objects.select_for_update().order_by("position"), kind, there)
    if rule:
        chosen, rule_name = there[rule.last_id], told(rule.rule)
        rule.rule.save(update_fields=["turns"])
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


@dataclass(frozen=True, slots=True)
class _Turn:
    rule: RoutingRule
    last_id: UUID  # whose turn it was


def _taken_turn(rules: Iterable[RoutingRule], kind: LeadKind, there: Mapping[UUID, Member]) -> _Turn | None:
    for rule in rules:
        turn = in_turn(_takers(rule, there), rule.turns, there) if fits(_terms(rule), kind) else None
        if turn:
            rule.turns = turn[1]
            return _Turn(rule, turn[0])
    return None


@transaction.atomic
def owners_by_rules(kinds: Sequence[LeadKind]) -> list[tuple[Member, str] | None]:
    """Return for new leads who gets each by the rules, with the rule, or nothing for nobody (L-5)."""
    there = {each.id: each for each in accounts.members() if each.is_active and each.may(Permission.LEAD_EDIT)}
    rules = list(RoutingRule.objects.select_for_update().order_by("position"))
    turns = [_taken_turn(rules, kind, there) for kind in kinds]
    RoutingRule.objects.bulk_update(rules, ["turns"])
    return [(there[turn.last_id], told(turn.rule)) if turn else None for turn in turns]


def _takers(rule: RoutingRule, there: Mapping[UUID, Member]) -> list[UUID]:
    """Return who takes turns: whoever is in the team now; of a team that is gone, who was in it."""
    if rule.team_id is None:
        return rule.member_ids
    joined = sorted((each for each in there.values() if each.team_id == rule.team_id), key=_by_joining)
    return [each.id for each in joined] or rule.member_ids


def _by_joining(member: Member) -> tuple[datetime, UUID]:
    return member.joined_at, member.id


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
    Raises: EntryRefused with every field that cannot stand; RuleBroken for a member who may not have leads, and for a
        team in which nobody is who may.
    """
    kept = checked_rules(rules)
    there = {each.id: each for each in accounts.members() if each.is_active and each.may(Permission.LEAD_EDIT)}
    for rule in kept:
        if rule["team_id"] is not None:
            joined = sorted((each for each in there.values() if each.team_id == rule["team_id"]), key=_by_joining)
            rule["member_ids"] = [each.id for each in joined]
            if not joined:
                raise RuleBroken("routing.empty_team", "Nobody in this team may change leads.")
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
    terms = tuple(rule[name] for name in ("source", "country", "language", "contains"))
    return (*terms, rule["team_id"] or tuple(rule["member_ids"]))


def _told(rules: Sequence[RoutingRule]) -> list[str]:
    names = {each.id: each.name for each in accounts.teams()}
    whose = [names.get(each.team_id, str(each.team_id)) if each.team_id else "" for each in rules]
    return [
        f"{told(rule)} → {team or ', '.join(map(str, rule.member_ids))}"
        for rule, team in zip(rules, whose, strict=True)
    ]
