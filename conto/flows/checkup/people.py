"""People who can come in. Whether a password is weak cannot be told: only a hash of it is kept."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.utils.translation import gettext_noop as _g

from conto.apps.accounts import queries as accounts
from conto.apps.factors.queries import members_with_second_step
from conto.domain.checkup import Remark
from conto.domain.permissions import Permission, Role

DORMANT = timedelta(days=90)
LONG_SINCE_JOINED = timedelta(days=14)
MOST_NAMED = 5
# Who may do one of these moves money, opens doors to others, or takes everything away.
_POWERFUL = (
    Permission.PAYMENT_REFUND,
    Permission.INVOICE_WRITE_OFF,
    Permission.LEDGER_REOPEN,
    Permission.MEMBER_EDIT,
    Permission.BACKUP_MANAGE,
)


def people_remarks(now: datetime, at: datetime) -> Iterator[Remark]:
    """Look at members without a second step, those who never came or have not been here for long, and invitations."""
    people = [member for member in accounts.members() if member.is_active]
    safe = members_with_second_step()
    weak = [each for each in people if each.id not in safe and any(each.may(right) for right in _POWERFUL)]
    if weak:
        yield _of_names(
            "no_second_step",
            "warning",
            _g("These members may move money or open doors, and only a password keeps others out: %(names)s."),
            _g("Let them add an app or a passkey (Profile), or demand it of their roles (Settings › Members)."),
            [each.name for each in weak],
        )
    never = [each for each in people if each.last_login is None and each.joined_at < at - LONG_SINCE_JOINED]
    if never:
        yield _of_names(
            "never_signed_in",
            "note",
            _g("These members have never signed in: %(names)s."),
            _g("Deactivate them until they are needed."),
            [each.name for each in never],
        )
    dormant = [each for each in people if each.last_login and each.last_login < now - DORMANT]
    if dormant:
        yield _of_names(
            "dormant",
            "warning",
            _g("These members have not signed in for three months: %(names)s."),
            _g("Deactivate who has left: Settings › Members."),
            [each.name for each in dormant],
        )
    invited = list(accounts.open_invitations())
    if invited:
        yield _of_names(
            "invitations_open",
            "note",
            _g("These invitations have not been accepted: %(names)s."),
            _g("Cancel those that nobody waits for: Settings › Members."),
            [each.email for each in invited],
        )
    owners = [each for each in people if each.role == Role.OWNER]
    if len(owners) == 1 and owners[0].id not in safe:
        yield Remark(
            "one_owner",
            "note",
            _g("There is one owner, without recovery codes: a lost password needs the command line."),
            _g("Add a second step with recovery codes, or a second owner."),
        )


def _of_names(code: str, severity: str, says: str, do: str, names: list[str]) -> Remark:
    shown = ", ".join(names[:MOST_NAMED]) + (f" (+{len(names) - MOST_NAMED})" if len(names) > MOST_NAMED else "")
    return Remark(code, "warning" if severity == "warning" else "note", says, do, {"names": shown})
