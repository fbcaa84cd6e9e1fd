"""Show again who one is: a member who is in already gives the password once more."""

from datetime import datetime
from uuid import UUID

from django.contrib.auth.hashers import make_password
from django.db import transaction

from conto.apps.accounts.actions.door import sign_in_failed
from conto.apps.accounts.models import Member
from conto.apps.accounts.queries import is_locked


def prove_password(*, member_id: UUID, password: str, address: str, at: datetime) -> bool:
    """Tell whether this is the member's password; failures count as they do at the door and lock it for a while."""
    member = Member.objects.get(id=member_id)
    if is_locked(member, at):
        make_password(password)
        return False
    if not member.is_active or not member.check_password(password):
        sign_in_failed(member_id=member.id, address=address, at=at)
        return False
    forget_failures(member_id=member.id)
    return True


@transaction.atomic
def forget_failures(*, member_id: UUID) -> None:
    """Forget the failed tries of a member who has shown who they are."""
    Member.objects.filter(id=member_id).exclude(failed_sign_ins=0, locked_until=None).update(
        failed_sign_ins=0, locked_until=None
    )
