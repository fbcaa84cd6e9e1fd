"""Decide for which roles the password alone is not enough."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from conto.apps.accounts.actions.business import BOOK
from conto.apps.accounts.actions.powers import doer_of
from conto.apps.accounts.models import Business
from conto.apps.audit import actions as audit
from conto.domain import facts
from conto.domain.facts import Actor
from conto.domain.permissions import Permission, Role, demand


@transaction.atomic
def require_second_step(*, roles: Iterable[Role], actor: Actor, at: datetime) -> Business:
    """Require a second step of every member of these roles, and of no others.

    Raises: NotAllowed for who may not decide this.
    """
    doer = doer_of(actor)
    if doer is not None:
        demand(doer.role, Permission.SECURITY_EDIT)
    business = Business.objects.select_for_update().get()
    before = list(business.second_step_roles)
    after = [role.value for role in Role if role in set(roles)]
    if before != after:
        business.second_step_roles, business.changed_at = after, at
        business.save(update_fields=["second_step_roles", "changed_at"])
        changes = {"second_step_roles": [before, after]}
        audit.record(facts.SettingsChanged(subject_id=BOOK, area="security", changes=changes), actor=actor, at=at)
    return business
