"""The words of the books: accounts, kinds of entries and of accounts, tax categories, in the reader's language."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from conto.apps.ledger.actions import STANDARD_CHART, STOCK_CHART
from conto.domain.journal import AccountRole, EntryKind

ENTRY_WORDS = {
    EntryKind.INVOICE_ISSUED.value: gettext_lazy("Invoice issued"),
    EntryKind.DEPOSIT_ISSUED.value: gettext_lazy("Deposit invoice issued"),
    EntryKind.FINAL_ISSUED.value: gettext_lazy("Final invoice issued"),
    EntryKind.CREDIT_NOTE_ISSUED.value: gettext_lazy("Credit note issued"),
    EntryKind.PAYMENT_RECEIVED.value: gettext_lazy("Payment received"),
    EntryKind.PAYMENT_ALLOCATED.value: gettext_lazy("Put to an invoice"),
    EntryKind.ALLOCATION_REVERSED.value: gettext_lazy("Taken off an invoice"),
    EntryKind.PAYMENT_REFUNDED.value: gettext_lazy("Paid back"),
    EntryKind.EARLY_DISCOUNT_TAKEN.value: gettext_lazy("Early discount taken"),
    EntryKind.WRITTEN_OFF.value: gettext_lazy("Written off"),
    EntryKind.PAYMENT_REVERSED.value: gettext_lazy("Payment reversed"),
    EntryKind.REVERSED.value: gettext_lazy("Reversed"),
    EntryKind.OPENING.value: gettext_lazy("Opening balance"),
    EntryKind.GOODS_ISSUED.value: gettext_lazy("Goods issued"),
    EntryKind.GOODS_RETURNED.value: gettext_lazy("Goods back"),
    EntryKind.GOODS_RECEIVED.value: gettext_lazy("Goods received"),
    EntryKind.STOCK_COUNTED.value: gettext_lazy("Stock counted"),
    EntryKind.COST_CORRECTED.value: gettext_lazy("Cost of goods corrected"),
    EntryKind.PREPAID_RELEASED.value: gettext_lazy("Prepaid credit used or lapsed"),
}
KIND_WORDS = {
    "asset": gettext_lazy("Assets"),
    "liability": gettext_lazy("Liabilities"),
    "equity": gettext_lazy("Equity"),
    "income": gettext_lazy("Income"),
    "expense": gettext_lazy("Expenses"),
}
CATEGORY_WORDS = {
    "S": gettext_lazy("Taxed"),
    "Z": gettext_lazy("Zero rate"),
    "E": gettext_lazy("Exempt from tax"),
    "AE": gettext_lazy("Reverse charge"),
    "K": gettext_lazy("Supply of goods within the EU"),
    "G": gettext_lazy("Export of goods"),
    "O": gettext_lazy("Outside the scope of tax"),
    "L": gettext_lazy("Taxed, Canary Islands"),
    "M": gettext_lazy("Taxed, Ceuta and Melilla"),
}


def account_word(role: str, name: str) -> str:
    """Return an account's name: as the firm named it, else the standard one in the reader's language."""
    standard = (STANDARD_CHART | STOCK_CHART)[AccountRole(role)].name
    return _(name) if name == standard else name
