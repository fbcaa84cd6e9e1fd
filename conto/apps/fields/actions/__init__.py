"""Every write of own fields."""

from conto.apps.fields.actions.defining import (
    CHANGEABLE,
    add_field,
    archive_field,
    change_field,
    order_fields,
    restore_field,
)
from conto.apps.fields.actions.filling import (
    carry_values,
    check_new,
    copy_values,
    forget_values,
    set_many_values,
    set_values,
)

__all__ = [
    "CHANGEABLE",
    "add_field",
    "archive_field",
    "carry_values",
    "change_field",
    "check_new",
    "copy_values",
    "forget_values",
    "order_fields",
    "restore_field",
    "set_many_values",
    "set_values",
]
