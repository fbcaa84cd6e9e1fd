"""What is typed about forms for strangers and about the rules for new leads."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from conto.apps.leads.entry import FORM_TEXTS, LANGUAGES, FormEntry
from conto.web.customers.choices import LANGUAGES as LANGUAGE_WORDS
from conto.web.customers.choices import countries
from conto.web.deals.forms import Choices, RefusableForm
from conto.web.reading import uuid_in

if TYPE_CHECKING:
    from conto.domain.fields import FieldRule

_HOW = [("", _("not asked")), ("optional", _("may be left out")), ("needed", _("needed"))]
_FIELD_WORDS = {"company": _("Company"), "phone": _("Phone"), "country": _("Country"), "message": _("Message")}
_TEXT_WORDS = {
    "title": _("Heading"),
    "intro": _("Words over the form"),
    "consent": _("What is agreed to"),
    "measuring": _("What is agreed to about measuring"),
    "thanks": _("Words of thanks"),
}


class FormForm(RefusableForm):
    """A form for strangers."""

    NAMES = {"owner_id": "owner"}
    name = forms.CharField(label=_("Name"), max_length=100, help_text=_("For you; strangers do not see it."))
    source = forms.CharField(label=_("Source"), max_length=40, help_text=_("Stands on every lead of this form."))
    languages = forms.MultipleChoiceField(
        label=_("Languages"), choices=LANGUAGE_WORDS, widget=forms.CheckboxSelectMultiple
    )
    asks_consent = forms.BooleanField(label=_("Ask whether you may write to them"), required=False)
    asks_measuring = forms.BooleanField(
        label=_("Ask whether letters may be measured"), required=False,
        help_text=_("Whether they are opened and which links are followed; nobody has to tick it."),
    )  # fmt: skip
    confirms_by_mail = forms.BooleanField(
        label=_("Let them confirm it by mail"), required=False,
        help_text=_("Double opt-in: only who opens the link in the mail has agreed."),
    )  # fmt: skip
    sites = forms.CharField(
        label=_("Sites that may show it in a frame"), required=False, max_length=4200,
        widget=forms.Textarea(attrs={"rows": 2}), help_text=_("One per line, such as https://www.example.com."),
    )  # fmt: skip
    owner = forms.ChoiceField(label=_("Whose its leads are"), required=False)
    is_active = forms.BooleanField(label=_("The form is open"), required=False)

    def __init__(self, data: Any = None, *, owners: Choices, own: "Sequence[FieldRule]" = (), **more: Any) -> None:
        super().__init__(data, **more)
        self.fields["owner"].choices = [("", _("as the rules say")), *owners]  # type: ignore[attr-defined]
        words: dict[str, Any] = _FIELD_WORDS | {f"own.{field.key}": field.label for field in own if field.is_entered}
        self._asked = tuple(words)
        for name, word in words.items():
            self.fields[name] = forms.ChoiceField(label=word, choices=_HOW, required=False)
        for language in LANGUAGES:
            for name, word in _TEXT_WORDS.items():
                rows = 1 if name == "title" else 2
                self.fields[f"{name}_{language}"] = forms.CharField(
                    label=word, required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": rows})
                )

    @property
    def asked(self) -> list[Any]:
        """Return the fields that say what is asked."""
        return [self[name] for name in self._asked]

    @property
    def texts(self) -> list[tuple[Any, list[Any]]]:
        """Return the fields of the texts, language by language."""
        words = dict(LANGUAGE_WORDS)
        return [(words[each], [self[f"{name}_{each}"] for name in FORM_TEXTS]) for each in LANGUAGES]

    @staticmethod
    def initial_of(row: Any) -> dict[str, Any]:
        """Return what a form says, as it is typed."""
        same = ("name", "source", "languages", "asks_consent", "asks_measuring", "confirms_by_mail", "is_active")
        told = {f"{name}_{language}": text for language, own in row.texts.items() for name, text in own.items()}
        first: dict[str, Any] = {name: getattr(row, name) for name in same} | row.fields | told
        return first | {"sites": "\n".join(row.sites), "owner": str(row.owner_id or "")}

    def entry(self) -> FormEntry:
        """Return the form for the book."""
        values = self.cleaned_data
        return FormEntry(
            name=values["name"],
            source=values["source"],
            fields={name: values[name] for name in self._asked if values[name]},
            languages=values["languages"],
            texts={each: {name: values[f"{name}_{each}"] for name in FORM_TEXTS} for each in LANGUAGES},
            asks_consent=values["asks_consent"],
            asks_measuring=values["asks_measuring"],
            confirms_by_mail=values["confirms_by_mail"],
            sites=values["sites"].split(),
            owner_id=uuid_in(values["owner"]),
            is_active=values["is_active"],
        )


class RuleForm(forms.Form):
    """Which leads, and who looks after them."""

    source = forms.CharField(label=_("Source"), max_length=40, required=False)
    country = forms.ChoiceField(label=_("Country"), required=False)
    language = forms.ChoiceField(label=_("Language"), choices=[("", "–"), *LANGUAGE_WORDS], required=False)
    contains = forms.CharField(
        label=_("Text contains"), max_length=100, required=False, help_text=_("In name, company or message.")
    )
    members = forms.MultipleChoiceField(
        label=_("Whose they are"), required=False, widget=forms.CheckboxSelectMultiple,
        help_text=_("Several take turns."),
    )  # fmt: skip
    team = forms.ChoiceField(
        label=_("Or a team"), required=False, help_text=_("Whoever is in it when a lead comes takes turns.")
    )

    def __init__(self, *args: Any, members: Choices, teams: Choices, **more: Any) -> None:
        super().__init__(*args, **more)
        chosen = str(self.initial.get("team") or "")
        lost = [(chosen, _("gone"))] if chosen and chosen not in dict(teams) else []
        self.fields["team"].choices = [("", "–"), *teams, *lost]  # type: ignore[attr-defined]
        self.fields["country"].choices = [("", "–"), *countries()]  # type: ignore[attr-defined]
        known = list(members)
        gone = [(each, _("gone")) for each in self.initial.get("members", ()) if each not in dict(known)]
        self.fields["members"].choices = known + gone  # type: ignore[attr-defined]
