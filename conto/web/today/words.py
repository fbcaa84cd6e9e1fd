"""How the parts of the first page are called, and what each shows."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from conto.domain.preset import HomePart

HOME_WORDS: dict[HomePart, Any] = {
    HomePart.MONEY: _("Money"),
    HomePart.QUEUE: _("To do"),
    HomePart.DEALS: _("Open deals"),
    HomePart.QUOTES: _("Quotes that wait"),
    HomePart.LEADS: _("Likely leads"),
    HomePart.WEEK: _("The next seven days"),
    HomePart.INVOICES: _("Last invoices"),
    HomePart.MONTHS: _("Collected by month"),
}
HOME_LEADS: dict[HomePart, Any] = {
    HomePart.MONEY: _("What is owed, late, coming and collected"),
    HomePart.QUEUE: _("What waits for you, by what is at stake"),
    HomePart.DEALS: _("The first pipeline, stage by stage, with value and weighted value"),
    HomePart.QUOTES: _("Quotes that customers can accept today"),
    HomePart.LEADS: _("Leads of which something may come, the likeliest first"),
    HomePart.WEEK: _("Your calls, meetings and visits"),
    HomePart.INVOICES: _("What was issued last"),
    HomePart.MONTHS: _("What came in over the last six months"),
}
