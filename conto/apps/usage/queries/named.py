"""Which subscriptions somebody may record usage of, by the names that a sender knows."""

from collections.abc import Iterable
from uuid import UUID

from django.db.models import Q

from conto.apps.accounts.models import Member
from conto.apps.crm import queries as crm
from conto.apps.subscriptions.models import Subscription
from conto.domain.permissions import Permission


def recordable(member: Member | None, names: Iterable[str]) -> dict[str, list[Subscription]]:
    """Return the subscriptions that each name (an id or a number) stands for, with one query.

    Sellers count for themselves: a number may stand for several. Who may record usage need not be able to read
    subscriptions.

    Source: U-11, V-3.
    """
    found: dict[str, list[Subscription]] = {}
    if member is None or not member.may(Permission.USAGE_RECORD):
        return found
    ids: dict[UUID, list[str]] = {}
    numbers: set[str] = set()
    for name in {name for name in names if "\x00" not in name}:
        try:
            ids.setdefault(UUID(name), []).append(name)
        except ValueError:
            numbers.add(name)
    seen = Subscription.objects.filter(crm.sight_of(member)).filter(Q(id__in=ids) | Q(number__in=numbers))
    for row in seen.order_by("number", "id"):
        for wanted in (*ids.get(row.id, ()), *({row.number} & numbers)):
            found.setdefault(wanted, []).append(row)
    return found
