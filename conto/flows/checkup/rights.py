"""Rights that stand open: keys of programs, endpoints of webhooks, links of customers."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.utils.translation import gettext_noop as _g

from conto.apps.integrations import queries as integrations
from conto.apps.invoicing import queries as invoicing
from conto.domain.checkup import Remark
from conto.domain.permissions import GRANTS, Permission, Role

UNUSED = timedelta(days=90)
LONG_OPEN = timedelta(days=180)
MOST_NAMED = 5
_DANGEROUS = {Permission.MEMBER_EDIT, Permission.SECURITY_EDIT, Permission.BACKUP_MANAGE, Permission.LEDGER_REOPEN}


def rights_remarks(now: datetime, at: datetime) -> Iterator[Remark]:
    """Look at keys without an end, unused ones and too mighty ones, at plain webhooks and at links that stay open."""
    keys = list(integrations.working_keys(now))
    endless = [f"{key.name} …{key.last_four}" for key in keys if key.expires_at is None]
    unused = [f"{key.name} …{key.last_four}" for key in keys if (key.last_used_at or key.made_at) < now - UNUSED]
    mighty = [
        f"{key.name} …{key.last_four}"
        for key in keys
        if _DANGEROUS & {*key.scopes} or {*key.scopes} >= {str(right) for right in GRANTS[Role(key.member.role)]}
    ]
    if endless:
        yield Remark(
            "endless_keys",
            "warning",
            _g("These API keys never expire: %(names)s."),
            _g("Make new ones with an end, and revoke these: Settings › API keys."),
            {"names": _shown(endless)},
        )
    if unused:
        yield Remark(
            "unused_keys",
            "warning",
            _g("These API keys have not been used for 90 days: %(names)s."),
            _g("Revoke them: Settings › API keys."),
            {"names": _shown(unused)},
        )
    if mighty:
        yield Remark(
            "mighty_keys",
            "warning",
            _g("These API keys may do everything that their member may, or open doors to others: %(names)s."),
            _g("Make keys with the few scopes that the program needs."),
            {"names": _shown(mighty)},
        )
    plain = [each.url for each in integrations.endpoints() if each.is_enabled and each.url.startswith("http://")]
    if plain:
        yield Remark(
            "plain_webhooks",
            "warning",
            _g("These webhooks are told without encryption: %(names)s."),
            _g("Give their addresses with https://."),
            {"names": _shown(plain)},
        )
    lasting = invoicing.links_open_since(at - LONG_OPEN, at)
    if lasting:
        yield Remark(
            "old_links",
            "note",
            _g("%(count)s links by which customers see a document are older than half a year and still open."),
            _g("Revoke those that nobody needs on the page of the document."),
            {"count": lasting},
        )


def _shown(names: list[str]) -> str:
    more = len(names) - MOST_NAMED
    return ", ".join(names[:MOST_NAMED]) + (f" (+{more})" if more > 0 else "")
