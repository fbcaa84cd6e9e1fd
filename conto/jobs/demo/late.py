"""Late charges of the demo company: the rule is on, invoices were charged, and one charge is waived."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import partial

from conto.apps.invoicing import queries as documents
from conto.apps.late import actions, queries
from conto.domain.late import LateAmounts, LateRule
from conto.flows import charge_late, issue_document
from conto.jobs.simulation.company import Company, Part
from conto.jobs.simulation.parts.billing import OVERRIDDEN

_CHARGED_BEFORE = 12  # days before the story ends
_DUE_WITHIN = 75  # days before that
_RULE = LateRule(
    is_on=True,
    grace_days=14,
    yearly_percent=Decimal(9),
    cap_percent=Decimal(20),
    amounts={"EUR": LateAmounts(fee_minor=4000, least_minor=500)},
)


def late_of(ends_on: date) -> type[Part]:
    """Return the part of life in which customers are charged for paying late, in the last weeks up to a day."""

    class Late(Part):
        def morning(self, day: date) -> None:
            if (ends_on - day).days == _CHARGED_BEFORE:
                at = self.company.moment(day, "late", "charge", hours=(8, 9))
                self.company.on(at, "late", partial(_charge, self.company))

    return Late


def _charge(company: Company, at: datetime) -> None:
    today = at.astimezone(company.zone).date()
    rule = replace(_RULE, counts_from=today - timedelta(days=_DUE_WITHIN))
    actions.set_rule(rule=rule, actor=company.finance, at=at, today=today)
    charge_late.run(actor=company.finance, at=at)
    rows = queries.charge_page(company.owner, state="draft").rows
    for draft_id in dict.fromkeys(row.document_id for row in rows):
        draft = documents.draft_for(company.owner, draft_id)
        if draft is not None:
            found = dict.fromkeys((each.code for each in documents.findings(draft, today)), OVERRIDDEN)
            issue_document.issue(draft=draft, actor=company.finance, at=at, overrides=found)
    fees = [row for row in rows if row.kind == "fee"]
    if fees:
        reason = "Their first late invoice in years"
        charge_late.waive(charge_id=fees[-1].id, reason=reason, actor=company.finance, at=at)
