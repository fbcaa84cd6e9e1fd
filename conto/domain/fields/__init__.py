"""Fields of one's own: what a business adds to its records, what such a field holds, and what formulas make of it."""

from conto.domain.fields.definition import ROLL_UPS, FieldKind, FieldRule, Subject, checked_definition, key_of, type_of
from conto.domain.fields.formula import Amount, names_in, parse
from conto.domain.fields.made import made_of, roll_ups_used, uses_money
from conto.domain.fields.rights import (
    LIMITED,
    demand_edited,
    edited_fields,
    is_edited,
    is_more_open,
    is_seen,
    rights_needed,
    with_normal_rights,
)
from conto.domain.fields.values import (
    checked_values,
    decimal_from_text,
    plain_text,
    read,
    read_text,
    same_or_meanwhile,
)

__all__ = [
    "LIMITED",
    "ROLL_UPS",
    "Amount",
    "FieldKind",
    "FieldRule",
    "Subject",
    "checked_definition",
    "checked_values",
    "decimal_from_text",
    "demand_edited",
    "edited_fields",
    "is_edited",
    "is_more_open",
    "is_seen",
    "key_of",
    "made_of",
    "names_in",
    "parse",
    "plain_text",
    "read",
    "read_text",
    "rights_needed",
    "roll_ups_used",
    "same_or_meanwhile",
    "type_of",
    "uses_money",
    "with_normal_rights",
]
