"""Words of payments."""

from django.utils.translation import gettext_lazy as _

METHODS = {
    "bank_transfer": _("Bank transfer"),
    "card": _("Card"),
    "cash": _("Cash"),
    "cheque": _("Cheque"),
    "direct_debit": _("Direct debit"),
    "other": _("Other"),
}
