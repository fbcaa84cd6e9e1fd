"""What is proposed for a draft, in words."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from conto.domain.quote import Proposal, Proposed
from conto.flows import propose_terms
from conto.web.formats import number_text
from conto.web.reading import Here, words_of

if TYPE_CHECKING:
    from conto.apps.quotes.models import Quote


@dataclass(frozen=True, slots=True)
class Row:
    """One proposal as a page shows it."""

    kind: str
    words: str
    needs_approval: bool


@dataclass(frozen=True, slots=True)
class Shown:
    """What is proposed and why; without rows what is known, and that nothing follows from it."""

    why: str
    rows: tuple[Row, ...]


def shown_for(here: Here, quote: "Quote") -> Shown | None:
    """Return what is proposed for a draft, or nothing where nothing is known."""
    advice = propose_terms.advice_for(quote, member=here.member, on=here.today)
    if advice is None:
        return None
    if advice.proposals:
        rows = tuple(Row(each.kind.value, _words(each), each.needs_approval) for each in advice.proposals)
        return Shown(words_of(advice.proposals[0].reason), rows)
    if advice.pays is None:
        return Shown(_("Too few invoices have fallen due to say how they pay."), ())
    days = advice.pays.average_days_late
    late = ngettext("They pay %(n)s day late on average", "They pay %(n)s days late on average", days) % {"n": days}
    told = late if days else _("They pay in time")
    return Shown(_("%(habit)s, over %(n)s invoices.") % {"habit": told, "n": advice.pays.invoices}, ())


def _words(each: Proposal) -> str:
    match each.kind:
        case Proposed.DEPOSIT:
            return _("Ask for a deposit of %(percent)s %%") % {"percent": number_text(each.percent)}
        case Proposed.TERMS:
            return _("Payable within %(n)s days") % {"n": each.days}
        case _:
            return _("%(percent)s %% off everything") % {"percent": number_text(each.percent)}
