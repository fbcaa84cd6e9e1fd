"""What a line of an invoice says of the work that it bills, in the language of the paper."""

from datetime import date

from babel.dates import format_date
from babel.numbers import format_decimal
from django.utils import translation
from django.utils.translation import gettext as _

from conto.apps.projects.models import Project
from conto.domain.project import BilledLine, Work

_LONGEST_NAME = 300
_LONGEST_DETAILS = 5000


def line_name(line: BilledLine, project: Project, language: str) -> str:
    """Name a line: by the note of the one piece of work, or by the project and who worked."""
    with translation.override(language):
        if len(line.works) == 1 and line.works[0].note:
            return line.works[0].note.splitlines()[0][:_LONGEST_NAME]
        people = list(dict.fromkeys(work.person for work in line.works))
        what = project.name if line.works[0].is_time else _("Expenses: %(project)s") % {"project": project.name}
        return (f"{what}, {people[0]}" if len(people) == 1 else what)[:_LONGEST_NAME]


def line_details(line: BilledLine, language: str) -> str:
    """List what a line bills: day, person, hours, note."""
    locale = translation.to_locale(language or "en")
    with translation.override(language):
        said = "\n".join(_told(work, locale) for work in line.works)
    if len(said) <= _LONGEST_DETAILS:
        return said
    return said[: _LONGEST_DETAILS - 1].rpartition("\n")[0] + "\n…"


def _told(work: Work, locale: str) -> str:
    parts = [_day(work.day, locale), work.person]
    if work.minutes is not None:
        hours, minutes = divmod(work.minutes, 60)
        parts.append(
            _("%(hours)s:%(minutes)s h") % {"hours": format_decimal(hours, locale=locale), "minutes": f"{minutes:02}"}
        )
    if work.note:
        parts.append(" ".join(work.note.split()))
    return " · ".join(parts)


def _day(day: date, locale: str) -> str:
    return format_date(day, format="medium", locale=locale)
