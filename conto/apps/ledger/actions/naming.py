"""Numbers and names of accounts, as a firm's chart of accounts has them."""

from datetime import datetime

from django.db import transaction

from conto.apps.audit import actions as audit
from conto.apps.ledger.models import Account
from conto.domain import facts
from conto.domain.errors import Conflict, RuleBroken
from conto.domain.facts import Actor

_LONGEST_CODE = 20
_LONGEST_NAME = 100


@transaction.atomic
def change_account(*, account: Account, code: str, name: str, actor: Actor, at: datetime) -> None:
    """Give an account another number and name, in every currency of its legal entity.

    Raises: RuleBroken `account.bad_code`, `account.no_name`; Conflict `account.code_taken`.
    """
    code, name = code.strip(), name.strip()
    if not code or len(code) > _LONGEST_CODE or not code.replace(".", "").replace("-", "").isalnum():
        raise RuleBroken("account.bad_code", "An account's number has up to 20 letters, digits, dots and dashes.")
    if not name or len(name) > _LONGEST_NAME:
        raise RuleBroken("account.no_name", "An account has a name of at most 100 letters.")
    chart = Account.objects.filter(legal_entity_id=account.legal_entity_id)
    taken = chart.filter(code=code).exclude(role=account.role).first()
    if taken is not None:
        raise Conflict("account.code_taken", "Number %(code)s is that of another account.", code=code)
    changes = facts.changes_between({"code": account.code, "name": account.name}, {"code": code, "name": name})
    if not changes:
        return
    chart.filter(role=account.role).update(code=code, name=name)
    audit.record(facts.AccountChanged(subject_id=account.id, changes=changes), actor=actor, at=at)
