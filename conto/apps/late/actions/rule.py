"""Setting the rule for late charges, and keeping when it ran."""

from collections.abc import Mapping
from dataclasses import asdict, fields, replace
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from django.db import connection, transaction

from conto.apps.audit import actions as audit
from conto.apps.late.models import LateAmount, LateRule
from conto.apps.late.queries.rule import late_rule
from conto.domain import facts, late
from conto.domain.facts import Actor
from conto.domain.late import NO_AMOUNTS, LateAmounts, refuse_unusable
from conto.domain.money import to_major

LATE_RULE = UUID(int=3)
_LOCK = "SELECT pg_advisory_xact_lock(hashtext('late_laterule'))"


def lock_rule() -> None:
    """Let one transaction at a time charge by the rule or change it; there may be no row yet that could be locked."""
    with connection.cursor() as cursor:
        cursor.execute(_LOCK)


@transaction.atomic
def set_rule(*, rule: late.LateRule, actor: Actor, at: datetime, today: date) -> late.LateRule:
    """Set what is charged for paying late; days that were charged stay as they are.

    Switched on, it runs on its next day after today.

    Raises: RuleBroken `late.out_of_bounds`, `late.bad_amount`, `late.no_first_day`, `late.charges_nothing`.
    Source: LF-10.
    """
    wanted = {currency: minor for currency, minor in rule.amounts.items() if minor != NO_AMOUNTS}
    rule = replace(rule, amounts=wanted)
    refuse_unusable(rule)
    lock_rule()
    before = late_rule()
    changes = facts.changes_between(_told(before), _told(rule))
    if not changes:
        return before
    values = {each.name: getattr(rule, each.name) for each in fields(rule) if each.name != "amounts"}
    if rule.is_on and not before.is_on:
        values["last_run_on"] = today
    LateRule.objects.update_or_create(id=1, defaults={**values, "changed_at": at})
    LateAmount.objects.exclude(currency__in=wanted).delete()
    for currency, amounts in wanted.items():
        LateAmount.objects.update_or_create(currency=currency, defaults=asdict(amounts))
    audit.record(facts.SettingsChanged(subject_id=LATE_RULE, area="late charges", changes=changes), actor=actor, at=at)
    return rule


def note_run(*, on: date) -> None:
    """Keep the day of a run that was not cut off.

    Source: LF-7.
    """
    LateRule.objects.filter(id=1).update(last_run_on=on)


def _told(rule: late.LateRule) -> dict[str, object]:
    told: dict[str, object] = {
        each.name: _plain(getattr(rule, each.name)) for each in fields(rule) if each.name != "amounts"
    }
    return told | {currency: _said(rule.amounts, currency) for currency in sorted(rule.amounts)}


def _said(amounts: Mapping[str, LateAmounts], currency: str) -> str:
    return " / ".join(str(to_major(minor, currency)) for minor in asdict(amounts[currency]).values())


def _plain(value: object) -> object:
    if isinstance(value, Decimal):
        return str(value.normalize())
    return value.isoformat() if isinstance(value, date) else value
