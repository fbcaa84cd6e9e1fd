"""What is typed about a field of one's own."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from conto.domain.errors import RuleBroken
from conto.domain.fields import LIMITED, FieldKind, FieldRule, Subject
from conto.domain.permissions import Role
from conto.web.access import ROLE_WORDS
from conto.web.reading import words_of

SUBJECT_WORDS: dict[Subject, str | Promise] = {
    Subject.CUSTOMER: _("Customers"),
    Subject.CONTACT: _("Contacts"),
    Subject.LEAD: _("Leads"),
    Subject.DEAL: _("Deals"),
    Subject.QUOTE: _("Quotes"),
    Subject.INVOICE: _("Invoices"),
}
KIND_WORDS: dict[FieldKind, str | Promise] = {
    FieldKind.TEXT: _("Text"),
    FieldKind.NUMBER: pgettext_lazy("kind of a field", "Number"),
    FieldKind.MONEY: _("Amount of money"),
    FieldKind.DATE: pgettext_lazy("kind of a field", "Day"),
    FieldKind.CHOICE: _("One of some choices"),
    FieldKind.MANY: _("Several of some choices"),
    FieldKind.LINK: _("Address on the web"),
    FieldKind.FORMULA: _("Formula"),
}
ROLL_UP_WORDS: dict[str, str | Promise] = {
    "paid_12_months": _("what the customer paid in the last 12 months"),
    "late_rate": _("the share of invoices of the last 12 months that were paid late, between 0 and 1"),
    "open_balance": _("what the customer owes now"),
    "next_due": _("the day on which the next open invoice is due"),
    "next_renewal": _("the next day on which a contract renews, or on which one that asks is to be decided"),
}


_LIMITED = [(role.value, ROLE_WORDS[role]) for role in LIMITED]


def ticked(roles: Iterable[str] | None) -> list[str]:
    """Return the roles as they are ticked: where none are named, all."""
    return [role.value for role in LIMITED] if roles is None else list(roles)


class FieldForm(forms.Form):
    """A field: what it is called, what it holds, where it shows."""

    subject = forms.ChoiceField(label=_("Of"), choices=list(SUBJECT_WORDS.items()))
    label = forms.CharField(label=_("Name"), max_length=60)
    kind = forms.ChoiceField(label=_("Holds"), choices=list(KIND_WORDS.items()))
    choices = forms.CharField(
        label=_("Choices"), required=False, max_length=9000, widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_("One per line."),
    )  # fmt: skip
    formula = forms.CharField(
        label=_("Formula"), required=False, max_length=500,
        widget=forms.TextInput({"autocomplete": "off", "spellcheck": "false", "class": "mono"}),
        help_text=_("Over the keys of other fields, such as visits * 12 or first(budget, paid_12_months) / 10."),
    )  # fmt: skip
    is_required = forms.BooleanField(
        label=_("Needed"), required=False, help_text=_("New records are refused without it: pages, programs, files.")
    )
    is_listed = forms.BooleanField(
        label=_("In the list"), required=False, help_text=_("As a column, with a filter.")
    )  # fmt: skip

    seen_by = forms.MultipleChoiceField(
        label=_("Who sees it"), required=False, choices=_LIMITED, widget=forms.CheckboxSelectMultiple,
        help_text=_(
            "Owners and administrators always do. A formula that all may see is shown to who sees what it is made of."
        ),
    )  # fmt: skip
    edited_by = forms.MultipleChoiceField(
        label=_("Who changes it"), required=False, choices=_LIMITED, widget=forms.CheckboxSelectMultiple,
        help_text=_("Of those who see it, and who may change the record."),
    )  # fmt: skip

    def __init__(self, *args: Any, is_new: bool, **more: Any) -> None:
        super().__init__(*args, **more)
        if not is_new:
            del self.fields["subject"]

    def refuse(self, refusal: RuleBroken) -> None:
        """Show a refusal at the field that it is about."""
        words = words_of(refusal)
        area = refusal.code.partition(".")[0]
        name = "formula" if area == "formula" else _FIELD_OF.get(refusal.code)
        self.add_error(name, words)

    def definition(self) -> FieldRule:
        """Return the field as it is entered."""
        given = self.cleaned_data
        return FieldRule(
            key="", label=given["label"], kind=FieldKind(given["kind"]), formula=given["formula"],
            choices=tuple(given["choices"].splitlines()), is_required=given["is_required"],
            is_listed=given["is_listed"], seen_by=frozenset(map(Role, given["seen_by"])),
            edited_by=frozenset(map(Role, given["edited_by"])),
        )  # fmt: skip


_FIELD_OF = {
    "field.label_taken": "label",
    "field.kind_has_values": "kind",
    "field.bad_choice": "choices",
    "field.no_choices": "choices",
    "field.too_many_choices": "choices",
}
