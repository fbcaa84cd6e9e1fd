"""Prepaid credit of a subscription on its page: given or sold, used on which invoice, and the forms."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django import forms
from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from conto.apps.invoicing import queries as invoicing
from conto.apps.subscriptions import queries
from conto.apps.subscriptions.queries import CreditRow
from conto.domain.permissions import Permission
from conto.web.access import may
from conto.web.controls import DayField, MoneyField
from conto.web.customers.forms import EntryForm
from conto.web.reading import book

if TYPE_CHECKING:
    from conto.apps.accounts.models import Member
    from conto.apps.subscriptions.models import Subscription

ENDING_WORDS: dict[str, str | Promise] = {
    "lapsed": gettext_lazy("Lapsed"),
    "cancelled": gettext_lazy("Ended"),
    "paid_back": gettext_lazy("Paid back"),
}
_KINDS = [
    ("sold", gettext_lazy("Sold: a deposit invoice goes out now")),
    ("given", gettext_lazy("Given: it costs nothing")),
]


class PrepaidForm(EntryForm):
    """Credit that is to pay what is used."""

    amount = MoneyField(label=gettext_lazy("Amount before tax"), least_minor=1)
    kind = forms.ChoiceField(label=gettext_lazy("How"), choices=_KINDS)
    last_day = DayField(
        label=gettext_lazy("Last day"), required=False,
        help_text=gettext_lazy("It pays what is billed up to then. Empty: it goes on."),
    )  # fmt: skip
    reason = forms.CharField(
        label=gettext_lazy("What for"), max_length=500, help_text=gettext_lazy("Stands on the invoices.")
    )

    def __init__(self, data: Any = None, *, row: "Subscription") -> None:
        super().__init__(data, prefix="prepaid")
        label = gettext_lazy("Amount with tax") if row.price_mode == "gross" else gettext_lazy("Amount before tax")
        self.fields["amount"] = MoneyField(row.currency, label=label, least_minor=1)


class EndForm(EntryForm):
    """Why a credit ends, and what becomes of what is left."""

    reason = forms.CharField(label=gettext_lazy("Why"), max_length=500)
    pays_back = forms.BooleanField(label=gettext_lazy("Pay back what is left, with a credit note"), required=False)


@dataclass(frozen=True, slots=True)
class ShownCredit:
    """A credit with where it was used, and the form that ends it, for who may."""

    row: CreditRow
    ending: str | Promise
    sold_with: str  # the number of its invoice, for who may open it
    uses: tuple[tuple[Any, str], ...]
    form: EndForm | None


def shown_prepaid(
    request: HttpRequest, row: "Subscription", *, is_measured: bool, ended: tuple[UUID, EndForm] | None = None
) -> dict[str, Any]:
    """Return what the page of a subscription says of prepaid credit; of one that measures nothing, nothing."""
    here = book(request)
    rows = queries.credits_of(row, at=here.at)
    may_grant = is_measured and may(here.member, Permission.SUBSCRIPTION_BILL)
    numbers = _numbers(here.member, rows)
    shown = []
    for each in rows:
        form = None
        if may_grant and each.left_minor:
            form = ended[1] if ended and ended[0] == each.credit.id else EndForm(prefix=f"end-{each.credit.ordinal}")
            if each.credit.document_id is None:
                del form.fields["pays_back"]
        uses = tuple((use, numbers.get(use.document_id, "")) for use in each.uses)
        ending = ENDING_WORDS.get(each.credit.ended_kind or ("lapsed" if each.is_over else ""), "")
        shown.append(ShownCredit(each, ending, numbers.get(each.credit.document_id or row.id, ""), uses, form))
    return {
        "credits": shown,
        "prepaid_left_minor": sum(each.left_minor for each in rows),
        "shows_prepaid": bool(rows) or may_grant,
        "prepaid_form": PrepaidForm(row=row) if may_grant else None,
    }


def _numbers(member: "Member", rows: tuple[CreditRow, ...]) -> dict[UUID, str]:
    """Return the documents that the reader may open, with their numbers; a draft has none."""
    ids = {use.document_id for each in rows for use in each.uses}
    ids |= {each.credit.document_id for each in rows if each.credit.document_id}
    if not ids or not may(member, Permission.INVOICE_VIEW):
        return {}
    found_ids = invoicing.documents(member).filter(id__in=ids).values_list("id", "number")
    numbers = dict(found_ids)
    rest = ids - numbers.keys()
    drafts = invoicing.drafts(member).filter(id__in=rest).values_list("id", flat=True) if rest else ()
    return numbers | dict.fromkeys(drafts, _("Draft"))
