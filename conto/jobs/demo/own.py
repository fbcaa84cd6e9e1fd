"""The fields that the demo company added to its records, with values, on its last evening."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction

from conto.apps.crm import queries as crm
from conto.apps.crm.own import record_of
from conto.apps.deals import queries as deals
from conto.apps.deals.own import record_of as record_of_deal
from conto.apps.deals.queries import DealFilters
from conto.apps.fields import actions
from conto.apps.fields import queries as fields
from conto.domain.fields import FieldKind, FieldRule, Subject
from conto.domain.permissions import Role
from conto.jobs.simulation.company import Company, Part

BRANCHES = ("Handel", "Handwerk", "Gesundheit", "Öffentliche Hand", "Software")
STANDINGS = ("gut", "mittel", "gut", "schwach")
MOST = 200


def own_of(ends_on: date) -> type[Part]:
    """Return the part of life in which the fields come, the evening before a day."""

    class Own(Part):
        def morning(self, day: date) -> None:
            if (ends_on - day).days == 1:
                at = self.company.moment(day, "own", "fields", hours=(17, 18))
                self.company.on(at, "own fields", lambda at: add_fields(self.company, at))

    return Own


@transaction.atomic
def add_fields(company: Company, at: datetime) -> None:
    """Add the fields and fill them, once."""
    if fields.rows().exists():
        return
    who: dict[str, Any] = {"actor": company.founder, "at": at}
    for subject, field in _FIELDS:
        actions.add_field(subject=subject, field=field, **who)
    owner = company.owner
    page = crm.customer_page(owner, crm.CustomerFilters(), size=MOST)
    for n, row in enumerate(page.rows):
        customer = crm.customer_for(owner, row.id)
        if customer is not None:
            values = {
                "branche": BRANCHES[n % len(BRANCHES)], "mitarbeitende": Decimal(3 + n * 7 % 90),
                "bonitat": STANDINGS[n % len(STANDINGS)],
            }  # fmt: skip
            actions.set_values(of=record_of(customer), given=values, **who)
    for n, deal in enumerate(deals.deal_page(owner, DealFilters(state="open"), at).rows):
        budget = {"amount_minor": 500000 + n * 125000, "currency": deal.currency}
        actions.set_values(of=record_of_deal(deal), given={"budget": budget}, **who)


_FIELDS = (
    (
        Subject.CUSTOMER,
        FieldRule(key="", label="Branche", kind=FieldKind.CHOICE, choices=BRANCHES, is_listed=True),
    ),
    (Subject.CUSTOMER, FieldRule(key="", label="Mitarbeitende", kind=FieldKind.NUMBER)),
    (
        Subject.CUSTOMER,
        FieldRule(
            key="", label="Bonität", kind=FieldKind.CHOICE, choices=("gut", "mittel", "schwach"),
            seen_by=frozenset({Role.FINANCE, Role.AUDITOR}), edited_by=frozenset({Role.FINANCE}),
        ),
    ),
    (
        Subject.CUSTOMER,
        FieldRule(
            key="", label="Umsatz je Kopf", kind=FieldKind.FORMULA, formula="paid_12_months / mitarbeitende",
            is_listed=True,
        ),
    ),
    (
        Subject.CUSTOMER,
        FieldRule(
            key="", label="Nächste Verlängerung", kind=FieldKind.FORMULA, formula="next_renewal", is_listed=True,
        ),
    ),
    (Subject.DEAL, FieldRule(key="", label="Budget", kind=FieldKind.MONEY, is_listed=True)),
    (Subject.INVOICE, FieldRule(key="", label="Projekt", kind=FieldKind.TEXT)),
)  # fmt: skip
