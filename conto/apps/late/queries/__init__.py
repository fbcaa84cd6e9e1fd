"""Reads of late charges."""

from conto.apps.late.queries.charges import (
    ChargePage,
    LateChargeRow,
    charge_for,
    charge_page,
    charges,
    charges_of_invoice,
    exclusion_of,
    exemption_of,
    exemptions,
    line_of,
    shape_of,
)
from conto.apps.late.queries.invoices import Coming, candidates, charged_of, charges_wanted, coming, loaded, moves_of
from conto.apps.late.queries.rule import late_rule, rule_and_run

__all__ = [
    "ChargePage",
    "Coming",
    "LateChargeRow",
    "candidates",
    "charge_for",
    "charge_page",
    "charged_of",
    "charges",
    "charges_of_invoice",
    "charges_wanted",
    "coming",
    "exclusion_of",
    "exemption_of",
    "exemptions",
    "late_rule",
    "line_of",
    "loaded",
    "moves_of",
    "rule_and_run",
    "shape_of",
]
