"""What the people at a customer agreed to, with every step."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.utils import translation
from django.utils.translation import gettext_lazy as _g

from conto.apps.crm import queries as customers
from conto.domain.consent import Purpose, Way
from conto.flows.withdraw_consent import usual_words
from conto.web.customers import forms
from conto.web.customers.choices import PURPOSE_WORDS

WAY_WORDS = {
    Way.FORM: _g("with a form"), Way.BY_HAND: _g("noted by hand"), Way.API: _g("by a program"),
    Way.PAGE: _g("on their page"), Way.ONE_CLICK: _g("by the button of their mail program"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a person, and how it was made in words."""

    row: Any
    how: str


@dataclass(frozen=True, slots=True)
class Agreed:
    """Where a person stands with one purpose, and the form to note more."""

    purpose: Purpose
    word: Any
    steps: tuple[Step, ...]
    form: forms.ConsentForm
    mark: str

    @property
    def last(self) -> Any:
        """Return the latest step, or nothing."""
        return self.steps[0].row if self.steps else None

    @property
    def how(self) -> str:
        """Return how the latest step was made."""
        return self.steps[0].how if self.steps else ""

    @property
    def is_given(self) -> bool:
        """Tell whether the person agrees now."""
        return bool(self.steps) and self.steps[0].row.is_given


def agreed_by(
    people: Sequence[Any], language: str, form: forms.ConsentForm | None, refused: tuple[UUID, str] | None
) -> list[tuple[Any, list[Agreed]]]:
    """Return for each person what they agreed to; the form that was refused stands where it was filled in.

    Consent is asked for in the language of the customer.
    """
    with translation.override(language):
        usual = {purpose: usual_words(purpose) for purpose in Purpose}
    rows = customers.consents_of([each["id"] for each in people])
    found_for = []
    for person in people:
        made = []
        for purpose in Purpose:
            steps = tuple(Step(row, _how(row)) for row in rows[person["id"]] if row.purpose == purpose)
            mark = f"{purpose}-{person['id']}"
            is_here = form is not None and refused == (person["id"], str(purpose))
            fresh = forms.ConsentForm(initial={"wording": usual[purpose]}, auto_id=f"{mark}-%s")
            made.append(Agreed(purpose, PURPOSE_WORDS[purpose], steps, form if is_here and form else fresh, mark))
        found_for.append((person, made))
    return found_for


def _how(row: Any) -> str:
    parts = [str(WAY_WORDS[Way(row.way)]), row.member.name if row.member else "", row.address]
    return ", ".join(part for part in parts if part)
