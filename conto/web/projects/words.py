"""The words of projects."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from conto.domain.project import STEPS, Grouping

GROUPINGS = [
    (Grouping.PERSON.value, gettext_lazy("a line for each person")),
    (Grouping.DAY.value, gettext_lazy("a line for each day")),
    (Grouping.ENTRY.value, gettext_lazy("a line for each entry")),
    (Grouping.ALL.value, gettext_lazy("one line")),
]


def step_words() -> list[tuple[str, str]]:
    """Say how time is rounded, step by step."""
    words = {1: _("exactly, by the minute"), 60: _("up to whole hours")}
    return [(str(step), words.get(step) or _("up to %(n)s minutes") % {"n": step}) for step in STEPS]


def hours_text(minutes: int) -> str:
    """Write minutes as hours and minutes."""
    return f"{minutes // 60}:{minutes % 60:02}"
