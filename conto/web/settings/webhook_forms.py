"""Forms of webhooks."""

from functools import cache
from itertools import groupby
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from conto.domain import webhooks
from conto.domain.errors import RuleBroken
from conto.domain.facts import FACTS
from conto.web.controls import DayField
from conto.web.reading import words_of

if TYPE_CHECKING:
    from conto.apps.integrations.models import WebhookEndpoint

ALL, SOME = "all", "some"


@cache
def event_groups() -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Return the events that can be wanted, by their noun."""
    names = webhooks.event_types()
    return tuple((noun, tuple(each)) for noun, each in groupby(names, key=lambda name: name.partition(".")[0]))


class EndpointForm(forms.Form):
    """Where facts are told, and which."""

    url = forms.CharField(
        label=_("Address"),
        max_length=2000,
        widget=forms.URLInput({"autocomplete": "off", "inputmode": "url", "placeholder": "https://example.com/hooks"}),
    )
    description = forms.CharField(label=_("What it is for"), required=False, max_length=200)
    wants = forms.ChoiceField(
        label=_("Events"),
        choices=[(ALL, _("Everything that happens")), (SOME, _("Only these:"))],
        initial=ALL,
        widget=forms.RadioSelect,
    )
    types = forms.MultipleChoiceField(required=False)

    def __init__(self, *given: Any, **more: Any) -> None:
        super().__init__(*given, **more)
        self.fields["types"].choices = [(name, name) for name in webhooks.event_types()]  # type: ignore[attr-defined]

    @staticmethod
    def initial_of(endpoint: "WebhookEndpoint") -> dict[str, Any]:
        """Return what an endpoint's form shows first."""
        types = [webhooks.event_type(kind) for kind in endpoint.kinds if kind in FACTS]
        return {
            "url": endpoint.url,
            "description": endpoint.description,
            "wants": SOME if endpoint.kinds else ALL,
            "types": types,
        }

    def clean(self) -> dict[str, Any]:
        """Refuse to tell only what is not chosen."""
        if self.cleaned_data.get("wants") == SOME and not self.cleaned_data.get("types"):
            self.add_error("wants", _("Choose at least one event."))
        return self.cleaned_data

    def values(self) -> dict[str, Any]:
        """Return what the actions take."""
        given = self.cleaned_data
        return {
            "url": given["url"],
            "description": given["description"],
            "types": given["types"] if given["wants"] == SOME else [],
        }

    def refuse(self, refusal: RuleBroken) -> None:
        """Say at the field it is about why it cannot be."""
        self.add_error("url" if refusal.code.startswith("target.") else None, words_of(refusal))


class SinceForm(forms.Form):
    """From which day on."""

    since = DayField(label=_("Failed since"))
