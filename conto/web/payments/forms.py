"""What is typed about payments."""

from datetime import date
from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from conto.domain.ids import new_id
from conto.domain.money import minor_digits
from conto.web.controls import DayField, MoneyField, close_day
from conto.web.payments.words import METHODS


class PaymentForm(forms.Form):
    """A payment by hand. The hidden key makes a form that is sent twice one payment."""

    key = forms.UUIDField(widget=forms.HiddenInput)
    customer = forms.UUIDField(label=_("Customer"), widget=forms.HiddenInput)
    first = forms.UUIDField(required=False, widget=forms.HiddenInput)
    received_on = DayField(label=_("Received on"))
    method = forms.ChoiceField(label=_("How"), choices=list(METHODS.items()))
    reference = forms.CharField(
        label=_("Reference"), required=False, max_length=200, help_text=_("What the bank statement or slip says.")
    )
    note = forms.CharField(label=_("Note"), required=False, max_length=500)
    with_receipt = forms.BooleanField(label=_("Send a receipt by mail"), required=False)

    def __init__(self, data: Any = None, *, currency: str, closed_until: date | None = None, **more: Any) -> None:
        minor_digits(currency)
        initial = {"key": new_id(), **more.pop("initial", {})}
        super().__init__(data, initial=initial, **more)
        self.currency = currency
        close_day(self, "received_on", closed_until)
        self.fields["amount"] = MoneyField(currency, label=_("Amount"), least_minor=1)
        self.order_fields(["key", "customer", "first", "amount", "received_on", "method", "reference", "note"])

    def parts(self) -> list[tuple[UUID, int]] | None:
        """Return what was typed per invoice, in minor units; nothing when no invoice was shown."""
        field = MoneyField(self.currency, required=False, least_minor=0)
        found: list[tuple[UUID, int]] = []
        is_shown = False
        for name, value in self.data.items():
            if not name.startswith("part_"):
                continue
            is_shown = True
            try:
                part = field.clean(str(value))
                if part:
                    found.append((UUID(name.removeprefix("part_")), part))
            except (forms.ValidationError, ValueError):
                self.add_error(None, _("One of the amounts for an invoice is not readable."))
        return found if is_shown else None

    def discounts(self) -> frozenset[UUID]:
        """Return the invoices whose rest is to be the discount for paying early."""
        names = [name.removeprefix("discount_") for name in self.data if name.startswith("discount_")]
        return frozenset(UUID(name) for name in names if _is_uuid(name))


def _is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


class RefundForm(forms.Form):
    """What is to go back."""

    key = forms.UUIDField(widget=forms.HiddenInput)
    refunded_on = DayField(label=_("Paid back on"))
    method = forms.ChoiceField(label=_("How"), choices=list(METHODS.items()))
    reason = forms.CharField(label=_("Reason"), max_length=300, required=False)

    def __init__(self, data: Any = None, *, currency: str, closed_until: date | None = None, **more: Any) -> None:
        super().__init__(data, initial={"key": new_id(), **more.pop("initial", {})}, **more)
        close_day(self, "refunded_on", closed_until)
        self.fields["amount"] = MoneyField(currency, label=_("Amount"), least_minor=1)
        self.order_fields(["key", "amount", "refunded_on", "method", "reason"])
