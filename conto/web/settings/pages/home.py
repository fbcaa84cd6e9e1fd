"""What the first page shows, in which order; and the preset, for a book that has taken none yet."""

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from conto.apps.accounts import actions
from conto.domain.errors import RuleBroken
from conto.domain.permissions import Permission
from conto.domain.preset import HomePart, home_of, preset_of
from conto.flows.apply_preset import apply_preset
from conto.web import htmx
from conto.web.access import needs
from conto.web.reading import actor_of, book, words_of
from conto.web.setup.forms import NO_PRESET, PresetForm
from conto.web.today.words import HOME_LEADS, HOME_WORDS

_ADDRESS = "/settings/home"


class HomeForm(forms.Form):
    """The place of each part; what has none is not shown."""

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        for part in HomePart:
            self.fields[part.value] = forms.IntegerField(
                label=HOME_WORDS[part], help_text=HOME_LEADS[part], required=False, min_value=1, max_value=99
            )

    def home(self) -> list[str]:
        """Return the parts that have a place, in its order."""
        placed = [(place, n, part.value) for n, part in enumerate(HomePart) if (place := self.cleaned_data[part.value])]
        return [part for _place, _n, part in sorted(placed)]


@needs(Permission.SETTINGS_EDIT)
def home(request: HttpRequest) -> HttpResponseBase:
    """Say what the first page shows."""
    here = book(request)
    first = {part.value: place for place, part in enumerate(home_of(here.business.home), 1)}
    form = HomeForm(request.POST or None, initial=first)
    if request.method == "POST" and form.is_valid():
        try:
            actions.set_home(home=form.home(), actor=actor_of(request), at=here.at)
        except RuleBroken as refusal:
            form.add_error(None, words_of(refusal))
        else:
            return htmx.toast(htmx.redirect(request, _ADDRESS), _("Saved."))
    return _page(request, form, _preset_form(None, here.business.language))


@require_POST
@needs(Permission.SETTINGS_EDIT)
def preset(request: HttpRequest) -> HttpResponseBase:
    """Apply a preset to a book that has taken none."""
    here = book(request)
    form = _preset_form(request, here.business.language)
    if form.is_valid() and form.cleaned_data["preset"] != NO_PRESET:
        try:
            apply_preset(
                key=form.cleaned_data["preset"],
                with_items=form.cleaned_data["with_items"],
                actor=actor_of(request),
                at=here.at,
            )
        except RuleBroken as refusal:
            form.add_error(None, words_of(refusal))
        else:
            return htmx.toast(htmx.redirect(request, _ADDRESS), _("The preset is applied."))
    first = {part.value: place for place, part in enumerate(home_of(here.business.home), 1)}
    return _page(request, HomeForm(initial=first), form)


def _preset_form(request: HttpRequest | None, papers: str) -> PresetForm:
    language = (translation.get_language() or "en")[:2]
    posted = request.POST if request else None
    return PresetForm(posted, initial={"with_items": True}, language=language, papers=papers, with_none=False)


def _page(request: HttpRequest, form: HomeForm, preset_form: PresetForm) -> HttpResponseBase:
    taken = book(request).business.preset
    language = (translation.get_language() or "en")[:2]
    name = preset_of(taken, language).name if taken else ""
    context = {"form": form, "preset_form": preset_form, "taken": name}
    return render(request, "settings/home.html", context, status=422 if form.errors or preset_form.errors else 200)
