"""Saying what the guardian looks at, and from where on it speaks."""

from dataclasses import asdict
from datetime import datetime
from uuid import UUID

from django.db import connection, transaction

from conto.apps.audit import actions as audit
from conto.apps.invoicing.models import GuardianSettings
from conto.apps.invoicing.queries.guarding import guardian_rules
from conto.domain import facts
from conto.domain.facts import Actor
from conto.domain.guardian import GuardianRules, refuse_unusable

GUARDIAN = UUID(int=1)
_LOCK = "SELECT pg_advisory_xact_lock(hashtext('invoicing_guardiansettings'))"


@transaction.atomic
def set_guardian_rules(*, rules: GuardianRules, actor: Actor, at: datetime) -> GuardianRules:
    """Set the switches and thresholds; what is checked from now on is checked by them.

    Raises: RuleBroken `guardian.out_of_bounds`.
    Source: GU-6.
    """
    refuse_unusable(rules)
    with connection.cursor() as cursor:
        cursor.execute(_LOCK)  # there may be no row yet that could be locked
    before = guardian_rules()
    changes = facts.changes_between(asdict(before), asdict(rules))
    if changes:
        GuardianSettings.objects.update_or_create(id=1, defaults={**asdict(rules), "changed_at": at})
        audit.record(facts.SettingsChanged(subject_id=GUARDIAN, area="guardian", changes=changes), actor=actor, at=at)
    return rules
