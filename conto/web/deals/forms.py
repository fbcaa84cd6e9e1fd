"""What is typed about deals."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from conto.apps.crm.entry import EntryRefused
from conto.domain.errors import RuleBroken
from conto.web.controls import DayField, MoneyField, NumberField
from conto.web.deals.words import FIELD_WORDS, KIND_WORDS
from conto.web.reading import words_of

Choices = Iterable[tuple[Any, Any]]


class RefusableForm(forms.Form):
    """A form to which a refusal of the rules comes back, at its field where it has one."""

    NAMES: dict[str, str] = {}

    def refuse(self, refusal: RuleBroken) -> None:
        """Show a refusal."""
        parts = refusal.by_field if isinstance(refusal, EntryRefused) else {"": refusal}
        for name, broken in parts.items():
            field = self.NAMES.get(name, name)
            self.add_error(field if field in self.fields else None, words_of(broken))


class DealForm(RefusableForm):
    """A deal: what, worth how much, with whom, by when."""

    NAMES = {"value_minor": "value"}
    version = forms.IntegerField(required=False, widget=forms.HiddenInput)
    name = forms.CharField(label=_("What is it about?"), max_length=200)
    stage = forms.ChoiceField(label=_("Stage"))
    expected_close_on = DayField(label=_("Expected close"), required=False)
    contact = forms.ChoiceField(label=_("Contact"), required=False)
    owner = forms.ChoiceField(label=_("Owner"))
    source = forms.CharField(
        label=_("Source"), max_length=40, required=False, help_text=_("Where it came from: a fair, the web, a friend.")
    )

    def __init__(
        self,
        data: Any = None,
        *,
        currency: str,
        contacts: Choices,
        stages: Choices = (),
        owners: Choices = (),
        has_lines: bool = False,
        **more: Any,
    ) -> None:
        super().__init__(data, **more)
        self.fields["contact"].choices = [("", "–"), *contacts]  # type: ignore[attr-defined]
        for name, choices in (("stage", list(stages)), ("owner", list(owners))):
            if choices:
                self.fields[name].choices = choices  # type: ignore[attr-defined]
            else:
                del self.fields[name]
        if not has_lines:
            self.fields["value"] = MoneyField(currency, label=_("Value"), required=False, least_minor=0)


class ActivityForm(RefusableForm):
    """Something to do: what, when, by whom."""

    NAMES = {"due_at": "due_on"}
    kind = forms.ChoiceField(label=_("Kind"), choices=list(KIND_WORDS.items()))
    title = forms.CharField(label=_("What is to be done?"), max_length=200)
    due_on = DayField(label=_("Day"), required=False)
    due_time = forms.TimeField(
        label=_("Time"), required=False, widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    )
    owner = forms.ChoiceField(label=_("Who"))
    text = forms.CharField(label=_("Note"), required=False, max_length=20_000, widget=forms.Textarea(attrs={"rows": 2}))

    def __init__(self, data: Any = None, *, owners: Choices, **more: Any) -> None:
        super().__init__(data, **more)
        self.fields["owner"].choices = list(owners)  # type: ignore[attr-defined]


class LineForm(forms.Form):
    """A product of a deal."""

    item = forms.UUIDField(required=False, widget=forms.HiddenInput)
    name = forms.CharField(label=_("Product"), max_length=200)
    quantity = NumberField(label=_("Quantity"), least=Decimal("0.000001"), places=6)
    discount = NumberField(label=_("Discount %"), least=Decimal(0), most=Decimal(100), places=4, required=False)

    def __init__(self, *args: Any, currency: str, **more: Any) -> None:
        super().__init__(*args, **more)
        self.fields["price"] = MoneyField(currency, label=_("Unit price"), least_minor=0)
        self.order_fields(["item", "name", "quantity", "price", "discount"])


class StageForm(RefusableForm):
    """A stage of a pipeline."""

    NAMES = {"probability_percent": "probability"}
    id = forms.UUIDField(required=False, widget=forms.HiddenInput)
    name = forms.CharField(label=_("Stage"), max_length=100, required=False)
    probability = forms.IntegerField(label=_("Probability %"), min_value=0, max_value=100, required=False)
    silent_after_days = forms.IntegerField(
        label=_("Silent after days"), min_value=1, max_value=3650, required=False, help_text=_("Empty: never.")
    )
    required_fields = forms.MultipleChoiceField(
        label=_("Asked for before a deal comes in"), required=False, choices=list(FIELD_WORDS.items()),
        widget=forms.CheckboxSelectMultiple,
    )  # fmt: skip
    checklist = forms.CharField(
        label=_("Checklist before a deal goes on"), required=False, max_length=6500,
        widget=forms.Textarea(attrs={"rows": 2}), help_text=_("One point per line."),
    )  # fmt: skip


class PipelineForm(RefusableForm):
    """A pipeline by its name."""

    name = forms.CharField(label=_("Name"), max_length=100)


class ReasonsForm(RefusableForm):
    """Why deals are lost."""

    reasons = forms.CharField(
        label=_("Lost reasons"), widget=forms.Textarea(attrs={"rows": 6}), max_length=6000,
        help_text=_("One per line, the most usual first. A reason that you take away stays on the deals that have it."),
    )  # fmt: skip
