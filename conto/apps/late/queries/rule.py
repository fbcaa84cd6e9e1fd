"""The rule for late charges as it stands."""

from dataclasses import fields
from datetime import date

from conto.apps.bulk.composed import Composed
from conto.apps.late.models import LateAmount, LateRule
from conto.domain import late
from conto.domain.late import DEFAULT_RULE, LateAmounts

_NAMES = tuple(each.name for each in fields(late.LateRule) if each.name != "amounts")
_RULES = Composed(lambda: LateRule.objects.values_list(*_NAMES, "last_run_on"))
_AMOUNTS = Composed(
    lambda: LateAmount.objects.order_by("currency").values_list("currency", "fee_minor", "least_minor", "cap_minor")
)


def late_rule() -> late.LateRule:
    """Return the rule; where nobody has set one it is off, and this is one query.

    Source: LF-10.
    """
    return rule_and_run()[0]


def rule_and_run() -> tuple[late.LateRule, date | None]:
    """Return the rule, and the day of the last run.

    Source: LF-7.
    """
    row = _RULES.first()
    if row is None:
        return DEFAULT_RULE, None
    *values, last_run_on = row
    amounts = {currency: LateAmounts(*minor) for currency, *minor in _AMOUNTS()}
    return late.LateRule(**dict(zip(_NAMES, values, strict=True)), amounts=amounts), last_run_on
