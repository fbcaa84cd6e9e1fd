"""What a visitor gives to show who they are."""

import json
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from conto.web.accounts.forms import present_password

LONGEST_ANSWER = 40_000


class ProofForm(forms.Form):
    """The password once more."""

    password = present_password()
    next = forms.CharField(required=False, widget=forms.HiddenInput)


class CodeForm(forms.Form):
    """A code of the app, or a recovery code."""

    code = forms.CharField(
        label=_("Code"),
        max_length=40,
        help_text=_("The six digits that your app shows now, or one of your recovery codes."),
        widget=forms.TextInput(
            attrs={
                "autocomplete": "one-time-code",
                "inputmode": "numeric",
                "autocapitalize": "none",
                "spellcheck": "false",
            }
        ),
    )
    next = forms.CharField(required=False, widget=forms.HiddenInput)


class FirstCodeForm(forms.Form):
    """The first code of a new app."""

    code = forms.CharField(
        label=_("Code that the app shows"),
        max_length=20,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric"}),
    )


class AnswerForm(forms.Form):
    """What a passkey has answered, as the browser's script puts it."""

    credential = forms.CharField(required=False, max_length=LONGEST_ANSWER, widget=forms.HiddenInput)
    next = forms.CharField(required=False, widget=forms.HiddenInput)

    def answer(self) -> Any:
        """Return the answer, or nothing if there is none that can be read."""
        try:
            given = json.loads(self.cleaned_data["credential"]) if self.is_valid() else None
        except (ValueError, RecursionError):
            return None
        return given if isinstance(given, dict) else None


class PasskeyForm(AnswerForm):
    """A new passkey and how it is called."""

    name = forms.CharField(
        label=_("Name of the passkey"),
        max_length=60,
        help_text=_("So that you know it again: the device or the program that keeps it."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
