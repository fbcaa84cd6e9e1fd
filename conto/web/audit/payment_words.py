"""Words for facts about money that comes, and about how it is asked for."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _g

PAYMENT_KINDS: dict[str, str | Promise] = {
    "collection_asked": _g("Asked to charge an invoice now"),
    "collection_ended": _g("An invoice is charged no more by itself"),
    "collection_tried": _g("Saved card charged for an invoice"),
    "payment_allocated": _g("Payment put to an invoice"),
    "payment_failed": _g("Payment failed"),
    "payment_method_forgotten": _g("Saved card forgotten by the payment provider"),
    "payment_method_left": _g("Saved card not forgotten by the payment provider"),
    "payment_method_removed": _g("Saved card removed"),
    "payment_method_saved": _g("Card saved"),
    "payment_received": _g("Payment received"),
    "payment_refunded": _g("Payment refunded"),
    "payment_started": _g("The customer began to pay online"),
}
