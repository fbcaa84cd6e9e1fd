"""The words of contracts: how they go on, and what their dates mean."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from conto.domain.contract import Renewal

RENEWALS = [
    (Renewal.NONE.value, gettext_lazy("does not renew")),
    (Renewal.AUTO.value, gettext_lazy("renews by itself")),
    (Renewal.ASK.value, gettext_lazy("asks before it renews")),
]
_WORDS = dict(RENEWALS)


def renewal_words(contract: Any) -> str:
    """Say how a contract goes on when a term is over."""
    if contract.renewal == Renewal.NONE:
        return str(_WORDS[Renewal.NONE.value])
    months = ngettext("by %(n)d month", "by %(n)d months", contract.renewal_months) % {"n": contract.renewal_months}
    return f"{_WORDS[contract.renewal]}, {months}"


def term_words(contract: Any) -> str:
    """Say how long the first term of a contract is."""
    if contract.renewal == Renewal.NONE:
        return _("until it ends") if contract.ends_on else _("without an end")
    return ngettext("%(n)d month", "%(n)d months", contract.first_months) % {"n": contract.first_months}
