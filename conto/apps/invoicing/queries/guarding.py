"""What the guardian looks at in this book, and which drafts wait for their time."""

from dataclasses import fields
from datetime import datetime

from conto.apps.bulk.composed import Composed
from conto.apps.invoicing.models import Draft, GuardianSettings
from conto.domain.guardian import DEFAULT_RULES, GuardianRules

_NAMES = tuple(each.name for each in fields(GuardianRules))
_RULES = Composed(lambda: GuardianSettings.objects.values_list(*_NAMES))


def guardian_rules() -> GuardianRules:
    """Return the switches and thresholds of the guardian; the usual ones where nobody has changed them.

    Source: GU-6.
    """
    row = _RULES.first()
    return GuardianRules(*row) if row is not None else DEFAULT_RULES


def is_any_scheduled(*, at: datetime) -> bool:
    """Tell whether the time of a draft has come that is issued by itself.

    Source: GU-7.
    """
    return Draft.objects.filter(issues_at__lte=at).exists()
