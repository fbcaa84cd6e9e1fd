"""What a line of an invoice says of the work that it bills, in the language of the paper."""

from datetime import date
from decimal import Decimal

from babel.dates import format_date
from babel.numbers import format_currency, format_decimal
from django.utils import translation
from django.utils.translation import gettext as _

from conto.apps.projects.entries import TakenPrice
from conto.apps.projects.models import Project
from conto.domain.money import to_major
from conto.domain.project import BilledLine, PartKind, PricePart, Work

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
    locale = _locale(language)
    with translation.override(language):
        said = "\n".join(_told(work, locale) for work in line.works)
    if len(said) <= _LONGEST_DETAILS:
        return said
    return said[: _LONGEST_DETAILS - 1].rpartition("\n")[0] + "\n…"


def part_name(part: PricePart, taken: TakenPrice, language: str) -> str:
    """Name a line that bills a part of a price: the milestone, how much is complete, or what is held back."""
    name = taken.project.name
    with translation.override(language):
        match part.kind:
            case PartKind.MILESTONE:
                said = f"{name}: {part.name}"
            case PartKind.PERCENT:
                percent = format_decimal((taken.percent or Decimal(0)).normalize(), locale=_locale(language))
                said = _("%(project)s: %(percent)s %% complete") % {"project": name, "percent": percent}
            case PartKind.CHANGE:
                said = _("%(project)s: change orders for what is billed") % {"project": name}
            case PartKind.HELD:
                said = _("Retention: %(project)s") % {"project": name}
            case PartKind.RELEASED:
                said = _("Retention released: %(project)s") % {"project": name}
    return said[:_LONGEST_NAME]


def part_details(part: PricePart, taken: TakenPrice, language: str) -> str:
    """Say what of the price is done and what was billed before, where a percentage is billed."""
    if part.kind is not PartKind.PERCENT:
        return ""
    with translation.override(language):
        known = {
            "done": _amount(taken.done_minor, taken, language),
            "price": _amount(taken.price_minor, taken, language),
            "before": _amount(taken.billed_minor, taken, language),
        }
        return _("%(done)s of %(price)s are done; %(before)s were billed before.") % known


def _amount(amount_minor: int, taken: TakenPrice, language: str) -> str:
    currency = taken.project.currency
    return format_currency(to_major(amount_minor, currency), currency, locale=_locale(language))


def _locale(language: str) -> str:
    return translation.to_locale(language or "en")


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
